using ScheduleZero.Contracts.Rest;
using ScheduleZero.Dashboard.Words;

namespace ScheduleZero.Dashboard.Pages.Admin.Keys;

/// <summary>Says what a key is, and whether it opens anything.</summary>
internal static class KeyText
{
    public static string KindOf(KeyView key) =>
        key.Kind switch
        {
            KeyKind.Handler when key.Proof == KeyProof.P256 => "handler, enrolled",
            KeyKind.Handler => "handler",
            KeyKind.Bridge => "Bridge",
            _ => "service",
        };

    /// <summary>Whom the key is for: the handler, or what somebody wrote.</summary>
    public static string ForOf(KeyView key) => ForeignText.Short(key.Handler ?? key.Name);

    /// <summary>What the key opens.</summary>
    public static string OpensOf(KeyView key) =>
        key.Kind switch
        {
            KeyKind.Service => NameList.Of(key.Roles),
            KeyKind.Bridge => "links",
            _ => (key.Methods is null ? "all methods" : NameList.Of(key.Methods))
                + (key.Groups is { Count: > 0 } groups ? $"; groups {NameList.Of(groups)}" : ""),
        };

    public static (string Words, Tone Tone) StateOf(KeyView key, DateTimeOffset now) =>
        key switch
        {
            { RevokedReason: "cloned" } => ("Locked: two copies", Tone.Bad),
            { RevokedAt: not null } => ("Revoked", Tone.Idle),
            _ when key.ExpiresAt <= now => ("Expired", Tone.Idle),
            _ when key.ExpiresAt <= now + SoonEnds => ("Ends soon", Tone.Wait),
            _ => ("Valid", Tone.Ok),
        };

    /// <summary>Whether the key opens anything now, so that it can be changed, replaced or revoked.</summary>
    public static bool IsValid(KeyView key, DateTimeOffset now) => key.RevokedAt is null && !(key.ExpiresAt <= now);

    private static TimeSpan SoonEnds => TimeSpan.FromDays(14);
}
