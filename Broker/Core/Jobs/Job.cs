using ScheduleZero.Contracts;
using ScheduleZero.Contracts.Handlers;
using ScheduleZero.Contracts.Ids;
using ScheduleZero.Contracts.Rest;

namespace ScheduleZero.Broker.Core.Jobs;

/// <summary>
/// One job as Core holds it: small, since a million of them may wait. Params and results stay in the store.
/// Never changed; the job machine makes the next one.
/// </summary>
public sealed record Job
{
    public required JobId Id { get; init; }

    public required string Namespace { get; init; }

    public required JobSpec Spec { get; init; }

    public required JobState State { get; init; }

    /// <summary>Not before this; after a failed attempt, the end of its backoff.</summary>
    public required DateTimeOffset RunAt { get; init; }

    public required DateTimeOffset EnqueuedAt { get; init; }

    public required string CreatedBy { get; init; }

    public Occurrence? Occurrence { get; init; }

    public JobId? ReplayOf { get; init; }

    /// <summary>The jobs that it runs after, if any.</summary>
    public Chain? Chain { get; init; }

    /// <summary>The batch that it is one of.</summary>
    public BatchId? Batch { get; init; }

    /// <summary>The batch that it runs after, if it is to complete one.</summary>
    public Completion? Completes { get; init; }

    /// <summary>The fencing token of the newest attempt; 0 before the first. Only ever grows.</summary>
    public int Token { get; init; }

    /// <summary>Attempts that count against the retry limit, the open one included.</summary>
    public int AttemptsUsed { get; init; }

    /// <summary>The attempt that holds the lease.</summary>
    public Attempt? Current { get; init; }

    /// <summary>Attempts that are over, oldest first.</summary>
    public IReadOnlyList<Attempt>? Ended { get; init; }

    /// <summary>
    /// Of the newest attempt that failed; of a job that was cancelled for one that it awaited, which that was.
    /// </summary>
    public AttemptError? Error { get; init; }

    public DateTimeOffset? FinishedAt { get; init; }

    /// <summary>
    /// Bytes of its params, result and log, as far as is known; 0 for a job that was written before they were counted.
    /// </summary>
    public long StoredBytes { get; init; }

    public bool IsFinished => State is JobState.Succeeded or JobState.Failed or JobState.Cancelled or JobState.Expired;

    /// <summary>Other jobs hold it up, whatever the time.</summary>
    public bool Awaits => Chain is { IsOpen: false } || Completes is { End: null };

    /// <summary>A Scheduled job becomes Ready by the clock alone: nothing is written when it does.</summary>
    public JobState StateAt(DateTimeOffset now) =>
        State == JobState.Scheduled && RunAt <= now && !Awaits ? JobState.Ready : State;

    public bool Holds(int token) => Current is not null && Current.Token == token;
}

/// <summary>What was asked for; shared by jobs that ask for the same.</summary>
public sealed record JobSpec
{
    public required string Method { get; init; }

    public string? Handler { get; init; }

    public string? Group { get; init; }

    /// <summary>Only for the copy of <see cref="Handler"/> that has this offline store.</summary>
    public string? Store { get; init; }

    public int Priority { get; init; }

    public DateTimeOffset? StartDeadline { get; init; }

    /// <summary>Of one attempt.</summary>
    public TimeSpan Timeout { get; init; } = TimeSpan.FromHours(1);

    public RetryPolicy Retry { get; init; } = RetryPolicy.Default;

    public string? DeduplicationKey { get; init; }

    public TimeSpan? DeduplicationWindow { get; init; }

    /// <summary>
    /// A hash of the params, white space apart; only with a <see cref="DeduplicationKey"/>. Null also for a job from
    /// before there were such hashes.
    /// </summary>
    public long? ParamsHash { get; init; }

    public string? ConcurrencyKey { get; init; }

    public int ConcurrencyLimit { get; init; } = 1;

    public RateLimit? RateLimit { get; init; }

    public IReadOnlyList<string>? Tags { get; init; }
}

/// <summary>
/// At most <paramref name="Limit"/> attempts begin in any <paramref name="Period"/>, of all jobs with the key and
/// period.
/// </summary>
public sealed record RateLimit(string Key, int Limit, TimeSpan Period);

/// <summary>Which occurrence of which schedule made a job.</summary>
/// <param name="Effective">When the job was to start, if jitter moved it.</param>
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
    public required int Token { get; init; }

    /// <summary>Counted from 1, without rejected ones.</summary>
    public required int Number { get; init; }

    public required string Handler { get; init; }

    /// <summary>The running copy of the handler. Only it may resume the attempt.</summary>
    public required string Instance { get; init; }

    public required string Session { get; init; }

    public string? Bridge { get; init; }

    public required DateTimeOffset AssignedAt { get; init; }

    public DateTimeOffset? StartedAt { get; init; }

    public DateTimeOffset? CancelRequestedAt { get; init; }

    public DateTimeOffset? FinishedAt { get; init; }

    public AttemptOutcome? Outcome { get; init; }

    public AttemptError? Error { get; init; }
}

/// <summary>One line that an attempt logged.</summary>
/// <param name="Sequence">Grows within the job.</param>
public sealed record LogEntry(long Sequence, int Token, DateTimeOffset At, string Level, string Message);
