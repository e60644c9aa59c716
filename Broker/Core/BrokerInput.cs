using ScheduleZero.Broker.Core.Alerts;
using ScheduleZero.Broker.Core.Audit;
using ScheduleZero.Broker.Core.Namespaces;
using ScheduleZero.Contracts.Handlers;
using ScheduleZero.Contracts.Ids;
using ScheduleZero.Contracts.Offline;

namespace ScheduleZero.Broker.Core;

/// <summary>
/// Everything that can happen to a Broker except the passing of time. The inputs form closed families: a
/// <see cref="Request"/> waits for an answer, a <see cref="Said"/> comes from a connection, a <see cref="StoreReport"/>
/// comes from the store, an <see cref="AlertReport"/> tells of alerts, and a <see cref="Noted"/> only leaves a line in
/// the audit log.
/// </summary>
public abstract partial record BrokerInput
{
    private BrokerInput() { }

    /// <summary>
    /// The note for the audit log; the outcome of a request comes from its answer. Null for an input that the audit log
    /// does not mention.
    /// </summary>
    public AuditNote? Audit { get; init; }

    /// <summary>
    /// An input for whose answer somebody waits. Only requests carry tickets, and each request is answered once, so a
    /// loop that stops can fail every request that is not answered yet.
    /// </summary>
    public abstract record Request : BrokerInput
    {
        private protected Request(Ticket ticket) => Ticket = ticket;

        /// <summary>What the answer goes back to. The ticket comes back in <see cref="Effect.Answer"/>.</summary>
        public Ticket Ticket { get; init; }

        /// <summary>
        /// The condition on the version of the schedule, calendar or namespace that the request changes; null for none.
        /// A request whose condition does not hold is refused as a precondition.
        /// </summary>
        public Precondition? Condition { get; init; }
    }

    /// <summary>
    /// An input that changes nothing and is only noted in the audit log, such as a refusal at the edge.
    /// </summary>
    public sealed record Noted : BrokerInput;

    /// <summary>
    /// What happens on a connection of a handler, or of a Bridge for one of its handlers: its beginning, a message, its
    /// end.
    /// </summary>
    public abstract record Said : BrokerInput
    {
        private protected Said(long connection) => Connection = connection;

        /// <summary>The number that the edge gave to the connection, and to no other.</summary>
        public long Connection { get; init; }
    }

    /// <param name="Claim">The key that the connection presented; null where the Hello brings the key.</param>
    /// <param name="CertificateNames">
    /// The handlers that the connection's certificate names, one of which must say Hello; null where any may.
    /// </param>
    public sealed record Opened(
        long Connection,
        string? Bridge,
        string? RemoteAddress,
        KeyClaim? Claim,
        string? UserAgent,
        IReadOnlyList<string>? CertificateNames = null
    ) : Said(Connection)
    {
        /// <summary>The transport of SignalR, as the Bridge says; null when it does not.</summary>
        public string? Transport { get; init; }

        /// <summary>What the Bridge saw of proxies on the way; null when it saw none.</summary>
        public string? Via { get; init; }
    }

    /// <param name="SessionId">A fresh id, in case the Hello starts a session.</param>
    /// <param name="Step">By how much an enrolled key's generation grows; a fresh random number from 1.</param>
    /// <param name="Seal">The hash of the handshake in whose session the Hello was sealed; null for one that was not.
    /// </param>
    public sealed record HelloSaid(
        long Connection,
        Hello Hello,
        KeyClaim? Claim,
        string SessionId,
        int Step = 1,
        string? Seal = null
    ) : Said(Connection);

    /// <param name="Nonce">A fresh random nonce.</param>
    /// <param name="Seal">What the handler offers so that the session can be sealed; null when it cannot be.</param>
    public sealed record ChallengeSaid(long Connection, string KeyId, string Nonce, SealOffer? Seal = null)
        : Said(Connection);

