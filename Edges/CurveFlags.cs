using ScheduleZero.Contracts;

namespace ScheduleZero.Edges;

/// <summary>The flags of CURVE as texts; null for one that was not given.</summary>
/// <param name="Key">Files with key pairs.</param>
/// <param name="Server">Public keys of servers that are dialled, or files that hold them.</param>
/// <param name="Allow">A file with the keys of clients, or <c>any</c>.</param>
public sealed record CurveFlags(IReadOnlyList<string>? Key, IReadOnlyList<string>? Server, string? Allow)
{
    public static CurveFlags None { get; } = new(null, null, null);

    /// <summary>The options by which a server secures its ZeroMQ connections.</summary>
    public static IReadOnlyList<ServerOption> Options { get; } =
    [
        new(
            "--curve-key",
            "SCHEDULEZERO_CURVE_KEY",
            "secures ZeroMQ with CURVE: a key pair that 'schedulezero curve create' made; while it is being replaced, "
                + "the old one after it"
        )
        {
            ValueName = "FILE",
            IsList = true,
            Default = "plaintext",
        },
        new(
            "--curve-server",
            "SCHEDULEZERO_CURVE_SERVER",
            "the public keys that dialled peers have, or files that hold them"
        )
        {
            ValueName = "KEY",
            IsList = true,
        },
        new(
            "--curve-allow",
            "SCHEDULEZERO_CURVE_ALLOW",
            "a file with the public keys of clients that may connect, a line for each, or 'any'; nobody but the owner "
                + "may write the file; at a Broker the keys of 'curve allow' may connect as well"
        )
        {
            ValueName = "FILE",
        },
    ];

    /// <summary>Takes the flags of a server's command line.</summary>
    public static CurveFlags Of(CommandFlags flags) =>
        new(flags.Values("--curve-key"), flags.Values("--curve-server"), flags.Value("--curve-allow"));

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
