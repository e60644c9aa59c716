using System.Text.Json.Serialization;
using ScheduleZero.Contracts.Handlers;
using ScheduleZero.Contracts.Ids;

namespace ScheduleZero.Contracts.Rest;

/// <summary>The states of a job. The last four are final.</summary>
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

/// <summary>The way in which an attempt ended.</summary>
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

/// <summary>The fate of a job when one that it runs after does not succeed.</summary>
public enum AfterFailure
{
    /// <summary>The job is cancelled, and so are those that run after it.</summary>
    Cancel,

    /// <summary>The job runs when all jobs that it runs after have ended.</summary>
    Run,
}

/// <summary>A job as posted.</summary>
public sealed record JobRequest
{
    public required string Method { get; init; }

    /// <summary>
    /// The params, any JSON value, 256 KiB at most unless the Broker's option says otherwise; <c>{}</c> when not given.
    /// </summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingDefault), JsonConverter(typeof(NullIsAValueConverter))]
    public RawJson Params { get; init; }

    /// <summary>
    /// The only handler that may run the job. Any handler that offers the method may when neither this nor <c>group</c>
    /// is given.
    /// </summary>
    public string? Handler { get; init; }

    /// <summary>The group whose handlers alone may run the job. Not together with <c>handler</c>.</summary>
    public string? Group { get; init; }

    /// <summary>The priority, −100 to 100, higher first; 0 when not given.</summary>
    public int? Priority { get; init; }

    /// <summary>The instant before which the job does not run; now when not given.</summary>
    public DateTimeOffset? RunAt { get; init; }

    /// <summary>
    /// The instant at which the job is expired if it has not started. Without one, the job waits for any time.
    /// </summary>
    public DateTimeOffset? StartDeadline { get; init; }

    /// <summary>The longest time of one attempt; 1 s to 7 d, 1 h when not given.</summary>
    public TimeSpan? Timeout { get; init; }

    public RetryOptions? Retry { get; init; }

    public string? DeduplicationKey { get; init; }

    /// <summary>
    /// How long, counted from the enqueue, the key answers the first job even if that job is finished; up to 7 d.
    /// </summary>
    public TimeSpan? DeduplicationWindow { get; init; }

    /// <summary>
    /// Whether a key that belongs to a job of another method, or with other params, is refused with 409; otherwise the
    /// first job is answered, with a warning. Params are compared as written, white space apart.
    /// </summary>
    public bool? DeduplicationStrict { get; init; }

    public ConcurrencyOptions? Concurrency { get; init; }

    public RateLimitOptions? RateLimit { get; init; }

    /// <summary>The tags, 16 at most, of 64 characters at most.</summary>
    public IReadOnlyList<string>? Tags { get; init; }

    /// <summary>
    /// The jobs that must succeed before this one runs: ids of 1 to 100 jobs of the namespace; in a set also <c>#</c>
    /// and the <c>ref</c> of another member.
    /// </summary>
    public IReadOnlyList<string>? After { get; init; }

    /// <summary>The fate of the job when one in <c>after</c> does not succeed; <c>cancel</c> when not given.</summary>
    public AfterFailure? AfterFailure { get; init; }

    /// <summary>A name by which the other members of the set refer to the job; it is used nowhere else.</summary>
    public string? Ref { get; init; }
}

/// <summary>
/// The rule for further attempts: when, and how often. Fields that are not given have the defaults of their kind.
/// </summary>
public sealed record RetryOptions
{
    /// <summary>The most attempts, 1 to 100; 3 when not given.</summary>
    public int? MaxAttempts { get; init; }

    public BackoffKind? Backoff { get; init; }

    /// <summary>The delay before the second attempt, 0 s to 1 d; 1 s when not given.</summary>
    public TimeSpan? FirstDelay { get; init; }

    /// <summary>The longest delay, at least <c>firstDelay</c>, up to 7 d; 10 min when not given.</summary>
    public TimeSpan? MaxDelay { get; init; }

    /// <summary>The largest share by which a delay is shortened, 0 to 1; 0.2 when not given.</summary>
    public double? Jitter { get; init; }
}

/// <summary>A limit on how many jobs with one key run at once.</summary>
/// <param name="Limit">How many jobs with the key run at once; 1 to 10,000, 1 when not given.</param>
public sealed record ConcurrencyOptions(string Key, int? Limit = null);

