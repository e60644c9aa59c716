using System.Net;
using Microsoft.Extensions.Logging;

namespace ScheduleZero.Edges;

internal static partial class EdgeLog
{
    [LoggerMessage(5001, LogLevel.Warning, "Refused {RemoteAddress}: it is in none of the ranges of --allow-from. {Count} were refused since the last such line")]
    public static partial void AddressRefused(this ILogger logger, IPAddress? remoteAddress, long count);
}
