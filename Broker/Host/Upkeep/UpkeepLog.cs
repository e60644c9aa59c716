namespace ScheduleZero.Broker.Host.Upkeep;

internal static partial class UpkeepLog
{
    [LoggerMessage(1010, LogLevel.Information, "Namespace {Namespace} is gone, with {Jobs} finished jobs")]
    public static partial void NamespacePurged(this ILogger logger, string @namespace, long jobs);

    [LoggerMessage(
        1050,
        LogLevel.Information,
        "Forgot {Jobs} jobs that had ended before {Before}, as the retention says"
    )]
    public static partial void HistoryPruned(this ILogger logger, long jobs, DateTimeOffset before);

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
        4204,
        LogLevel.Information,
        "The audit log begins with event {Before} now: {Events} events have passed their retention"
    )]
    public static partial void AuditPruned(this ILogger logger, long before, long events);
}
