using ScheduleZero.Contracts.Handlers;

namespace ScheduleZero.Broker.Core.Sessions;

/// <summary>
/// Reads what handlers and Bridges say of the network between them. Nothing is decided by it, so what makes no sense is
/// left out and not refused.
/// </summary>
internal static class WayCheck
{
    /// <summary>The transport of a direct connection.</summary>
    public const string ZeroMq = "zeroMQ";

    private const int TextLengthMax = 256;
    private const double SecondsMax = 86_400;

    private static readonly string[] Transports = ["webSockets", "serverSentEvents", "longPolling"];

    public static HelloWay? Read(HelloWay? said) =>
        said is null
            ? null
            : new HelloWay
            {
                Proxy = Text(said.Proxy),
                KeepAliveSeconds = Seconds(said.KeepAliveSeconds),
                SilenceSeconds = Seconds(said.SilenceSeconds),
            };

    public static string? Transport(string? said) => Array.Find(Transports, known => known == said);

    public static string? Text(string? said) =>
        said is { Length: > 0 and <= TextLengthMax } && !said.Any(char.IsControl) ? said : null;

    private static double? Seconds(double? said) => said is >= 0 and <= SecondsMax ? said : null;
}
