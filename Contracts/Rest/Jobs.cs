using System.Text.Json.Serialization;
using ScheduleZero.Contracts.Handlers;
using ScheduleZero.Contracts.Ids;

namespace ScheduleZero.Contracts.Rest;

/// <summary>States of a job, as SEMANTICS name them. The last four are final.</summary>
public enum JobState
{
    Scheduled,
    Ready,
    Running,
    Succeeded,
    Failed,
    Cancelled,
    Expired,
}

/// <summary>How an attempt ended.</summary>
public enum AttemptOutcome
{
    Succeeded,
    Failed,
    TimedOut,
    Lost,
    Cancelled,
    Rejected,
    Superseded,
}

public enum BackoffKind
{
    Fixed,
    Linear,
    Exponential,
}

/// <summary>What becomes of a job when one that it runs after does not succeed.</summary>
public enum AfterFailure
{
    /// <summary>It is cancelled, and so are those that run after it.</summary>
    Cancel,

    /// <summary>It runs when all of them have ended.</summary>
    Run,
}

/// <summary>A job as posted.</summary>
public sealed record JobRequest
{
    public required string Method { get; init; }

    /// <summary>
    /// Any JSON value, 256 KiB at most unless the Broker's option says otherwise; <c>{}</c> when not given.
    /// </summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingDefault), JsonConverter(typeof(NullIsAValueConverter))]
    public RawJson Params { get; init; }

    /// <summary>Only this handler may run it.</summary>
    public string? Handler { get; init; }

    /// <summary>Only handlers of this group may run it. Not together with <c>handler</c>.</summary>
    public string? Group { get; init; }

    /// <summary>−100 to 100, higher first; 0 when not given.</summary>
    public int? Priority { get; init; }

    /// <summary>Not before this instant; now when not given.</summary>
    public DateTimeOffset? RunAt { get; init; }

    /// <summary>A job that has not started by then is Expired.</summary>
    public DateTimeOffset? StartDeadline { get; init; }

    /// <summary>Of one attempt; 1 s to 7 d, 1 h when not given.</summary>
    public TimeSpan? Timeout { get; init; }

    public RetryOptions? Retry { get; init; }

    public string? DeduplicationKey { get; init; }

    /// <summary>
    /// Counted from the enqueue: the key answers the first job for this long even if that is finished; up to 7 d.
    /// </summary>
    public TimeSpan? DeduplicationWindow { get; init; }

    /// <summary>
    /// A key that belongs to a job of another method, or with other params, is refused with 409; without this the first
    /// job is answered, with a warning. Params are compared as written, white space apart.
    /// </summary>
    public bool? DeduplicationStrict { get; init; }

    public ConcurrencyOptions? Concurrency { get; init; }

    public RateLimitOptions? RateLimit { get; init; }

    /// <summary>16 at most, of 64 characters at most.</summary>
    public IReadOnlyList<string>? Tags { get; init; }

    /// <summary>
    /// Runs when these have succeeded: ids of 1 to 100 jobs of the namespace; in a set also <c>#</c> and the <c>ref</c>
    /// of another member.
    /// </summary>
    public IReadOnlyList<string>? After { get; init; }

    /// <summary>What becomes of it when one of them does not succeed; <c>cancel</c> when not given.</summary>
    public AfterFailure? AfterFailure { get; init; }

    /// <summary>A name for the other members of its set to use; nowhere else.</summary>
    public string? Ref { get; init; }
}

/// <summary>When and how often to try again. Fields not given have the defaults of their kind.</summary>
public sealed record RetryOptions
{
    /// <summary>1 to 100; 3 when not given.</summary>
    public int? MaxAttempts { get; init; }

    public BackoffKind? Backoff { get; init; }

    /// <summary>0 s to 1 d; 1 s when not given.</summary>
    public TimeSpan? FirstDelay { get; init; }

    /// <summary>At least <c>firstDelay</c>, up to 7 d; 10 min when not given.</summary>
    public TimeSpan? MaxDelay { get; init; }

    /// <summary>0 to 1: each delay is shortened by up to this share; 0.2 when not given.</summary>
    public double? Jitter { get; init; }
}

/// <param name="Limit">How many jobs with the key run at once; 1 to 10,000, 1 when not given.</param>
public sealed record ConcurrencyOptions(string Key, int? Limit = null);

/// <summary>
/// Attempts of jobs with the same key and period begin at most so often; the others wait. Retries count too.
/// </summary>
/// <param name="Limit">In any period, wherever it begins: 1 to 1,000,000.</param>
/// <param name="Period">1 s to 7 d.</param>
public sealed record RateLimitOptions(string Key, int Limit, TimeSpan Period);

/// <summary>A job as read.</summary>
public sealed record JobView
{
    public required JobId Id { get; init; }

    public required string Namespace { get; init; }

    public required JobState State { get; init; }

    /// <summary>Attempts so far; those that a handler rejected do not count.</summary>
    public required int Attempts { get; init; }

