using ScheduleZero.Broker.Core;

namespace ScheduleZero.Broker.Host.Loop;

internal static partial class LoopLog
{
    /// <summary>Rows that are named one by one; the rest are counted.</summary>
    private const int RowsNamedMax = 100;

    /// <summary>Logs what an operator should hear of though nobody listens to events.</summary>
    public static void WarnOf(this ILogger logger, Happened happened)
    {
        if (happened is { Type: "handler.rejecting", Handler: { } handler })
        {
            logger.HandlerRejects(handler, happened.Namespace, happened.Detail);
        }
    }

    public static void NotUnderstood(this ILogger logger, IReadOnlyList<UnreadableRow> rows)
    {
        foreach (var row in rows.Take(RowsNamedMax))
        {
            logger.RowNotUnderstood(row.Kind, row.Name, row.Reason);
        }

        if (rows.Count > RowsNamedMax)
        {
            logger.MoreNotUnderstood(rows.Count - RowsNamedMax);
        }
    }

    [LoggerMessage(
        1078,
        LogLevel.Error,
        "A row of the store cannot be understood, and is left out: {Kind} {Row}: {Reason}. It stays on disk "
            + "untouched. Start the version that wrote it, or make it anew; the Broker serves everything else"
    )]
    public static partial void RowNotUnderstood(this ILogger logger, StoredRowKind kind, string row, string reason);

    [LoggerMessage(1079, LogLevel.Error, "{Count} more rows of the store cannot be understood, and are left out")]
    public static partial void MoreNotUnderstood(this ILogger logger, int count);

    [LoggerMessage(1080, LogLevel.Error, "Schedule {Schedule} of namespace {Namespace} stands still: {Reason}")]
    public static partial void ScheduleStopped(this ILogger logger, string schedule, string @namespace, string? reason);

    [LoggerMessage(1081, LogLevel.Information, "Schedule {Schedule} of namespace {Namespace} goes on")]
    public static partial void ScheduleWentOn(this ILogger logger, string schedule, string @namespace);

    [LoggerMessage(
        1001,
        LogLevel.Information,
        "Loaded {Jobs} unfinished jobs and {Schedules} schedules; start {Epoch} of this store"
    )]
    public static partial void Loaded(this ILogger logger, int jobs, int schedules, long epoch);

    [LoggerMessage(
        1002,
        LogLevel.Critical,
        "The Broker stops: it can no longer promise that what it decides is kept. Mend the cause and start it "
            + "again. What was acknowledged was on the disk before it was acknowledged"
    )]
    public static partial void LoopFailed(this ILogger logger, Exception failure);

    [LoggerMessage(1082, LogLevel.Warning, "The wall clock of this machine was set {What}. Check its time service")]
    public static partial void ClockSet(this ILogger logger, string? what);

    [LoggerMessage(1010, LogLevel.Information, "Namespace {Namespace} is gone, with {Jobs} finished jobs")]
    public static partial void NamespacePurged(this ILogger logger, string @namespace, long jobs);

    [LoggerMessage(1086, LogLevel.Warning, "Handler {Handler} of namespace {Namespace} takes no work: {Detail}")]
    public static partial void HandlerRejects(this ILogger logger, string handler, string @namespace, string? detail);

    [LoggerMessage(
        1051,
        LogLevel.Warning,
        "The disk of {Folder} is nearly full: {FreeMib} MiB are free, less than the reserve of {ReserveMib} "
            + "MiB. New work is refused (507 storage_full) and schedules "
            + "stand still until there is room; what is there can be finished, read, cancelled and deleted. "
            + "Make room on the disk: the store's file does not shrink by itself"
    )]
    public static partial void DiskLow(this ILogger logger, string folder, long freeMib, long reserveMib);

    [LoggerMessage(
        1052,
        LogLevel.Error,
        "The disk of {Folder} is full but for {FreeMib} MiB, less than a quarter of the reserve of "
            + "{ReserveMib} MiB: jobs that wait are not started either. Make room on the disk"
    )]
    public static partial void DiskVeryLow(this ILogger logger, string folder, long freeMib, long reserveMib);

    [LoggerMessage(
        1053,
        LogLevel.Information,
        "The disk of {Folder} has room again: {FreeMib} MiB are free, and new work is taken"
    )]
    public static partial void DiskHasRoom(this ILogger logger, string folder, long freeMib);

    [LoggerMessage(
        1050,
        LogLevel.Information,
        "Forgot {Jobs} jobs that had ended before {Before}, as the retention says"
    )]
    public static partial void HistoryPruned(this ILogger logger, long jobs, DateTimeOffset before);
}
