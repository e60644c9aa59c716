using ScheduleZero.Broker.Core.Access;
using ScheduleZero.Broker.Core.Audit;
using ScheduleZero.Broker.Core.Batches;
using ScheduleZero.Broker.Core.Calendars;
using ScheduleZero.Broker.Core.Jobs;
using ScheduleZero.Broker.Core.Namespaces;
using ScheduleZero.Broker.Core.Schedules;
using ScheduleZero.Contracts;
using ScheduleZero.Contracts.Audit;
using ScheduleZero.Contracts.Handlers;
using ScheduleZero.Contracts.Ids;
using ScheduleZero.Contracts.Rest;

namespace ScheduleZero.Broker.Core;

/// <summary>
/// Everything that can happen to a Broker, but the passing of time.
/// </summary>
public abstract record BrokerInput
{
    private BrokerInput() { }

    /// <summary>
    /// What the audit log is to say of it; the outcome is taken from the answer. Null for what it says nothing of.
    /// </summary>
    public AuditNote? Audit { get; init; }

    /// <summary>
    /// What somebody waits for. Only a request carries a ticket, and a ticket is given only to a request: so a loop
    /// that stops finds everyone who waits, whatever they asked for. The ticket is opaque here: it comes back in
    /// <see cref="Effect.Answer"/>, so that the shell knows whom to tell.
    /// </summary>
    public abstract record Request(object Ticket) : BrokerInput;

    /// <summary>
    /// The condition on the version of the schedule, calendar or namespace that the input changes; null for none.
    /// Refused as a precondition otherwise.
    /// </summary>
    public Precondition? Condition { get; init; }

    // From REST.

    /// <summary>
    /// Of one namespace. Answered with <see cref="Answer.Enqueued"/>: one row for each job, in order; with
    /// <see cref="Answer.EndsNeeded"/>, when jobs are to run after others of which the Core knows nothing; or Refused:
    /// not_found, rate_limited (its namespace is full), storage_full, conflict (too many wait for one job).
    /// </summary>
    public sealed record Enqueue(object Ticket, IReadOnlyList<NewJob> Jobs) : Request(Ticket)
    {
        /// <summary>How jobs ended that the Core holds no longer.</summary>
        public IReadOnlyDictionary<JobId, JobState>? Ends { get; init; }

        /// <summary>All or none: also a key that is refused to one of them refuses them all, with conflict.</summary>
        public bool IsAtomic { get; init; }

        /// <summary>Makes the jobs a batch; none of them has a deduplication key.</summary>
        public NewBatch? Batch { get; init; }
    }

    /// <summary>
    /// Its jobs are cancelled, a few at a time. Answered with <see cref="Answer.BatchIs"/>, or Refused: not_found (or
    /// all of it has ended).
    /// </summary>
    public sealed record CancelBatch(object Ticket, string Namespace, BatchId Id) : Request(Ticket);

    /// <summary>Answered with <see cref="Answer.JobIs"/>, or Refused: not_found, conflict (already finished).</summary>
    /// <param name="Grace">How long a running attempt may take to stop; 10 s when not given.</param>
    public sealed record CancelJob(object Ticket, string Namespace, JobId Id, TimeSpan? Grace) : Request(Ticket);

    /// <summary>
    /// Ends a backoff, or a wait for <c>runAt</c>. Answered with <see cref="Answer.JobIs"/>, or Refused: not_found,
    /// conflict.
    /// </summary>
    public sealed record RetryJob(object Ticket, string Namespace, JobId Id) : Request(Ticket);

    /// <summary>Answered with <see cref="Answer.JobIs"/>, or Refused: not_found, conflict (it runs).</summary>
    public sealed record PrioritiseJob(object Ticket, string Namespace, JobId Id, int Priority) : Request(Ticket);

    /// <summary>
    /// Acts on those of the jobs that have not ended and still match. Keep the list short: nobody else is served
    /// meanwhile. Answered with <see cref="Answer.ActedOn"/>.
    /// </summary>
    public sealed record ActOnJobs(
        object Ticket,
        string Namespace,
        IReadOnlyList<JobId> Ids,
        JobAct Act,
        Func<Job, bool> Matches
    ) : Request(Ticket);

