using ScheduleZero.Broker.Core;
using ScheduleZero.Broker.Core.Access;
using ScheduleZero.Broker.Core.Audit;
using ScheduleZero.Broker.Core.Batches;
using ScheduleZero.Broker.Core.Calendars;
using ScheduleZero.Broker.Core.Dispatch;
using ScheduleZero.Broker.Core.Executions;
using ScheduleZero.Broker.Core.Jobs;
using ScheduleZero.Broker.Core.Schedules;
using ScheduleZero.Broker.Core.Sessions;
using ScheduleZero.Contracts;
using ScheduleZero.Contracts.Ids;
using ScheduleZero.Contracts.Rest;

namespace ScheduleZero.Broker.Storage;

/// <summary>
/// Where the Broker's state outlives it: one write and few reads. Reads see every commit that has returned, and may run
/// beside it; only one commit is under way at a time. A search refuses a cursor that it did not make with
/// <see cref="FormatException"/>.
/// </summary>
public interface IBrokerStore : IAsyncDisposable
{
    /// <summary>Everything that is unfinished or standing. Called once, before the first commit.</summary>
    ValueTask<StoredState> LoadAsync(CancellationToken cancellationToken);

    /// <summary>Keeps the changes, all or none, in order. They are on disk when this returns.</summary>
    /// <exception cref="StoreFailedException">They may or may not be kept. Final: the Broker must stop and load
    /// again.</exception>
    ValueTask CommitAsync(IReadOnlyList<Change> changes, CancellationToken cancellationToken);

    /// <summary>The params of these jobs, in their order; <c>default</c> for a job that is not there.</summary>
    ValueTask<RawJson[]> ReadParamsAsync(IReadOnlyList<JobId> ids, CancellationToken cancellationToken);

    /// <summary>Those of the ids that there is a job of, finished or not.</summary>
    ValueTask<IReadOnlySet<JobId>> FindPresentAsync(IReadOnlyList<JobId> ids, CancellationToken cancellationToken);

    ValueTask<StoredJob?> FindJobAsync(string ns, JobId id, CancellationToken cancellationToken);

    /// <summary>
    /// Newest first. A page has at most about <see cref="Limits.PageBytesMax"/>, and looks at a bounded number of rows:
    /// it may be short and still have a next one. Pages of one search neither repeat a job nor skip one that matches
    /// all the while, whatever is committed in between.
    /// </summary>
    ValueTask<Page<StoredJob>> SearchJobsAsync(JobSearch search, CancellationToken cancellationToken);

    /// <summary>
    /// Jobs that ended within the window, by their ends, for the log of executions: the attempts stand in each job.
    /// Pages are bounded as those of jobs.
    /// </summary>
    ValueTask<Page<StoredJob>> SearchFinishedAsync(FinishedSearch search, CancellationToken cancellationToken);

    /// <summary>
    /// Sums over the attempts of the jobs that ended, from the beginning of the minute of the first instant to the end
    /// of the minute of the last. Each job counts once, also after a crash.
    /// </summary>
    ValueTask<ExecutionSums> SumExecutionsAsync(
        string ns,
        DateTimeOffset from,
        DateTimeOffset to,
        CancellationToken cancellationToken
    );

    ValueTask<IReadOnlyList<LogEntry>> ReadLogAsync(
        JobId id,
        long afterSequence,
        int limit,
        CancellationToken cancellationToken
    );

    /// <summary>
    /// Instants of a schedule that made no job, and runs of such instants, newest first by their first instant.
    /// </summary>
    ValueTask<Page<MissedOccurrence>> SearchMissedAsync(
        ScheduleId id,
        int limit,
        string? cursor,
        CancellationToken cancellationToken
    );

    /// <summary>Versions of a schedule that are kept, newest first.</summary>
    ValueTask<Page<Schedule>> SearchVersionsAsync(
        ScheduleId id,
        int limit,
        string? cursor,
        CancellationToken cancellationToken
    );

    ValueTask<Batch?> FindBatchAsync(string ns, BatchId id, CancellationToken cancellationToken);

    /// <summary>Newest first.</summary>
    ValueTask<Page<Batch>> SearchBatchesAsync(
        string ns,
        int limit,
        string? cursor,
        CancellationToken cancellationToken
    );

    /// <summary>
    /// Forgets finished jobs, with their logs, and batches that ended before the instant, and occurrences missed before
    /// it. Returns how many jobs; works in slices that let commits pass.
    /// </summary>
    ValueTask<long> PruneAsync(DateTimeOffset endedBefore, CancellationToken cancellationToken);

    /// <summary>
    /// About what the jobs of these namespaces take, with params and results; works in slices that let commits pass.
    /// </summary>
    ValueTask<IReadOnlyDictionary<string, long>> MeasureAsync(
        IReadOnlyCollection<string> namespaces,
        CancellationToken cancellationToken
    );

    /// <summary>
    /// Forgets every finished job and batch of a namespace, with logs, for good: on disk when it returns. Returns how
    /// many; works in slices that let commits pass.
    /// </summary>
    ValueTask<long> PurgeAsync(string ns, CancellationToken cancellationToken);

    /// <summary>
    /// Newest first, by the clock that stood when they were written. Looks at a bounded number of events, as a search
    /// for jobs does.
    /// </summary>
    ValueTask<Page<AuditEvent>> SearchAuditAsync(AuditSearch search, CancellationToken cancellationToken);