    public required string Method { get; init; }

    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingDefault), JsonConverter(typeof(NullIsAValueConverter))]
    public RawJson Params { get; init; }

    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingDefault)]
    public RawJson Result { get; init; }

    public AttemptError? Error { get; init; }

    public required DateTimeOffset EnqueuedAt { get; init; }

    public required DateTimeOffset RunAt { get; init; }

    /// <summary>Of the newest attempt.</summary>
    public DateTimeOffset? StartedAt { get; init; }

    public DateTimeOffset? FinishedAt { get; init; }

    /// <summary>The handler that runs or ran it; before that, the one that was asked for.</summary>
    public string? Handler { get; init; }

    public string? Group { get; init; }

    public int Priority { get; init; }

    public DateTimeOffset? StartDeadline { get; init; }

    public TimeSpan Timeout { get; init; }

    public required RetryOptions Retry { get; init; }

    public string? DeduplicationKey { get; init; }

    public TimeSpan? DeduplicationWindow { get; init; }

    public ConcurrencyOptions? Concurrency { get; init; }

    public RateLimitOptions? RateLimit { get; init; }

    public IReadOnlyList<string>? Tags { get; init; }

    /// <summary>The jobs that it runs after, all of them. Which are still awaited its explanation says.</summary>
    public IReadOnlyList<JobId>? After { get; init; }

    public AfterFailure? AfterFailure { get; init; }

    /// <summary>The batch that it belongs to.</summary>
    public BatchId? BatchId { get; init; }

    /// <summary>The batch that it completes: it runs when the jobs of that have ended.</summary>
    public BatchId? Completes { get; init; }

    public JobSchedule? Schedule { get; init; }

    public required string CreatedBy { get; init; }

    /// <summary>The failed job that this one replays.</summary>
    public JobId? ReplayOf { get; init; }

    /// <summary>0 to 100, as last reported by the running attempt.</summary>
    public double? ProgressPercent { get; init; }

    public string? ProgressMessage { get; init; }

    /// <summary>
    /// Set when the job was taken but something about it may surprise: nobody offers its method yet; its deduplication
    /// key belongs to a job that asks for something else; or that job is kept no longer, so that only this much is
    /// known of it.
    /// </summary>
    public string? Warning { get; init; }
}

/// <summary>Which occurrence made the job.</summary>
/// <param name="Version">Of the schedule, when it made the job.</param>
/// <param name="Nominal">When it was due, or was triggered.</param>
/// <param name="Effective">When the job was to start, if jitter moved it.</param>
public sealed record JobSchedule(
    string Name,
    int Version,
    DateTimeOffset Nominal,
    OccurrenceOrigin Origin = OccurrenceOrigin.Due,
    DateTimeOffset? Effective = null
);

/// <summary>What made a schedule's job.</summary>
public enum OccurrenceOrigin
{
    /// <summary>Its trigger.</summary>
    Due,

    /// <summary>Somebody who asked for one now.</summary>
    Triggered,

    /// <summary>Somebody who asked for a range of the past.</summary>
    Backfilled,

    /// <summary>Its trigger, at the handler, which was out of the Broker's reach and ran it by itself.</summary>
    Offline,
}

/// <param name="Atomic">All or none; then the jobs are a set, and may name each other.</param>
public sealed record BatchRequest(IReadOnlyList<JobRequest> Jobs, bool Atomic = false);

public sealed record BatchAnswer(IReadOnlyList<BatchItem> Items);

/// <param name="Status">The HTTP status that the job would have had alone: 201, 200 for a duplicate, 400, 413 …</param>
public sealed record BatchItem(
    int Status,
    JobId? Id = null,
    JobState? State = null,
    Problem? Problem = null,
    string? Warning = null
);

/// <param name="Grace">How long a running attempt may take to stop before it is fenced off; 0 s to 1 h, 10 s when not
/// given.</param>
public sealed record CancelRequest(TimeSpan? Grace = null);

public sealed record AttemptView
{
    public required AttemptId AttemptId { get; init; }

    /// <summary>Counted from 1; a rejected attempt has the number of the one after it.</summary>
    public required int Number { get; init; }

    /// <summary>Not set while the attempt is open.</summary>
    public AttemptOutcome? Outcome { get; init; }

    public required string Handler { get; init; }

    public required string Session { get; init; }

    public string? Bridge { get; init; }

    public required int FencingToken { get; init; }

    public required DateTimeOffset AssignedAt { get; init; }

    public DateTimeOffset? StartedAt { get; init; }

    public DateTimeOffset? FinishedAt { get; init; }

    public AttemptError? Error { get; init; }

    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingDefault)]
    public RawJson Result { get; init; }
}

/// <param name="Sequence">Grows within the job; the place to go on reading from. Below 2^53.</param>
public sealed record LogLine(long Sequence, int Attempt, DateTimeOffset At, string Level, string Message);

/// <summary>One attempt in the log of executions, with what its job was.</summary>
public sealed record ExecutionView
{
    public required AttemptView Attempt { get; init; }

    public required JobId JobId { get; init; }

    public required string Method { get; init; }

    public string? Schedule { get; init; }

    public double? DurationSeconds { get; init; }
}

/// <summary>Sums over the attempts that ended within a window.</summary>
public sealed record ExecutionStats(TimeSpan Window, IReadOnlyList<ExecutionStatsRow> Items)
{
    /// <summary>
    /// Where the window begins: a full minute, so that it may be up to a minute longer than was asked for.
    /// </summary>
    public DateTimeOffset? From { get; init; }
}

/// <param name="Name">The handler or the method, or <c>*</c> for all.</param>
/// <param name="SuccessRate">0 to 1.</param>
public sealed record ExecutionStatsRow(
    string Name,
    long Total,
    long Succeeded,
    double SuccessRate,
    double MeanSeconds,
    double P50Seconds,
    double P95Seconds,
    double P99Seconds
);
