using ScheduleZero.Broker.Core.Batches;
using ScheduleZero.Broker.Core.Executions;
using ScheduleZero.Broker.Core.Jobs;
using ScheduleZero.Broker.Core.Schedules;
using ScheduleZero.Contracts;
using ScheduleZero.Contracts.Ids;
using ScheduleZero.Contracts.Rest;

namespace ScheduleZero.Broker.Storage;

/// <summary>
/// Reads jobs, finished or not, and the rows beside them: logs, batches, versions of schedules and missed instants. A
/// read sees every commit that has returned, and may run beside the next one. A search refuses a cursor that it did not
/// make with <see cref="FormatException"/>.
/// </summary>
public interface IHistoryReader : IParamsReader
{
    /// <summary>Finds those of the ids for which the store holds a job, finished or not.</summary>
    ValueTask<IReadOnlySet<JobId>> FindPresentAsync(IReadOnlyList<JobId> ids, CancellationToken cancellationToken);

    /// <summary>Finds a job of the namespace; null when the namespace has no such job.</summary>
    ValueTask<StoredJob?> FindJobAsync(string ns, JobId id, CancellationToken cancellationToken);

    /// <summary>
    /// Searches jobs, newest first. A page has at most about <see cref="Limits.PageBytesMax"/>, and reads a bounded
    /// number of rows: it may be short and still have a next one. Pages of one search neither repeat a job nor skip one
    /// that matches all the while, whatever is committed in between.
    /// </summary>
    ValueTask<Page<StoredJob>> SearchJobsAsync(JobSearch search, CancellationToken cancellationToken);

    /// <summary>
    /// Searches the jobs that ended within a window, by the instants of their ends, for the log of executions. The
    /// attempts stand in each job. Pages are bounded as those of <see cref="SearchJobsAsync"/>.
    /// </summary>
    ValueTask<Page<StoredJob>> SearchFinishedAsync(FinishedSearch search, CancellationToken cancellationToken);

    /// <summary>
    /// Counts the finished jobs of a namespace by state. The first requests for a namespace with a long history may end
    /// before all of it is counted.
    /// </summary>
    ValueTask<FinishedCounts> CountFinishedAsync(string ns, CancellationToken cancellationToken);

    /// <summary>
    /// Sums the attempts of the jobs that ended, from the beginning of the minute of the first instant to the end of
    /// the minute of the last. Each job counts once, also after a crash.
    /// </summary>
    ValueTask<ExecutionSums> SumExecutionsAsync(
        string ns,
        DateTimeOffset from,
        DateTimeOffset to,
        CancellationToken cancellationToken
    );

    /// <summary>Reads lines of a job's log, oldest first.</summary>
    /// <param name="afterSequence">The sequence after which lines are read.</param>
    ValueTask<IReadOnlyList<LogEntry>> ReadLogAsync(
        JobId id,
        long afterSequence,
        int limit,
        CancellationToken cancellationToken
    );

    /// <summary>Reads the last lines of a job's log before a place, oldest first.</summary>
    /// <param name="beforeSequence">The sequence before which lines are read.</param>
    /// <param name="limit">How many lines are read at most: those nearest to the place.</param>
    ValueTask<IReadOnlyList<LogEntry>> ReadLogBeforeAsync(
        JobId id,
        long beforeSequence,
        int limit,
        CancellationToken cancellationToken
    );

    /// <summary>
    /// Searches the instants of a schedule that made no job, and runs of such instants, newest first by their first
    /// instant.
    /// </summary>
    ValueTask<Page<MissedOccurrence>> SearchMissedAsync(
        ScheduleId id,
        int limit,
        string? cursor,
        CancellationToken cancellationToken
    );

    /// <summary>Searches the stored versions of a schedule, newest first.</summary>
    ValueTask<Page<Schedule>> SearchVersionsAsync(
        ScheduleId id,
        int limit,
        string? cursor,
        CancellationToken cancellationToken
    );

    /// <summary>Finds a batch of the namespace; null when the namespace has no such batch.</summary>
    ValueTask<Batch?> FindBatchAsync(string ns, BatchId id, CancellationToken cancellationToken);

    /// <summary>Searches the batches of a namespace, newest first.</summary>
    ValueTask<Page<Batch>> SearchBatchesAsync(
        string ns,
        int limit,
        string? cursor,
        CancellationToken cancellationToken
    );
}