/// <summary>
/// A limit on how often attempts of jobs with the same key and period begin; the others wait. Retries count too.
/// </summary>
/// <param name="Limit">The most attempts in any period, wherever it begins: 1 to 1,000,000.</param>
/// <param name="Period">The length of the period, 1 s to 7 d.</param>
public sealed record RateLimitOptions(string Key, int Limit, TimeSpan Period);

/// <summary>A job as read.</summary>
public sealed record JobView
{
    public required JobId Id { get; init; }

    public required string Namespace { get; init; }

    public required JobState State { get; init; }

    /// <summary>The number of attempts so far; those that a handler rejected do not count.</summary>
    public required int Attempts { get; init; }

    public required string Method { get; init; }

    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingDefault), JsonConverter(typeof(NullIsAValueConverter))]
    public RawJson Params { get; init; }

    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingDefault)]
    public RawJson Result { get; init; }

    public AttemptError? Error { get; init; }

    public required DateTimeOffset EnqueuedAt { get; init; }

    public required DateTimeOffset RunAt { get; init; }

    /// <summary>When the newest attempt began.</summary>
    public DateTimeOffset? StartedAt { get; init; }

    public DateTimeOffset? FinishedAt { get; init; }

    /// <summary>The handler that runs or ran the job; before that, the one that was asked for.</summary>
    public string? Handler { get; init; }

    public string? Group { get; init; }

    public int Priority { get; init; }

    /// <summary>How often somebody has changed the priority, the time or the params of the job.</summary>
    public int Version { get; init; }

    public DateTimeOffset? StartDeadline { get; init; }

    public TimeSpan Timeout { get; init; }

    public required RetryOptions Retry { get; init; }

    public string? DeduplicationKey { get; init; }

    public TimeSpan? DeduplicationWindow { get; init; }

    public ConcurrencyOptions? Concurrency { get; init; }

    public RateLimitOptions? RateLimit { get; init; }

    public IReadOnlyList<string>? Tags { get; init; }

    /// <summary>All jobs that this job runs after. The job's explanation says which ones have not ended.</summary>
    public IReadOnlyList<JobId>? After { get; init; }

    public AfterFailure? AfterFailure { get; init; }

    /// <summary>The batch that the job belongs to.</summary>
    public BatchId? BatchId { get; init; }

    /// <summary>The batch that the job completes: the job runs when the jobs of that batch have ended.</summary>
    public BatchId? Completes { get; init; }

    public JobSchedule? Schedule { get; init; }

    public required string CreatedBy { get; init; }

    /// <summary>The failed job that this one replays.</summary>
    public JobId? ReplayOf { get; init; }

    /// <summary>The progress in percent, 0 to 100, as the running attempt last reported it.</summary>
    public double? ProgressPercent { get; init; }

    public string? ProgressMessage { get; init; }

    /// <summary>
    /// Set when the job was accepted but something about it may surprise: no handler offers its method yet; its
    /// deduplication key belongs to a job that asks for something else; or that job is no longer stored, so that only
    /// this much is known of it.
    /// </summary>
    public string? Warning { get; init; }
}

/// <summary>The occurrence that made a job.</summary>
/// <param name="Version">The version of the schedule when it made the job.</param>
/// <param name="Nominal">The instant at which the occurrence was due, or was triggered.</param>
/// <param name="Effective">The instant at which the job was to start, if jitter moved it.</param>
public sealed record JobSchedule(
    string Name,
    int Version,
    DateTimeOffset Nominal,
    OccurrenceOrigin Origin = OccurrenceOrigin.Due,
    DateTimeOffset? Effective = null
);

/// <summary>The origin of a schedule's job.</summary>
public enum OccurrenceOrigin
{
    /// <summary>The schedule's trigger made the job.</summary>
    Due,

    /// <summary>Somebody asked for one job now.</summary>
    Triggered,

    /// <summary>Somebody asked for the jobs of a range of the past.</summary>
    Backfilled,

    /// <summary>
    /// The schedule's trigger made the job at the handler, which was out of the Broker's reach and ran the job by
    /// itself.
    /// </summary>
    Offline,
}

/// <summary>Jobs that are enqueued with one request.</summary>
/// <param name="Atomic">Whether all jobs or none are enqueued; then the jobs are a set, and may name each
/// other.</param>
/// <param name="Separate">
/// Whether each job is handled as if it had been posted alone: with its own audit event, its own place in the limits of
/// the namespace, and the whole job in its answer. Not together with <paramref name="Atomic"/>.
/// </param>
public sealed record BatchRequest(
    IReadOnlyList<JobRequest> Jobs,
    bool Atomic = false,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingDefault)] bool Separate = false
);