    /// <param name="KeyId">A fresh id, in case the enrolment makes a key.</param>
    /// <param name="BrokerId">A fresh id, by which the Broker identifies itself to the holder of that key.</param>
    /// <param name="Step">The key's first generation; a fresh random number from 1.</param>
    public sealed record EnrolSaid(long Connection, Enrol Enrol, string KeyId, string BrokerId, int Step)
        : Said(Connection);

    /// <param name="KeyId">A fresh id, in case the rotation makes a key.</param>
    /// <param name="Step">The new key's first generation; a fresh random number from 1.</param>
    /// <param name="Seal">The hash of the handshake in whose session the Rotate was sealed; null for one that was not.
    /// </param>
    public sealed record RotateSaid(long Connection, Rotate Rotate, string KeyId, int Step, string? Seal = null)
        : Said(Connection);

    public sealed record ConnectionClosed(long Connection, string Reason) : Said(Connection);

    /// <summary>
    /// A message that counts only on a connection that has a session; on another the handler is asked for a Hello.
    /// </summary>
    public abstract record SaidInSession : Said
    {
        private protected SaidInSession(long connection)
            : base(connection) { }
    }

    public sealed record HeartbeatSaid(long Connection, Heartbeat Heartbeat) : SaidInSession(Connection);

    public sealed record ReportSaid(long Connection, Report Report) : SaidInSession(Connection);

    public sealed record ByeSaid(long Connection, string Reason) : SaidInSession(Connection);

    /// <param name="Copy">
    /// The copy of the schedule that the handler ran, read at the edge; null when the message contains none, or when
    /// the copy does not have this Broker's signature.
    /// </param>
    /// <param name="ClaimedId">
    /// The id of the schedule that is in the copy, also when its signature is not valid.
    /// </param>
    public sealed record RanSaid(
        long Connection,
        KeptSchedule? Copy,
        Guid ClaimedId,
        IReadOnlyList<OfflineRun> Runs,
        bool Last
    ) : SaidInSession(Connection);

    /// <summary>What the edge reports about alerts: what it has seen, and what became of notices.</summary>
    public abstract record AlertReport : BrokerInput
    {
        private protected AlertReport() { }
    }

    /// <summary>Everything for which the condition of a rule holds at this moment, when the condition is a state.
    /// </summary>
    /// <param name="RuleVersion">The version of the rule by which the edge looked.</param>
    public sealed record ConditionsSeen(string Namespace, string Rule, int RuleVersion, IReadOnlyList<SeenState> States)
        : AlertReport;

    /// <summary>An attempt to send a notice has ended.</summary>
    /// <param name="Problem">Why the channel did not take the notice; null when it did.</param>
    /// <param name="RetryAfter">How long the channel asks to be left alone; null when it does not.</param>
    /// <param name="IsFinal">Whether another attempt would be of no use.</param>
    public sealed record NoticeTried(Guid Id, string? Problem, TimeSpan? RetryAfter, bool IsFinal) : AlertReport;

    /// <summary>What the edge reports about the store, or about the disk that the store lies on.</summary>
    public abstract record StoreReport : BrokerInput
    {
        private protected StoreReport() { }
    }

    /// <summary>The store's answer to <see cref="Effect.LookUpOccurrences"/>.</summary>
    /// <param name="Question">The question as it was asked.</param>
    /// <param name="Present">Those of the jobs asked about that the store holds.</param>
    public sealed record OccurrencesLookedUp(OccurrenceQuestion Question, IReadOnlySet<JobId> Present) : StoreReport;

    /// <summary>How much the store holds of a namespace's jobs.</summary>
    public sealed record NamespaceMeasured(string Namespace, long Bytes) : StoreReport;

    /// <summary>The store holds nothing of a deleted namespace any more.</summary>
    public sealed record NamespacePurged(string Namespace) : StoreReport;

    /// <summary>How full the store's disk is.</summary>
    /// <param name="Bytes">The free bytes above the reserve; null while there is plenty.</param>
    public sealed record DiskSeen(DiskLevel Level, long? Bytes) : StoreReport;
}

/// <summary>What a connection claims about its key. The secret itself does not reach Core, only its hash.</summary>
public sealed record KeyClaim(string KeyId, byte[] SecretHash);
