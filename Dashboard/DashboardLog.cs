using Microsoft.Extensions.Logging;

namespace ScheduleZero.Dashboard;

internal static partial class DashboardLog
{
    [LoggerMessage(6001, LogLevel.Error, "The page {Path} could not be made")]
    public static partial void PageFailed(this ILogger logger, Exception exception, string? path);
}
