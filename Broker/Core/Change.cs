using ScheduleZero.Broker.Core.Access;
using ScheduleZero.Broker.Core.Audit;
using ScheduleZero.Broker.Core.Batches;
using ScheduleZero.Broker.Core.Calendars;
using ScheduleZero.Broker.Core.Dispatch;
using ScheduleZero.Broker.Core.Jobs;
using ScheduleZero.Broker.Core.Schedules;
using ScheduleZero.Broker.Core.Sessions;
using ScheduleZero.Contracts;
using ScheduleZero.Contracts.Handlers;
using ScheduleZero.Contracts.Ids;
using ScheduleZero.Contracts.Rest;

namespace ScheduleZero.Broker.Core;

/// <summary>One thing that the store must keep. A commit is a run of these, applied in order, all or nothing.</summary>
public abstract record Change
{
    private Change() { }

    public sealed record JobAdded(Job Job, RawJson Params) : Change;

    /// <summary>
    /// The job is Running on this attempt; nothing else about it moved. The most frequent change, so it is kept small.
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

    /// <summary>Any other step of an unfinished job.</summary>
    public sealed record JobChanged(Job Job) : Change;

    /// <summary>The job is in a final state and leaves the Core's memory.</summary>
    public sealed record JobFinished(Job Job, RawJson Result) : Change;

    /// <summary>
    /// The unfinished job goes without an end, with its logs, since its namespace is being deleted. Nothing of it comes
    /// into the history.
    /// </summary>
    public sealed record JobDropped(JobId Id) : Change;

    /// <summary>
    /// A result that came after its lease was lost: the attempt's outcome becomes Superseded, whatever became of the
    /// job.
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

    /// <summary>The key answers this job until the instant, though the job may have finished.</summary>
    /// <param name="Holder">What is remembered of the job; null in what an earlier version kept.</param>
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

    /// <summary>All its tokens are back.</summary>
    public sealed record RateForgotten(RateName Of) : Change;

    public sealed record ScheduleSaved(Schedule Schedule) : Change;

    /// <summary>
    /// A version of a schedule for its history, as it was saved. Of one schedule the newest
    /// <see cref="Contracts.Limits.ScheduleVersionsMax"/> are kept.
    /// </summary>
    public sealed record ScheduleVersioned(Schedule Schedule) : Change;

    /// <summary>With its history.</summary>
    public sealed record ScheduleDeleted(ScheduleId Id) : Change;

    /// <summary>A batch as it stands; one that has ended leaves the Core's memory.</summary>
    public sealed record BatchSaved(Batch Batch) : Change;

    /// <summary>
    /// A nominal instant that made no job, and why; or a run of such instants, which takes the place of what was said
    /// of the same first instant before.
    /// </summary>
    /// <param name="Nominal">The first of them.</param>
    /// <param name="To">The last of them; null for a single one.</param>
    /// <param name="Count">How many they are.</param>
    public sealed record OccurrenceMissed(
        ScheduleId Id,
        DateTimeOffset Nominal,
        string Reason,
        DateTimeOffset? To = null,
        long Count = 1
    ) : Change;

    /// <summary>An instant that may have left a row has made a job after all.</summary>
    public sealed record OccurrenceMade(ScheduleId Id, DateTimeOffset Nominal) : Change;

    public sealed record CalendarSaved(CalendarRecord Calendar) : Change;

    public sealed record CalendarDeleted(string Namespace, string Name) : Change;

    public sealed record HandlerSaved(HandlerRecord Handler) : Change;

    public sealed record HandlerDeleted(string Namespace, string Name) : Change;

    public sealed record KeySaved(KeyRecord Key) : Change;

    public sealed record AccessSaved(AccessRecord Record) : Change;

    public sealed record AccessDeleted(AccessKind Kind, string Key) : Change;

    /// <summary>The audit log has grown. Its blocks follow each other without gaps.</summary>
    public sealed record AuditAppended(AuditBlock Block) : Change;
}
