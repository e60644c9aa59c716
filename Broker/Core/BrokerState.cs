using ScheduleZero.Broker.Core.Batches;
using ScheduleZero.Broker.Core.Jobs;
using ScheduleZero.Broker.Core.Schedules;
using ScheduleZero.Contracts.Ids;
using ScheduleZero.Contracts.Rest;

namespace ScheduleZero.Broker.Core;

/// <summary>What a <see cref="BrokerInput.Read"/> may look at. Only valid during the look.</summary>
public abstract class BrokerState
{
    /// <summary>
    /// An unfinished job as it stands, with the progress its attempt reported; null for one that is unknown or
    /// finished.
    /// </summary>
    public abstract (Job Job, double? Percent, string? Message)? FindJob(string ns, JobId id);

    /// <summary>Why an unfinished job has not ended; null for one that is unknown or finished.</summary>
    public abstract JobExplanation? Explain(string ns, JobId id);

    /// <summary>Ids of the jobs that run in a namespace, newest first.</summary>
    public abstract IReadOnlyList<JobId> RunningJobs(string ns);

    /// <summary>
    /// The jobs of all namespaces that have not ended. Cheap: the jobs themselves are looked at later.
    /// </summary>
    public abstract JobSnapshot Snapshot();

    /// <summary>Those of these batches of which a job has not ended.</summary>
    public abstract IReadOnlyDictionary<BatchId, BatchState> Batches(string ns, IReadOnlyCollection<BatchId> ids);

    /// <summary>What a schedule's next occurrence waits for; null for a schedule that is unknown.</summary>
    public abstract ScheduleExplanation? ExplainSchedule(string ns, string name);

    public abstract Schedule? FindSchedule(string ns, string name);

    /// <summary>In order of name.</summary>
    public abstract IReadOnlyList<Schedule> Schedules(string ns);

    public abstract Calendars.CalendarRecord? FindCalendar(string ns, string name);

    /// <summary>In order of name.</summary>
    public abstract IReadOnlyList<Calendars.CalendarRecord> Calendars(string ns);

    public abstract IReadOnlyList<Access.KeyRecord> Keys(string ns);

    public abstract IReadOnlyList<HandlerView> Handlers(string ns);

    public abstract IReadOnlyList<MethodView> Methods(string ns);

    /// <summary>What a namespace holds; nothing for one that does not exist.</summary>
    public abstract NamespaceUsage Usage(string ns);

    /// <summary>
    /// Sums for <c>/api/stats</c>; Version, StartedAt, Bridges and Commits are the shell's to fill in.
    /// </summary>
    public abstract BrokerStats Stats();
}