public sealed record BatchAnswer(IReadOnlyList<BatchItem> Items);

/// <summary>The answer to one of the jobs that were posted together.</summary>
/// <param name="Status">The HTTP status that the job would have had alone: 201, 200 for a duplicate, 400, 413 …</param>
/// <param name="Job">The job as the answer to a single request shows it, only with <c>separate</c>. A new job is shown
/// without its params, which the caller has.</param>
/// <param name="RetryAfterSeconds">Seconds after which a refused job may be posted again, only with <c>separate</c>. 0
/// means at once and alone: the other jobs of the request used up what checks may cost, and this one was not
/// checked.</param>
public sealed record BatchItem(
    int Status,
    JobId? Id = null,
    JobState? State = null,
    Problem? Problem = null,
    string? Warning = null,
    JobView? Job = null,
    int? RetryAfterSeconds = null
);

/// <summary>Asks for the cancellation of a job.</summary>
/// <param name="Grace">How long a running attempt may take to stop before it is fenced off; 0 s to 1 h, 10 s when not
/// given.</param>
public sealed record CancelRequest(TimeSpan? Grace = null);

/// <summary>Asks for a replay of a job that has ended.</summary>
public sealed record ReplayRequest
{
    /// <summary>The params of the new job; those of the job that is replayed when not given.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingDefault), JsonConverter(typeof(NullIsAValueConverter))]
    public RawJson Params { get; init; }
}

public sealed record AttemptView
{
    public required AttemptId AttemptId { get; init; }

    /// <summary>
    /// The number of the attempt, counted from 1; a rejected attempt has the number of the one after it.
    /// </summary>
    public required int Number { get; init; }

    /// <summary>The outcome of the attempt; not set while the attempt is open.</summary>
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

/// <summary>One line of a job log.</summary>
/// <param name="Sequence">The line's number, which grows within the job; reading goes on from it. Below 2^53.</param>
public record LogLine(long Sequence, int Attempt, DateTimeOffset At, string Level, string Message);

/// <summary>One line of a job log beside those of other jobs.</summary>
/// <param name="Sequence">The line's number, which grows over all jobs; reading goes on from it. Below 2^53.</param>
public sealed record JobLine(long Sequence, int Attempt, DateTimeOffset At, string Level, string Message)
    : LogLine(Sequence, Attempt, At, Level, Message)
{
    public required JobId JobId { get; init; }

    public required string Method { get; init; }

    /// <summary>The handler whose attempt wrote the line; not set when it is not known any more.</summary>
    public string? Handler { get; init; }

    /// <summary>The schedule that made the job; not set when none did.</summary>
    public string? Schedule { get; init; }
}

/// <summary>The newest lines of the logs of all jobs.</summary>
/// <param name="Items">The lines, oldest first.</param>
/// <param name="Since">The instant from which on every line that was asked for is there. Of those before, only some may
/// be.</param>
public sealed record NewestLogs(IReadOnlyList<JobLine> Items, DateTimeOffset Since);

/// <summary>One attempt in the log of executions, with what its job was.</summary>
public sealed record ExecutionView
{
    public required AttemptView Attempt { get; init; }

    public required JobId JobId { get; init; }

    public required string Method { get; init; }

    public string? Schedule { get; init; }

    public double? DurationSeconds { get; init; }
}

/// <summary>The sums over the attempts that ended within a window.</summary>
public sealed record ExecutionStats(TimeSpan Window, IReadOnlyList<ExecutionStatsRow> Items)
{
    /// <summary>
    /// The beginning of the window: a full minute, so that the window may be up to a minute longer than was asked for.
    /// </summary>
    public DateTimeOffset? From { get; init; }

    /// <summary>
    /// The sums over all attempts, for each step of the window in order; only when steps were asked for.
    /// </summary>
    public IReadOnlyList<ExecutionStatsStep>? Series { get; init; }
}

/// <summary>The sums of one step of a window.</summary>
/// <param name="From">When the step begins; it ends where the next one begins, the last one now.</param>
public sealed record ExecutionStatsStep(
    DateTimeOffset From,
    long Total,
    long Succeeded,
    double MeanSeconds,
    double P50Seconds,
    double P95Seconds,
    double P99Seconds
);

/// <summary>The sums of one handler or method.</summary>
/// <param name="Name">The handler or the method, or <c>*</c> for all.</param>
/// <param name="SuccessRate">The share of attempts that succeeded, 0 to 1.</param>
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
