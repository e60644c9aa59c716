using ScheduleZero.Broker.Core.Access;
using ScheduleZero.Broker.Core.Alerts;
using ScheduleZero.Broker.Core.Audit;
using ScheduleZero.Broker.Core.Jobs;
using ScheduleZero.Contracts;
using ScheduleZero.Contracts.Handlers;
using ScheduleZero.Contracts.Ids;
using ScheduleZero.Contracts.Offline;

namespace ScheduleZero.Broker.Core;

/// <summary>One thing that the Broker says or does once the turn that decided it is on disk.</summary>
public abstract record Effect
{
    private Effect() { }

    public sealed record Answer(Ticket Ticket, Core.Answer Said) : Effect;

    public sealed record Send(long Connection, IBrokerMessage Message) : Effect;

    /// <summary>
    /// Sends the answer to a Hello or Rotate that was sealed; the edge seals the answer in the same session. After a
    /// Welcome, the edge seals everything else on the connection in that session too.
    /// </summary>
    /// <param name="Seal">The hash of the handshake, as the question came with it.</param>
    public sealed record SendSealedAnswer(long Connection, IBrokerMessage Message, string Seal) : Effect;

    /// <summary>
    /// Sends a nonce to a handler that can seal. The edge makes the Broker's half of the handshake, and signs it.
    /// </summary>
    /// <param name="IsSealed">Whether the session is to be sealed; the edge signs that it is not, too.</param>
    public sealed record SendNonce(long Connection, string KeyId, Nonce Nonce, SealOffer Offer, bool IsSealed) : Effect;

    /// <summary>Sends assigned jobs to a handler. The edge adds the params, which only the store has.</summary>
    public sealed record SendAssign(long Connection, int LeaseSeconds, IReadOnlyList<Job> Jobs) : Effect;

    /// <summary>Sends copies of schedules to a custodian. The edge writes and signs them.</summary>
    /// <param name="Only">The ids of all schedules whose copies the handler is to hold; it deletes the others.</param>
    public sealed record SendKeep(long Connection, IReadOnlyList<KeptSchedule> Schedules, IReadOnlyList<Guid> Only)
        : Effect;

    /// <summary>Sends a Close, then ends the connection.</summary>
    public sealed record Close(long Connection, string Code, string Reason) : Effect;

    public sealed record KeyChanged(KeyRecord Key) : Effect;

    /// <summary>Tells the edge that a key has expired, whose record says so already.</summary>
    public sealed record KeyExpired(KeyRecord Key) : Effect;

    /// <summary>
    /// Tells the edge, which checks params before a job is made, what a session offers from now on.
    /// </summary>
    /// <param name="Methods">
    /// The offered methods; null when the session has ended. The dictionary is never changed afterwards.
    /// </param>
    public sealed record OffersChanged(
        string Namespace,
        string SessionId,
        string Handler,
        IReadOnlyList<string> Groups,
        IReadOnlyDictionary<string, OfferedMethod>? Methods
    ) : Effect;

    /// <param name="Record">The row after the change; null when it was deleted.</param>
    public sealed record AccessChanged(AccessKind Kind, string Key, AccessRecord? Record) : Effect;

    /// <summary>Tells the edge, which sends the notices, of a row of alerts.</summary>
    /// <param name="IsGone">Whether the row was deleted.</param>
    public sealed record AlertRowChanged(AlertRow Row, bool IsGone) : Effect;

    /// <summary>Tells that memory holds nothing more of a deleted namespace; the store still has its history.</summary>
    public sealed record NamespaceEmptied(string Namespace) : Effect;

    /// <summary>The audit log is on disk up to the given end.</summary>
    public sealed record AuditKept(AuditTail Tail) : Effect;

    /// <summary>
    /// Asks the store which of these jobs it holds. The answer is <see cref="BrokerInput.OccurrencesLookedUp"/>.
    /// </summary>
    public sealed record LookUpOccurrences(OccurrenceQuestion Question, IReadOnlyList<JobId> Ids) : Effect;

    /// <summary>Publishes a broker event to the events stream and to callers that wait for it.</summary>
    public sealed record Publish(Happened Happened) : Effect;
}

/// <summary>A broker event, for the events stream.</summary>
/// <param name="Type">The type of the event, such as <c>job.succeeded</c>.</param>
/// <param name="Subject">The job's id, or a schedule's or handler's name.</param>
/// <param name="Job">The job after its step, for types that begin with <c>job.</c></param>
/// <param name="Result">The job's result, with <c>job.succeeded</c> only.</param>
/// <param name="Lines">The lines of the job log, with <c>job.log</c> only.</param>
/// <param name="Count">With <c>schedule.missed</c>, how many instants were missed; otherwise 1.</param>
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
