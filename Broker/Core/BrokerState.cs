using ScheduleZero.Broker.Core.Batches;
using ScheduleZero.Broker.Core.Jobs;
using ScheduleZero.Broker.Core.Schedules;
using ScheduleZero.Contracts.Handlers;
using ScheduleZero.Contracts.Ids;
using ScheduleZero.Contracts.Rest;

namespace ScheduleZero.Broker.Core;

/// <summary>The state that a <see cref="BrokerInput.Read"/> may read. It is valid only during the read.</summary>
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

    /// <summary>The numbers of a namespace's unfinished jobs by state.</summary>
    public abstract (int Scheduled, int Ready, int Running) CountJobs(string ns);

    /// <summary>
    /// A snapshot of the unfinished jobs of all namespaces. Making a snapshot is cheap: the jobs themselves are read
    /// later.
    /// </summary>
    public abstract JobSnapshot Snapshot();

    /// <summary>The unfinished ones of the named batches, with the states of their jobs.</summary>
    public abstract IReadOnlyDictionary<BatchId, BatchState> Batches(string ns, IReadOnlyCollection<BatchId> ids);

    /// <summary>What a schedule's next occurrence waits for; null for a schedule that is unknown.</summary>
    public abstract ScheduleExplanation? ExplainSchedule(string ns, string name);

    public abstract Schedule? FindSchedule(string ns, string name);

    /// <summary>The schedules of a namespace, in order of their names.</summary>
    public abstract IReadOnlyList<Schedule> Schedules(string ns);

    public abstract Calendars.CalendarRecord? FindCalendar(string ns, string name);

    /// <summary>The calendars of a namespace, in order of their names.</summary>
    public abstract IReadOnlyList<Calendars.CalendarRecord> Calendars(string ns);

    public abstract IReadOnlyList<Access.KeyRecord> Keys(string ns);

    public abstract IReadOnlyList<HandlerView> Handlers(string ns);

    public abstract HandlerView? FindHandler(string ns, string name);

    /// <summary>
    /// The connections of a handler with their numbers, the newest first: those that stand, and the last ended ones.
    /// Null when there is no such handler.
    /// </summary>
    public abstract IReadOnlyList<(long Number, HandlerConnectionView View)>? Connections(string ns, string handler);

    /// <summary>
    /// The methods that handlers offer, or offered when they were connected last, that unfinished jobs ask for, that
    /// have limits, or that are paused; in order of their names.
    /// </summary>
    public abstract IReadOnlyList<MethodView> Methods(string ns);

    /// <summary>The method of that name, as <see cref="Methods"/> has it; empty when nothing names it.</summary>
    public abstract MethodView Method(string ns, string name);

    /// <summary>What each live session publishes of a method, 500 at most.</summary>
    public abstract IReadOnlyList<PublishedMethod> Published(string ns, string method);

    /// <summary>The usage of a namespace; all zero for one that does not exist.</summary>
    public abstract NamespaceUsage Usage(string ns);

    /// <summary>How long the newest attempts waited for a handler; null when none began within an hour.</summary>
    public abstract StartLatency? StartLatency(string ns);

    /// <summary>The sums for <c>/api/stats</c>. The edge adds Version, StartedAt, Bridges and Commits.</summary>
    public abstract BrokerStats Stats();
}

/// <summary>What one session publishes of a method.</summary>
/// <param name="Agent">The software of the session with its version; null when the handler does not say.</param>
public sealed record PublishedMethod(string Handler, string? Agent, OfferedMethod Method);
