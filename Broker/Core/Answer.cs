using ScheduleZero.Broker.Core.Audit;
using ScheduleZero.Broker.Core.Batches;
using ScheduleZero.Broker.Core.Jobs;
using ScheduleZero.Broker.Core.Schedules;
using ScheduleZero.Contracts.Ids;

namespace ScheduleZero.Broker.Core;

/// <summary>The answer to a request, which goes back to the request's ticket.</summary>
public abstract record Answer
{
    private Answer() { }

    /// <param name="Code">One of <see cref="Contracts.ErrorCodes"/>.</param>
    public sealed record Refused(string Code, string Detail) : Answer
    {
        /// <summary>True when the request is refused because its own condition does not hold.</summary>
        public bool IsPrecondition { get; init; }
    }

    public sealed record Enqueued(IReadOnlyList<EnqueuedJob> Jobs) : Answer
    {
        /// <summary>The batch that the jobs form; null for jobs on their own.</summary>
        public BatchState? Batch { get; init; }
    }

    public sealed record BatchIs(BatchState State) : Answer;

    /// <summary>
    /// Asks for the ends of awaited jobs that Core does not hold. The edge looks them up in the store, where they have
    /// ended or never were, and makes the request again.
    /// </summary>
    public sealed record EndsNeeded(IReadOnlyList<JobId> Ids) : Answer;

    public sealed record JobIs(Job Job) : Answer;

    /// <param name="Changed">
    /// The number of jobs that the act has changed. The others had ended, did not match any more, or needed no change.
    /// </param>
    public sealed record ActedOn(int Changed) : Answer;

    public sealed record ScheduleIs(Schedule Schedule) : Answer;

    public sealed record SchedulesAre(IReadOnlyList<Schedule> Schedules) : Answer;

    public sealed record CalendarIs(Calendars.CalendarRecord Calendar) : Answer;

    /// <param name="Settings">The channel or rule as it is now.</param>
    public sealed record AlertSettingsAre(Alerts.AlertSettingsRow Settings) : Answer;

    public sealed record KeyIs(Access.KeyRecord Key) : Answer;

    public sealed record Value(object? Result) : Answer;

    /// <summary>The end of the audit log after the request.</summary>
    public sealed record AuditIs(AuditTail Tail) : Answer;

    public sealed record Done : Answer
    {
        public static Done Instance { get; } = new();
    }
}

/// <summary>The answer for one job that was to be enqueued.</summary>
/// <param name="Job">The job; null when it has finished, so that only the store has it.</param>
/// <param name="IsNew">True for a new job; false for the job that has the deduplication key already.</param>
/// <param name="Warning">Something that may surprise, such as a method that nobody offers; null for nothing.</param>
public sealed record EnqueuedJob(JobId Id, Job? Job, bool IsNew, string? Warning)
{
    /// <summary>What is remembered of the finished job that has the deduplication key; null for other jobs.</summary>
    public KeyHolder? Holder { get; init; }

    /// <summary>
    /// True when a strict job is refused because the job that has its key asks for something else. The difference is in
    /// <see cref="Warning"/>.
    /// </summary>
    public bool IsRefused { get; init; }
}
