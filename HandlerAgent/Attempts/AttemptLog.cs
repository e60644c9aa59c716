using Microsoft.Extensions.Logging;
using ScheduleZero.Contracts.Ids;

namespace ScheduleZero.HandlerAgent.Attempts;

internal static partial class AttemptLog
{
    [LoggerMessage(5201, LogLevel.Debug, "Attempt {AttemptId} was assigned again; it is held or was finished lately")]
    public static partial void DuplicateIgnored(this ILogger logger, AttemptId attemptId);

    [LoggerMessage(5202, LogLevel.Warning, "Attempt {AttemptId} of {Method} rejected: {Reason}")]
    public static partial void Rejected(this ILogger logger, AttemptId attemptId, string method, string reason);

    [LoggerMessage(
        5203,
        LogLevel.Warning,
        "Attempt {AttemptId} was given up by the Broker while this handler was away; it is cancelled"
    )]
    public static partial void Abandoned(this ILogger logger, AttemptId attemptId);

    [LoggerMessage(
        5204,
        LogLevel.Warning,
        "The outcome of attempt {AttemptId} came too late: its lease was lost and another outcome counts"
    )]
    public static partial void ResultSuperseded(this ILogger logger, AttemptId attemptId);
}