    /// <summary>
    /// Answered with <see cref="Answer.ScheduleIs"/>, or Refused: conflict (exists, or another version), not_found,
    /// invalid, forbidden (another's).
    /// </summary>
    /// <param name="Draft">Version, cursor and counters are set by Core. Id is used for a new one.</param>
    /// <param name="MustBeNew">A create: a schedule of that name is a conflict.</param>
    /// <param name="ExpectedVersion">Another version is a conflict.</param>
    public sealed record SaveSchedule(
        object Ticket,
        ScheduleEditor By,
        Schedule Draft,
        bool MustBeNew,
        int? ExpectedVersion
    ) : Request(Ticket);

    /// <summary>
    /// Its jobs stay. Answered with <see cref="Answer.Done"/>, or Refused: not_found, forbidden (another's).
    /// </summary>
    public sealed record DeleteSchedule(object Ticket, ScheduleEditor By, string Namespace, string Name)
        : Request(Ticket);

    public sealed record PauseSchedule(
        object Ticket,
        ScheduleEditor By,
        string Namespace,
        string Name,
        string? Note,
        DateTimeOffset? ResumeAt
    ) : Request(Ticket);

    public sealed record ResumeSchedule(object Ticket, ScheduleEditor By, string Namespace, string Name)
        : Request(Ticket);

    /// <summary>
    /// Makes one job now, outside the trigger. Answered with <see cref="Answer.JobIs"/>, or Refused: not_found.
    /// </summary>
    public sealed record TriggerSchedule(object Ticket, string Namespace, string Name, JobId Id, string By)
        : Request(Ticket);

    /// <summary>
    /// Saves and deletes schedules of one namespace, all or none. Answered with <see cref="Answer.SchedulesAre"/>,
    /// those that were saved, or Refused: conflict (another version, or no room), forbidden (another's), invalid,
    /// not_found.
    /// </summary>
    public sealed record ApplySchedules(
        object Ticket,
        string Namespace,
        IReadOnlyList<ScheduleSave> Saves,
        IReadOnlyList<ScheduleDrop> Drops
    ) : Request(Ticket);

    /// <param name="Version">What it must be at; 0 for one that must be new.</param>
    /// <param name="Note">Of it alone, beside that of the whole.</param>
    public sealed record ScheduleSave(ScheduleEditor By, Schedule Draft, int Version, AuditNote Note);

    /// <inheritdoc cref="ScheduleSave"/>
    public sealed record ScheduleDrop(ScheduleEditor By, string Name, int Version, AuditNote Note);

    /// <summary>
    /// Makes the jobs of instants that are past and have none. Answered with <see cref="Answer.ScheduleIs"/>, or
    /// Refused: not_found, conflict (one is under way, or another version).
    /// </summary>
    /// <param name="To">No later than the next instant that has not been served.</param>
    /// <param name="Total">Instants from <paramref name="From"/> until before <paramref name="To"/>.</param>
    public sealed record BackfillSchedule(
        object Ticket,
        string Namespace,
        string Name,
        int Version,
        DateTimeOffset From,
        DateTimeOffset To,
        long Total,
        OverlapPolicy Overlap,
        string By
    ) : Request(Ticket);

    /// <summary>
    /// What it made stays. Answered with <see cref="Answer.ScheduleIs"/>, or Refused: not_found, conflict (none is
    /// under way).
    /// </summary>
    public sealed record CancelBackfill(object Ticket, string Namespace, string Name, string By) : Request(Ticket);

    /// <summary>Answers <see cref="Effect.LookUpOccurrences"/>.</summary>
    public sealed record OccurrencesLookedUp(object Asked, string Namespace, string Name, IReadOnlySet<JobId> Present)
        : BrokerInput;

    /// <summary>
    /// Schedules that name it have their next instant worked out anew. Answered with <see cref="Answer.CalendarIs"/>,
    /// or Refused: conflict (exists, another version, or as many as there may be), not_found.
    /// </summary>
    /// <param name="Draft">Checked at the edge; its zone is known. Version, and who made it when, are set by
    /// Core.</param>
    public sealed record SaveCalendar(object Ticket, CalendarRecord Draft, bool MustBeNew, int? ExpectedVersion)
        : Request(Ticket);

