using ScheduleZero.Contracts;
using ScheduleZero.Contracts.Handlers;
using ScheduleZero.Contracts.Ids;
using ScheduleZero.Contracts.Rest;

namespace ScheduleZero.Broker.Core.Jobs;

/// <summary>
/// One job as Core holds it. A job is small, since a million of them may wait: params and results stay in the store. A
/// record is never changed; the job machine makes the next one.
/// </summary>
public sealed record Job
{
    public required JobId Id { get; init; }

    public required string Namespace { get; init; }

    public required JobSpec Spec { get; init; }

    public required JobState State { get; init; }

    /// <summary>
    /// The job does not run before this instant. After a failed attempt it is the end of the backoff.
    /// </summary>
    public required DateTimeOffset RunAt { get; init; }

    public required DateTimeOffset EnqueuedAt { get; init; }

    public required string CreatedBy { get; init; }

    public Occurrence? Occurrence { get; init; }

    public JobId? ReplayOf { get; init; }

    /// <summary>The jobs that the job runs after; null for none.</summary>
    public Chain? Chain { get; init; }

    /// <summary>The batch that the job is one of; null for none.</summary>
    public BatchId? Batch { get; init; }

    /// <summary>The batch that the job completes, after all other jobs of that batch; null for none.</summary>
    public Completion? Completes { get; init; }

    /// <summary>How often somebody has changed the priority, the time or the params of the job.</summary>
    public int Version { get; init; }

    /// <summary>The fencing token of the newest attempt; 0 before the first. The token only ever grows.</summary>
    public int Token { get; init; }

    /// <summary>The number of attempts that count against the retry limit, the open one included.</summary>
    public int AttemptsUsed { get; init; }

    /// <summary>The attempt that holds the lease; null while the job does not run.</summary>
    public Attempt? Current { get; init; }

    /// <summary>The attempts that have ended, oldest first; null before the first has ended.</summary>
    public IReadOnlyList<Attempt>? Ended { get; init; }

    /// <summary>
    /// How the newest attempt failed; for a job whose chain is broken, which awaited job broke it. Null for no error.
    /// </summary>
    public AttemptError? Error { get; init; }

    /// <summary>When the job came to its final state; null before.</summary>
    public DateTimeOffset? FinishedAt { get; init; }

    /// <summary>
    /// The number of bytes of the job's params, result and log, as far as it is known; 0 for a job that was stored
    /// before the bytes were counted.
    /// </summary>
    public long StoredBytes { get; init; }

    public bool IsFinished => State is JobState.Succeeded or JobState.Failed or JobState.Cancelled or JobState.Expired;

    /// <summary>True while other jobs hold the job up, whatever the time.</summary>
    public bool Awaits => Chain is { IsOpen: false } || Completes is { End: null };

    /// <summary>
    /// The state at an instant. A Scheduled job becomes Ready by the clock alone: nothing is stored when it does.
    /// </summary>
    public JobState StateAt(DateTimeOffset now) =>
        State == JobState.Scheduled && RunAt <= now && !Awaits ? JobState.Ready : State;

    /// <summary>Whether the attempt with the token holds the lease.</summary>
    public bool Holds(int token) => Current is not null && Current.Token == token;
}

/// <summary>
/// What a job is to run, where and how. Jobs that ask for the same may share one spec.
/// </summary>
public sealed record JobSpec
{
    public required string Method { get; init; }

    /// <summary>The only handler that may run the job; null for any.</summary>
    public string? Handler { get; init; }

    /// <summary>
    /// The group whose handlers may run the job; null for any. The group does not count for a job that names a handler.
    /// </summary>
    public string? Group { get; init; }

    /// <summary>
    /// The offline store of the only instance of <see cref="Handler"/> that may run the job; null for any instance.
    /// </summary>
    public string? Store { get; init; }

    public int Priority { get; init; }

    public DateTimeOffset? StartDeadline { get; init; }

    /// <summary>How long one attempt may run.</summary>
    public TimeSpan Timeout { get; init; } = TimeSpan.FromHours(1);

    public RetryPolicy Retry { get; init; } = RetryPolicy.Default;

    public string? DeduplicationKey { get; init; }

    public TimeSpan? DeduplicationWindow { get; init; }

    /// <summary>
    /// A hash of the params, white space apart. Null without a <see cref="DeduplicationKey"/>, and for a job from
    /// before there were such hashes.
    /// </summary>
    public long? ParamsHash { get; init; }

    public string? ConcurrencyKey { get; init; }

    public int ConcurrencyLimit { get; init; } = 1;

    public RateLimit? RateLimit { get; init; }

    public IReadOnlyList<string>? Tags { get; init; }
}

/// <summary>
/// A rate limit: of all jobs with the key and period, at most <paramref name="Limit"/> attempts begin in any
/// <paramref name="Period"/>.
/// </summary>
public sealed record RateLimit(string Key, int Limit, TimeSpan Period);

/// <summary>Which occurrence of which schedule made a job.</summary>
/// <param name="Effective">When the job was to start, if jitter moved the start; null otherwise.</param>
public sealed record Occurrence(
    ScheduleId ScheduleId,
    string Schedule,
    int Version,
    DateTimeOffset Nominal,
    OccurrenceOrigin Origin = OccurrenceOrigin.Due,
    DateTimeOffset? Effective = null
);

/// <summary>One try at a job.</summary>
public sealed record Attempt
{
    /// <summary>The fencing token, larger than that of every earlier attempt of the job.</summary>
    public required int Token { get; init; }

    /// <summary>The attempt's number, counted from 1 without rejected attempts.</summary>
    public required int Number { get; init; }

    public required string Handler { get; init; }

    /// <summary>The instance of the handler. No other instance may resume the attempt.</summary>
    public required string Instance { get; init; }

    public required string Session { get; init; }

    /// <summary>
    /// The Bridge that carried the session when the attempt was assigned; null for a direct connection.
    /// </summary>
    public string? Bridge { get; init; }

    public required DateTimeOffset AssignedAt { get; init; }

    /// <summary>When the handler's code began; null before the handler has said so.</summary>
    public DateTimeOffset? StartedAt { get; init; }

    /// <summary>When somebody asked for the attempt to stop; null when nobody has.</summary>
    public DateTimeOffset? CancelRequestedAt { get; init; }

    /// <summary>When the attempt ended; null while it is open.</summary>
    public DateTimeOffset? FinishedAt { get; init; }

    /// <summary>How the attempt ended; null while it is open.</summary>
    public AttemptOutcome? Outcome { get; init; }

    public AttemptError? Error { get; init; }
}

/// <summary>One line that an attempt logged.</summary>
/// <param name="Sequence">The line's number, which grows within the job.</param>
public sealed record LogEntry(long Sequence, int Token, DateTimeOffset At, string Level, string Message);
