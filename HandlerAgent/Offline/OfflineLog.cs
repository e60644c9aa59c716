using Microsoft.Extensions.Logging;
using ScheduleZero.Contracts.Ids;

namespace ScheduleZero.HandlerAgent.Offline;

internal static partial class OfflineLog
{
    [LoggerMessage(
        5401,
        LogLevel.Warning,
        "The newest line of {Journal} was not whole, as after a power cut: its {Bytes} bytes were cut off"
    )]
    public static partial void TailCutOff(this ILogger logger, string journal, int bytes);

    [LoggerMessage(
        5402,
        LogLevel.Error,
        "{Journal} is damaged from byte {Position} on; what follows was moved to {Aside}, and is not reported"
    )]
    public static partial void JournalDamaged(this ILogger logger, string journal, long position, string aside);

    [LoggerMessage(5403, LogLevel.Error, "The copy of a schedule in {Source} is not used: {Problem}")]
    public static partial void CopyNotGood(this ILogger logger, string source, string problem);

    [LoggerMessage(
        5404,
        LogLevel.Error,
        "The copy of schedule {Schedule} is not on the disk as it should be: {Problem}"
    )]
    public static partial void CopyNotKept(this ILogger logger, Guid schedule, string problem);

    [LoggerMessage(
        5405,
        LogLevel.Warning,
        "The Broker has been out of reach since {Since:O}: {Count} schedules are run from here"
    )]
    public static partial void OutOfReach(this ILogger logger, DateTimeOffset since, int count);

    [LoggerMessage(5406, LogLevel.Information, "The Broker is back: {Count} occurrences are reported to it")]
    public static partial void BackInReach(this ILogger logger, int count);

    [LoggerMessage(
        5407,
        LogLevel.Error,
        "The journal of offline runs cannot be written ({Problem}): nothing is begun offline until it can"
    )]
    public static partial void JournalNotWritten(this ILogger logger, string problem);

    [LoggerMessage(5408, LogLevel.Information, "The journal of offline runs can be written again")]
    public static partial void JournalWrittenAgain(this ILogger logger);

    [LoggerMessage(
        5409,
        LogLevel.Error,
        "The journal of offline runs has {Bytes} bytes, as many as it may: nothing new is begun offline until "
            + "the Broker has taken some"
    )]
    public static partial void JournalFull(this ILogger logger, long bytes);

    [LoggerMessage(
        5410,
        LogLevel.Error,
        "The journal of offline runs cannot be read ({Problem}): what it holds is not reported yet"
    )]
    public static partial void JournalNotRead(this ILogger logger, string problem);

    [LoggerMessage(
        5411,
        LogLevel.Error,
        "The Broker will never take {Count} offline runs of schedule {Schedule} ({Reason}); they were moved to {File}"
    )]
    public static partial void RunsRefused(this ILogger logger, int count, string schedule, string reason, string file);

    [LoggerMessage(
        5412,
        LogLevel.Error,
        "{Count} offline runs that the Broker has answered cannot be taken out of the journal: {Problem}"
    )]
    public static partial void NotForgotten(this ILogger logger, int count, string problem);

    [LoggerMessage(
        5413,
        LogLevel.Debug,
        "Attempt {AttemptId} was assigned, and its occurrence ran offline: the report of that settles it"
    )]
    public static partial void AssignedAfterRun(this ILogger logger, AttemptId attemptId);

    [LoggerMessage(
        5414,
        LogLevel.Warning,
        "The occurrence of {Nominal:O} of schedule {Schedule} was under way when the agent stopped: its "
            + "attempt counts as lost"
    )]
    public static partial void AttemptLost(this ILogger logger, DateTimeOffset nominal, string schedule);

    [LoggerMessage(
        5415,
        LogLevel.Warning,
        "What lies between {From:O} and {To:O} is left to the Broker: the agent did not get to it in time"
    )]
    public static partial void LeftToBroker(this ILogger logger, DateTimeOffset from, DateTimeOffset to);
}
