using ScheduleZero.Contracts;

namespace ScheduleZero.Edges;

/// <summary>The flags of CURVE as texts; null for one that was not given.</summary>
/// <param name="Key">Files with key pairs.</param>
/// <param name="Server">Public keys of servers that are dialled, or files that hold them.</param>
/// <param name="Allow">A file with the keys of clients, or <c>any</c>.</param>
public sealed record CurveFlags(IReadOnlyList<string>? Key, IReadOnlyList<string>? Server, string? Allow)
{
    public static CurveFlags None { get; } = new(null, null, null);

    /// <summary>The settings: each from its flag, or else from its variable.</summary>
    /// <param name="environment">Looks up a variable; null or empty when the variable is not set.</param>
    public CurveSettings ToSettings(Func<string, string?> environment) =>
        new()
        {
            KeyFiles = Key ?? CommandFlags.Split(environment("SCHEDULEZERO_CURVE_KEY")) ?? [],
            ServerKeys = Server ?? CommandFlags.Split(environment("SCHEDULEZERO_CURVE_SERVER")) ?? [],
            Allow = SettingText.NullIfEmpty(Allow ?? environment("SCHEDULEZERO_CURVE_ALLOW")),
        };
}
