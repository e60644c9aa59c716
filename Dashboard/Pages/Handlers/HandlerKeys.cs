using ScheduleZero.Contracts.Rest;
using ScheduleZero.Dashboard.Words;

namespace ScheduleZero.Dashboard.Pages.Handlers;

/// <summary>How the keys of a handler stand.</summary>
internal static class HandlerKeys
{
    /// <summary>The reason that REST gives for a key of which two copies were at work.</summary>
    public const string Cloned = "cloned";

    public static bool IsGood(KeyView key, DateTimeOffset now) =>
        key.RevokedAt is null && (key.ExpiresAt is null || key.ExpiresAt > now);

    /// <summary>Whether a copied key was locked, and no key has taken its place since.</summary>
    public static bool IsLockedOut(IReadOnlyList<KeyView> keys, DateTimeOffset now) =>
        keys.Any(key => key.RevokedReason == Cloned) && !keys.Any(key => IsGood(key, now));

    public static (string Words, Tone Tone) StateOf(KeyView key, DateTimeOffset now) =>
        key.RevokedReason == Cloned ? ("locked: copied", Tone.Bad)
        : key.RevokedAt is not null ? ("revoked", Tone.Idle)
        : key.ExpiresAt <= now ? ("expired", Tone.Idle)
        : ("good", Tone.Ok);

    public static string ProofOf(KeyView key) => key.Proof == KeyProof.P256 ? "enrolled key" : "API key";

    /// <summary>What a key allows, in a few words.</summary>
    public static string RightsOf(KeyView key) => RightsOf(key.Methods, key.Groups, key.MaxCapacity, key.Addresses);

    /// <summary>What the key that is made with a token will allow.</summary>
    public static string RightsOf(EnrolmentView token) =>
        RightsOf(token.Methods, token.Groups, token.MaxCapacity, token.Addresses);

    private static string RightsOf(
        IReadOnlyList<string>? methods,
        IReadOnlyList<string>? groups,
        int? maxCapacity,
        IReadOnlyList<string>? addresses
    )
    {
        var names = methods is { Count: > 0 } ? HandlerText.Few(methods, 3) : "all methods";
        var joined = groups is { Count: > 0 } ? $"; groups {HandlerText.Few(groups, 3)}" : "";
        var places = maxCapacity is { } max ? $"; {NumberText.Of(max, "place", "places")} at most" : "";
        var ranges = addresses is { Count: > 0 } ? $"; from {HandlerText.Few(addresses, 2)}" : "";
        return $"{names}{joined}{places}{ranges}";
    }
}
