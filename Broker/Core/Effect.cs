using ScheduleZero.Broker.Core.Access;
using ScheduleZero.Broker.Core.Audit;
using ScheduleZero.Broker.Core.Jobs;
using ScheduleZero.Contracts;
using ScheduleZero.Contracts.Handlers;
using ScheduleZero.Contracts.Ids;
using ScheduleZero.Contracts.Offline;

namespace ScheduleZero.Broker.Core;

/// <summary>What the Broker says once the batch that decided it is on disk.</summary>
public abstract record Effect
{
    private Effect() { }

    public sealed record Answer(Ticket Ticket, Core.Answer Said) : Effect;

    public sealed record Send(long Connection, IBrokerMessage Message) : Effect;

    /// <summary>The shell adds the params, which only the store has.</summary>
    public sealed record SendAssign(long Connection, int LeaseSeconds, IReadOnlyList<Job> Jobs) : Effect;

    /// <summary>The shell writes the copies and signs them.</summary>
    /// <param name="Only">Ids of all that the handler is to keep.</param>
    public sealed record SendKeep(long Connection, IReadOnlyList<KeptSchedule> Schedules, IReadOnlyList<Guid> Only)
        : Effect;

    /// <summary>Say Close, then forget the connection.</summary>
    public sealed record Close(long Connection, string Code, string Reason) : Effect;

    public sealed record KeyChanged(KeyRecord Key) : Effect;

    /// <summary>What a session offers from now on, for those who check params before a job is made.</summary>
    /// <param name="Methods">Never changed after; null when the session has ended.</param>
    public sealed record OffersChanged(
        string Namespace,
        string SessionId,
        string Handler,
        IReadOnlyList<string> Groups,
        IReadOnlyDictionary<string, OfferedMethod>? Methods
    ) : Effect;

    /// <param name="Record">Null: it is gone.</param>
    public sealed record AccessChanged(AccessKind Kind, string Key, AccessRecord? Record) : Effect;

    /// <summary>Nothing of a deleted namespace is left in memory; the store still has its past.</summary>
    public sealed record NamespaceEmptied(string Namespace) : Effect;

    /// <summary>The audit log is on disk up to here.</summary>
    public sealed record AuditKept(AuditTail Tail) : Effect;

    /// <summary>Which of these jobs are there? Answered with <see cref="BrokerInput.OccurrencesLookedUp"/>.</summary>
    public sealed record LookUpOccurrences(object Asked, string Namespace, string Name, IReadOnlyList<JobId> Ids)
        : Effect;

    /// <summary>Something that listeners and waiting callers want to know.</summary>
    public sealed record Publish(Happened Happened) : Effect;
}

/// <summary>A transition, for the events stream.</summary>
/// <param name="Type">Such as <c>job.succeeded</c>.</param>
/// <param name="Subject">The job's id, or a schedule's or handler's name.</param>
/// <param name="Job">The job after its step, for types that begin with <c>job.</c></param>
/// <param name="Result">Only with <c>job.succeeded</c>.</param>
/// <param name="Lines">Only with <c>job.log</c>.</param>
/// <param name="Count">More than 1 only with <c>schedule.missed</c>: how many instants it tells of.</param>
public sealed record Happened(
    string Type,
    string Namespace,
    string Subject,
    DateTimeOffset At,
    Job? Job = null,
    string? Handler = null,
    string? Detail = null,
    RawJson Result = default,
    IReadOnlyList<LogEntry>? Lines = null,
    long Count = 1
)
{
    public JobId? JobId => Job?.Id;
}
