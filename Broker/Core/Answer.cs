using ScheduleZero.Broker.Core.Audit;
using ScheduleZero.Broker.Core.Batches;
using ScheduleZero.Broker.Core.Jobs;
using ScheduleZero.Broker.Core.Schedules;
using ScheduleZero.Contracts.Ids;

namespace ScheduleZero.Broker.Core;

/// <summary>What a ticket's holder is told.</summary>
public abstract record Answer
{
    private Answer() { }

    /// <param name="Code">One of <see cref="Contracts.ErrorCodes"/>.</param>
    public sealed record Refused(string Code, string Detail) : Answer
    {
        /// <summary>The request's own condition does not hold.</summary>
        public bool IsPrecondition { get; init; }
    }

    public sealed record Enqueued(IReadOnlyList<EnqueuedJob> Jobs) : Answer
    {
        /// <summary>The batch that they are, if they are one.</summary>
        public BatchState? Batch { get; init; }
    }

    public sealed record BatchIs(BatchState State) : Answer;

    /// <summary>Jobs to run after that the Core does not hold: have they ended, or were they never there?</summary>
    public sealed record EndsNeeded(IReadOnlyList<JobId> Ids) : Answer;

    public sealed record JobIs(Job Job) : Answer;

    /// <param name="Changed">Jobs that the act has changed; the others had ended, did not match any more, or were so
    /// already.</param>
    public sealed record ActedOn(int Changed) : Answer;

    public sealed record ScheduleIs(Schedule Schedule) : Answer;

    public sealed record SchedulesAre(IReadOnlyList<Schedule> Schedules) : Answer;

    public sealed record CalendarIs(Calendars.CalendarRecord Calendar) : Answer;

    public sealed record KeyIs(Access.KeyRecord Key) : Answer;

    public sealed record Value(object? Result) : Answer;

    /// <summary>Where the audit log's end is now.</summary>
    public sealed record AuditIs(AuditTail Tail) : Answer;

    public sealed record Done : Answer
    {
        public static Done Instance { get; } = new();
    }
}

/// <param name="Job">Null when the job has finished: then only the store knows it.</param>
/// <param name="IsNew">False: the deduplication key was taken, and this is the job that has it.</param>
/// <param name="Warning">Something that may surprise, such as a method that nobody offers.</param>
public sealed record EnqueuedJob(JobId Id, Job? Job, bool IsNew, string? Warning)
{
    /// <summary>What is remembered of a first job that has finished.</summary>
    public KeyHolder? Holder { get; init; }

    /// <summary>
    /// The key's first job asks for something else, and whoever asks again does not take that for an answer:
    /// <see cref="Warning"/> says what.
    /// </summary>
    public bool IsRefused { get; init; }
}
