using System.Net;
using Microsoft.Extensions.Logging;

namespace ScheduleZero.Edges;

internal static partial class EdgeLog
{
    [LoggerMessage(
        5001,
        LogLevel.Warning,
        "Refused {RemoteAddress}: it is in none of the ranges of --allow-from. {Count} were refused since the "
            + "last such line"
    )]
    public static partial void AddressRefused(this ILogger logger, IPAddress? remoteAddress, long count);

    [LoggerMessage(
        5061,
        LogLevel.Warning,
        "{Count} more lines about {Kind} were left out of this log within a minute; the newest was about "
            + "{RemoteAddress}"
    )]
    public static partial void LinesLeftOut(this ILogger logger, long count, string kind, IPAddress remoteAddress);

    [LoggerMessage(5064, LogLevel.Warning, "{Count} more lines about {Kind} were left out of this log within a minute")]
    public static partial void LinesLeftOutOfAll(this ILogger logger, long count, string kind);

    [LoggerMessage(
        5062,
        LogLevel.Warning,
        "Cut a connection from {RemoteAddress}: that address holds {ConnectionsMax} already. Raise "
            + "--connections-per-address if they are all wanted"
    )]
    public static partial void TooManyConnections(this ILogger logger, IPAddress? remoteAddress, int connectionsMax);

    [LoggerMessage(
        5063,
        LogLevel.Warning,
        "Cut a connection from {RemoteAddress}: the process is short of file descriptors. Raise the limit (ulimit -n) "
            + "if so many connections are wanted"
    )]
    public static partial void DescriptorsScarce(this ILogger logger, IPAddress? remoteAddress);
}
