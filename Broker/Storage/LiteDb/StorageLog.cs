using Microsoft.Extensions.Logging;

namespace ScheduleZero.Broker.Storage.LiteDb;

internal static partial class StorageLog
{
    [LoggerMessage(
        3001,
        LogLevel.Information,
        "Store {Folder} is open: start {Epoch}, {Replayed} changes replayed from the journal"
    )]
    public static partial void StoreOpened(this ILogger logger, string folder, long epoch, long replayed);

    [LoggerMessage(
        3002,
        LogLevel.Warning,
        "The store's log ended in a page that was never fully written; {Pages} whole pages are used. Expected "
            + "after a crash or power cut, at no other time"
    )]
    public static partial void LogCut(this ILogger logger, long pages);

    [LoggerMessage(
        3003,
        LogLevel.Warning,
        "The disk of {Folder} is nearly full ({FreeBytes} bytes free): the reserve that a recovery needs could "
            + "not be laid aside"
    )]
    public static partial void DiskNearlyFull(this ILogger logger, string folder, long freeBytes);

    [LoggerMessage(
        3004,
        LogLevel.Critical,
        "The store has failed and takes nothing more. Check the disk (space, health, mount), then restart the "
            + "Broker. What was acknowledged was on the disk before it was acknowledged"
    )]
    public static partial void StoreFailed(this ILogger logger, Exception cause);

    [LoggerMessage(3005, LogLevel.Information, "The store's format is brought from version {From} to {To}")]
    public static partial void Migrating(this ILogger logger, int from, int to);

    [LoggerMessage(
        3006,
        LogLevel.Information,
        "Loaded {Jobs} unfinished jobs and {Schedules} schedules in {Milliseconds} ms"
    )]
    public static partial void Loaded(this ILogger logger, int jobs, int schedules, long milliseconds);

    [LoggerMessage(
        3007,
        LogLevel.Error,
        "A line of the audit log's block {Block} cannot be read: the store was changed from outside. Verify the log"
    )]
    public static partial void AuditLineUnreadable(this ILogger logger, Exception cause, long block);

    [LoggerMessage(3070, LogLevel.Warning, "Others on this machine could read {Path}; it has been closed to them")]
    public static partial void ClosedToOthers(this ILogger logger, string path);

    [LoggerMessage(
        3055,
        LogLevel.Information,
        "Jobs that an older version left in the history are taken into the indexes: {Rows} so far since this "
            + "start, those that ended after {Until:O} are done. The Broker works meanwhile"
    )]
    public static partial void IndexingHistory(this ILogger logger, long rows, DateTime until);

    [LoggerMessage(
        3056,
        LogLevel.Information,
        "The whole history is in the indexes: {Rows} jobs were taken in since this start"
    )]
    public static partial void HistoryIndexed(this ILogger logger, long rows);
}
