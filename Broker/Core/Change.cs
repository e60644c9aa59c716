using ScheduleZero.Broker.Core.Access;
using ScheduleZero.Broker.Core.Alerts;
using ScheduleZero.Broker.Core.Audit;
using ScheduleZero.Broker.Core.Batches;
using ScheduleZero.Broker.Core.Calendars;
using ScheduleZero.Broker.Core.Dispatch;
using ScheduleZero.Broker.Core.Jobs;
using ScheduleZero.Broker.Core.Pauses;
using ScheduleZero.Broker.Core.Schedules;
using ScheduleZero.Broker.Core.Sessions;
using ScheduleZero.Contracts;
using ScheduleZero.Contracts.Handlers;
using ScheduleZero.Contracts.Ids;
using ScheduleZero.Contracts.Rest;

namespace ScheduleZero.Broker.Core;

/// <summary>
/// One change of the store. A commit is a list of changes, which are applied in order, all or nothing.
/// </summary>
public abstract record Change
{
    private Change() { }

    public sealed record JobAdded(Job Job, RawJson Params) : Change;

    /// <summary>
    /// The job runs with this attempt, and nothing else about the job has changed. This is the most frequent change, so
    /// it is small.
    /// </summary>
    public sealed record JobAssigned(JobId Id, Attempt Attempt, int AttemptsUsed) : Change
    {
        /// <summary>The job as it is after the change.</summary>
        public Job ApplyTo(Job job) =>
            job with
            {
                State = JobState.Running,
                Current = Attempt,
                Token = Attempt.Token,
                AttemptsUsed = AttemptsUsed,
            };
    }

    /// <summary>An unfinished job has taken a step other than its assignment.</summary>
    public sealed record JobChanged(Job Job) : Change
    {
        /// <summary>The new params, when somebody has changed these; empty when they are what they were.</summary>
        public RawJson Params { get; init; }
    }

    /// <summary>The job is in a final state and leaves the Core's memory.</summary>
    public sealed record JobFinished(Job Job, RawJson Result) : Change;

    /// <summary>
    /// An unfinished job is dropped with its log and without an end, because its namespace is being deleted. Nothing of
    /// the job comes into the history.
    /// </summary>
    public sealed record JobDropped(JobId Id) : Change;

    /// <summary>
    /// A result has come after the lease of its attempt was lost. The attempt's outcome becomes Superseded, also when
    /// the job has ended.
    /// </summary>
    public sealed record AttemptSuperseded(JobId Id, int Token, DateTimeOffset At, AttemptError? Error) : Change
    {
        /// <summary>The job as it is after the change.</summary>
        public Job ApplyTo(Job job) =>
            job with
            {
                Ended = job
                    .Ended?.Select(attempt =>
                        attempt.Token != Token
                            ? attempt
                            : attempt with
                            {
                                Outcome = AttemptOutcome.Superseded,
                                FinishedAt = At,
                                Error = Error,
                            }
                    )
                    .ToList(),
            };
    }

    public sealed record LogAppended(JobId Id, IReadOnlyList<LogEntry> Lines) : Change;

    /// <summary>A deduplication key is held for a finished job until an instant.</summary>
    /// <param name="Holder">
    /// What is remembered of the job; null in rows that an earlier version of the Broker wrote.
    /// </param>
    public sealed record DeduplicationKept(
        string Namespace,
        string Key,
        JobId Id,
        DateTimeOffset Until,
        KeyHolder? Holder = null
    ) : Change;

    public sealed record DeduplicationReleased(string Namespace, string Key) : Change;

    /// <summary>The starts that a rate limit has counted.</summary>
    public sealed record RateKept(RateRecord Rate) : Change;

    /// <summary>A rate limit counts no starts any more: all its tokens have come back.</summary>
    public sealed record RateForgotten(RateName Of) : Change;

    public sealed record ScheduleSaved(Schedule Schedule) : Change;

    /// <summary>
    /// A version of a schedule for its history, as it was saved. Of one schedule the newest
    /// <see cref="Contracts.Limits.ScheduleVersionsMax"/> are kept.
    /// </summary>
    public sealed record ScheduleVersioned(Schedule Schedule) : Change;

    /// <summary>A schedule is deleted, with all its versions.</summary>
    public sealed record ScheduleDeleted(ScheduleId Id) : Change;

    /// <summary>A batch has changed. A batch that has finished leaves Core's memory.</summary>
    public sealed record BatchSaved(Batch Batch) : Change;

    /// <summary>
    /// A nominal instant, or a range of them, made no job, for a reason. The row takes the place of an earlier row with
    /// the same first instant.
    /// </summary>
    /// <param name="Nominal">The first instant of the range.</param>
    /// <param name="To">The last instant of the range; null for a single instant.</param>
    /// <param name="Count">The number of instants in the range.</param>
    public sealed record OccurrenceMissed(
        ScheduleId Id,
        DateTimeOffset Nominal,
        string Reason,
        DateTimeOffset? To = null,
        long Count = 1
    ) : Change;

    /// <summary>An instant about which there may be a row has made a job after all: the row is deleted.</summary>
    public sealed record OccurrenceMade(ScheduleId Id, DateTimeOffset Nominal) : Change;

    public sealed record CalendarSaved(CalendarRecord Calendar) : Change;

    public sealed record CalendarDeleted(string Namespace, string Name) : Change;

    /// <summary>A pause has begun, or has taken the place of one of the same subject.</summary>
    public sealed record PauseSaved(PauseRecord Pause) : Change;

    public sealed record PauseEnded(string Namespace, PauseSubject Subject, string Name) : Change;

    /// <summary>A channel, rule, open alert or notice has begun or changed.</summary>
    public sealed record AlertRowSaved(AlertRow Row) : Change;

    public sealed record AlertRowDeleted(AlertRowKind Kind, string Namespace, string Key) : Change;

    public sealed record HandlerSaved(HandlerRecord Handler) : Change;

    public sealed record HandlerDeleted(string Namespace, string Name) : Change;

    public sealed record KeySaved(KeyRecord Key) : Change;

    public sealed record AccessSaved(AccessRecord Record) : Change;

    public sealed record AccessDeleted(AccessKind Kind, string Key) : Change;

    /// <summary>A block is appended to the audit log. The blocks follow each other without gaps.</summary>
    public sealed record AuditAppended(AuditBlock Block) : Change;
}