    /// <summary>
    /// Answered with <see cref="Answer.Done"/>, or Refused: not_found, conflict (a schedule names it).
    /// </summary>
    public sealed record DeleteCalendar(object Ticket, string Namespace, string Name) : Request(Ticket);

    /// <summary>Changes nothing when there is a key of this id.</summary>
    public sealed record CreateKey(object Ticket, KeyRecord Key) : Request(Ticket);

    /// <summary>
    /// Closes every live connection of the key. A key that holds everywhere belongs to the namespace <c>*</c> and to no
    /// other. Answered with <see cref="Answer.Done"/>, or Refused: not_found.
    /// </summary>
    public sealed record RevokeKey(object Ticket, string Namespace, string Id) : Request(Ticket);

    /// <summary>
    /// Puts a new key in an old one's place, which stays good for a while. Answered with <see cref="Answer.KeyIs"/>,
    /// the new one, or Refused: not_found, conflict (revoked or expired, enrolled, or two are good already).
    /// </summary>
    /// <param name="EndsBy">The new key ends no later; null for no such end.</param>
    public sealed record RotateKey(
        object Ticket,
        string Namespace,
        string Id,
        string NewId,
        byte[] NewSecretHash,
        TimeSpan Overlap,
        string By,
        DateTimeOffset? EndsBy = null
    ) : Request(Ticket);

    /// <summary>
    /// Changes what a key allows; null leaves a part as it is. Holds at once: attempts that are allowed no more are
    /// fenced off. Answered with <see cref="Answer.KeyIs"/>, or Refused: not_found, invalid (not for this kind of key),
    /// conflict (revoked or expired).
    /// </summary>
    public sealed record ChangeKey(
        object Ticket,
        string Namespace,
        string Id,
        IReadOnlyList<string>? Methods,
        IReadOnlyList<string>? Groups,
        IReadOnlyList<string>? Addresses,
        int? MaxCapacity
    ) : Request(Ticket)
    {
        /// <summary>
        /// The new limit of a service's key; null leaves it. Such a key has nothing else that could change.
        /// </summary>
        public int? RequestsPerMinute { get; init; }

        /// <summary>Whether it asks for what only handlers' keys have.</summary>
        public bool IsForHandler =>
            Methods is not null || Groups is not null || Addresses is not null || MaxCapacity is not null;
    }

    /// <summary>
    /// Changes users, roles, sign-ins, signing keys or namespaces, all or none. Answered with
    /// <see cref="Answer.Done"/>, or Refused: conflict (another version, a name that is taken, a role that somebody
    /// has), not_found, unauthenticated (a sign-in whose user is gone or disabled).
    /// </summary>
    public sealed record ChangeAccess(object Ticket, IReadOnlyList<AccessChange> Changes) : Request(Ticket);

    /// <summary>
    /// Closes it at once, and empties it step by step. Answered with <see cref="Answer.Done"/>, or Refused: not_found,
    /// conflict.
    /// </summary>
    public sealed record DeleteNamespace(object Ticket, string Namespace) : Request(Ticket);

    /// <summary>What the store holds of a namespace's jobs.</summary>
    public sealed record NamespaceMeasured(string Namespace, long Bytes) : BrokerInput;

    /// <summary>How full the store's disk is.</summary>
    /// <param name="Bytes">Free above the reserve; null while there is plenty.</param>
    public sealed record DiskSeen(DiskLevel Level, long? Bytes) : BrokerInput;

    /// <summary>The store has nothing of a deleted namespace any more.</summary>
    public sealed record NamespacePurged(string Namespace) : BrokerInput;

    /// <summary>
    /// Takes no new work, or takes it again. Answered with <see cref="Answer.Done"/>, or Refused: not_found.
    /// </summary>
    public sealed record DrainHandler(object Ticket, string Namespace, string Name, bool Drained) : Request(Ticket);

    /// <summary>
    /// Closes the handler's connections; it may come back. Answered with <see cref="Answer.Done"/>, or Refused:
    /// not_found.
    /// </summary>
    public sealed record DisconnectHandler(object Ticket, string Namespace, string Name) : Request(Ticket);

    /// <summary>
    /// Forgets a handler that is not connected. Answered with <see cref="Answer.Done"/>, or Refused: not_found,
    /// conflict.
    /// </summary>
    public sealed record DeleteHandler(object Ticket, string Namespace, string Name) : Request(Ticket);

