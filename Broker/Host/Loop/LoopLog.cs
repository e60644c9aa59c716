namespace ScheduleZero.Broker.Host.Loop;

internal static partial class LoopLog
{
    [LoggerMessage(1001, LogLevel.Information, "Loaded {Jobs} unfinished jobs and {Schedules} schedules; start {Epoch} of this store")]
    public static partial void Loaded(this ILogger logger, int jobs, int schedules, long epoch);

    [LoggerMessage(1002, LogLevel.Critical, "The Broker stops: it can no longer promise that what it decides is kept. Mend the cause and start it again. What was acknowledged was on the disk before it was acknowledged")]
    public static partial void LoopFailed(this ILogger logger, Exception failure);

    [LoggerMessage(1010, LogLevel.Information, "Namespace {Namespace} is gone, with {Jobs} finished jobs")]
    public static partial void NamespacePurged(this ILogger logger, string @namespace, long jobs);

    [LoggerMessage(1050, LogLevel.Information, "Forgot {Jobs} jobs that had ended before {Before}, as the retention says")]
    public static partial void HistoryPruned(this ILogger logger, long jobs, DateTimeOffset before);
}
