using ScheduleZero.Broker.Core;

namespace ScheduleZero.Broker.Host.Loop;

internal static partial class LoopLog
{
    /// <summary>How many unreadable rows are logged one by one; the rest are counted.</summary>
    private const int RowsNamedMax = 100;

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
}