    /// <summary>
    /// A look at the state as decided so far; changes nothing. Answered with <see cref="Answer.Value"/> once that state
    /// is durable.
    /// </summary>
    public sealed record Read(object Ticket, Func<BrokerState, object?> Look) : Request(Ticket);

    /// <summary>
    /// Something that changes nothing and is to stand in the audit log all the same, such as a refusal at the edge.
    /// </summary>
    public sealed record Noted : BrokerInput;

    /// <summary>As <see cref="Noted"/>; answered with <see cref="Core.Answer.Done"/> once it is on disk.</summary>
    public sealed record NoteDown(object Ticket) : Request(Ticket);

    /// <summary>
    /// Adds a signed word on the audit log to the log. Answered with <see cref="Core.Answer.AuditIs"/>, its own event
    /// the newest; Refused: conflict, when the log is not so far or long past it.
    /// </summary>
    public sealed record CheckpointAudit(object Ticket, AuditPoint Through, string KeyId, string Signature)
        : Request(Ticket);

    // From handlers, directly or through a Bridge. Connection is the shell's own number, never used twice.

    /// <param name="Claim">The key that the connection presented; for a direct handler it comes with its Hello.</param>
    public sealed record Opened(
        long Connection,
        string? Bridge,
        string? RemoteAddress,
        KeyClaim? Claim,
        string? UserAgent
    ) : BrokerInput;

    /// <param name="SessionId">A fresh id, for the case that this starts a session.</param>
    /// <param name="Step">By how much an enrolled key's generation grows; a fresh random number from 1.</param>
    public sealed record HelloSaid(long Connection, Hello Hello, KeyClaim? Claim, string SessionId, int Step = 1)
        : BrokerInput;

    /// <param name="Nonce">Fresh and random.</param>
    public sealed record ChallengeSaid(long Connection, string KeyId, string Nonce) : BrokerInput;

    /// <param name="KeyId">A fresh id, for the case that this makes a key; so is <paramref name="BrokerId"/>.</param>
    /// <param name="Step">The key's first generation; a fresh random number from 1.</param>
    public sealed record EnrolSaid(long Connection, Enrol Enrol, string KeyId, string BrokerId, int Step) : BrokerInput;

    public sealed record HeartbeatSaid(long Connection, Heartbeat Heartbeat) : BrokerInput;

    public sealed record ReportSaid(long Connection, Report Report) : BrokerInput;

    public sealed record ByeSaid(long Connection, string Reason) : BrokerInput;

    /// <param name="Copy">Read at the edge; null when none was said, or it does not bear this Broker's
    /// signature.</param>
    /// <param name="ClaimedId">Of the schedule that an unsigned copy speaks of.</param>
    public sealed record RanSaid(
        long Connection,
        KeptSchedule? Copy,
        Guid ClaimedId,
        IReadOnlyList<OfflineRun> Runs,
        bool Last
    ) : BrokerInput;

    /// <param name="KeyId">A fresh id, for the case that this makes a key.</param>
    /// <param name="Step">The new key's first generation; a fresh random number from 1.</param>
    public sealed record RotateSaid(long Connection, Rotate Rotate, string KeyId, int Step) : BrokerInput;

    public sealed record ConnectionClosed(long Connection, string Reason) : BrokerInput;
}

/// <summary>A job to enqueue, checked at the edge.</summary>
public sealed record NewJob(
    JobId Id,
    string Namespace,
    JobSpec Spec,
    RawJson Params,
    DateTimeOffset? RunAt,
    string CreatedBy,
    JobId? ReplayOf = null
)
{
    /// <summary>Runs after these, of its namespace: there already, or before it in the same input.</summary>
    public IReadOnlyList<JobId>? After { get; init; }

    public AfterFailure AfterFailure { get; init; }

    /// <summary>It is refused when its deduplication key belongs to a job that asks for something else.</summary>
    public bool IsStrict { get; init; }

    /// <summary>The batch that it is one of, made by the same input.</summary>
    public BatchId? Batch { get; init; }

    /// <summary>The batch that it is to complete, made by the same input.</summary>
    public BatchId? Completes { get; init; }
}

/// <summary>What a connection says about its key: the secret itself does not come this far.</summary>
public sealed record KeyClaim(string KeyId, byte[] SecretHash);