    /// <summary>
    /// The audit log as it was written, oldest first, from the block that holds the event, or the first behind it.
    /// </summary>
    /// <param name="blocksMax">Fewer come only at the end of the log.</param>
    ValueTask<IReadOnlyList<AuditBlock>> ReadAuditAsync(
        long fromSequence,
        int blocksMax,
        CancellationToken cancellationToken
    );

    /// <summary>The first block with an event at or after the instant; null when there is none.</summary>
    ValueTask<AuditBlock?> FindAuditAsync(DateTimeOffset at, CancellationToken cancellationToken);

    /// <summary>
    /// What a pruning would leave: the oldest event of the first block that is not wholly from before the instant, and
    /// the hash of the event before it. The newest block always stays. Null when there is nothing to forget.
    /// </summary>
    ValueTask<AuditCut?> FindAuditCutAsync(DateTimeOffset before, CancellationToken cancellationToken);

    /// <summary>
    /// Forgets the blocks that hold only events before this one, oldest first. Returns how many events.
    /// </summary>
    ValueTask<long> PruneAuditAsync(long beforeSequence, CancellationToken cancellationToken);
}

/// <summary>What a start of the Broker begins with.</summary>
public sealed record StoredState
{
    /// <summary>Counts the starts of this store; grows with each.</summary>
    public required long Epoch { get; init; }

    public required IReadOnlyList<Job> Jobs { get; init; }

    /// <summary>
    /// The jobs that ended last, oldest end first; at most <see cref="BrokerCore.RecentAttemptsMax"/>.
    /// </summary>
    public required IReadOnlyList<Job> Finished { get; init; }

    public required IReadOnlyList<Schedule> Schedules { get; init; }

    public required IReadOnlyList<HandlerRecord> Handlers { get; init; }

    public required IReadOnlyList<KeyRecord> Keys { get; init; }

    public required IReadOnlyList<AccessRecord> Access { get; init; }

    public required IReadOnlyList<Change.DeduplicationKept> Deduplications { get; init; }

    public IReadOnlyList<RateRecord> Rates { get; init; } = [];

    public IReadOnlyList<Batch> Batches { get; init; } = [];

    public IReadOnlyList<CalendarRecord> Calendars { get; init; } = [];

    public required AuditTail AuditTail { get; init; }

    /// <summary>Rows that could not be read. They are in none of the lists, and stay on disk as they are.</summary>
    public IReadOnlyList<UnreadableRow> Unreadable { get; init; } = [];
}

public sealed record StoredJob(Job Job, RawJson Params, RawJson Result);

/// <summary>An instant that made no job, or a run of them.</summary>
/// <param name="Nominal">The first of them.</param>
/// <param name="To">The last of them; null for a single one.</param>
/// <param name="Count">How many they are.</param>
public sealed record MissedOccurrence(DateTimeOffset Nominal, string Reason, DateTimeOffset? To = null, long Count = 1);

/// <summary>Which bodies come with the jobs that a search finds.</summary>
[Flags]
public enum JobBodies
{
    None = 0,
    Params = 1,
    Result = 2,
    All = Params | Result,
}

/// <summary>Every filter that is set must hold.</summary>
public sealed record FinishedSearch
{
    public required string Namespace { get; init; }

    public required int Limit { get; init; }

    public JobBodies Bodies { get; init; }

    /// <summary>The newest end first; else the oldest.</summary>
    public bool NewestFirst { get; init; }

    public string? Cursor { get; init; }

    /// <summary>Ended at or after.</summary>
    public required DateTimeOffset From { get; init; }

    /// <summary>Ended before.</summary>
    public required DateTimeOffset To { get; init; }

    public string? Method { get; init; }

    /// <summary>The schedule whose occurrence the job is.</summary>
    public string? Schedule { get; init; }

    /// <summary>
    /// One attempt at least was of this handler, and ended in one of the <see cref="Outcomes"/> if these are set too.
    /// </summary>
    public string? Handler { get; init; }

    /// <summary>How the attempt ended; in any way when null.</summary>
    public IReadOnlySet<AttemptOutcome>? Outcomes { get; init; }

    /// <summary>Whether the attempt is one that is asked for.</summary>
    public bool HasAttempt(Attempt attempt) =>
        (Handler is null || attempt.Handler == Handler)
        && (Outcomes is null || (attempt.Outcome is { } outcome && Outcomes.Contains(outcome)));
}

/// <summary>Every filter that is set must hold.</summary>
public sealed record AuditSearch
{
    public required int Limit { get; init; }

    public string? Cursor { get; init; }

    /// <summary>Happened at or after.</summary>
    public DateTimeOffset? From { get; init; }

    /// <summary>Happened before.</summary>
    public DateTimeOffset? To { get; init; }

    public string? Actor { get; init; }

    public string? Action { get; init; }

    public string? Namespace { get; init; }

    public string? Outcome { get; init; }

    public string? Object { get; init; }

    /// <summary>
    /// Text that stands in the actor, action, object, reason, address, session or request id; case does not count.
    /// </summary>
    public string? Text { get; init; }
}

/// <param name="Before">The oldest event that stays.</param>
/// <param name="PreviousHash">Of the event before it.</param>
public sealed record AuditCut(long Before, byte[] PreviousHash);

/// <summary>The store can no longer promise anything. The message says what an operator should do.</summary>
public sealed class StoreFailedException(string message, Exception? inner = null) : Exception(message, inner);

/// <summary>Another process holds the store.</summary>
public sealed class StoreTakenException(string message) : Exception(message);
