using ScheduleZero.Broker.Core.Access;
using ScheduleZero.Broker.Core.Alerts;
using ScheduleZero.Broker.Core.Audit;
using ScheduleZero.Broker.Core.Batches;
using ScheduleZero.Broker.Core.Calendars;
using ScheduleZero.Broker.Core.Jobs;
using ScheduleZero.Broker.Core.Schedules;
using ScheduleZero.Contracts;
using ScheduleZero.Contracts.Audit;
using ScheduleZero.Contracts.Ids;
using ScheduleZero.Contracts.Rest;

namespace ScheduleZero.Broker.Core;

/// <summary>
/// What producers, operators and the edge itself ask for. Each request says which answers it may get; a new one is
/// routed in <see cref="InputRouter"/> and has a sample in the tests of requests.
/// </summary>
public abstract partial record BrokerInput
{
    // Jobs and batches.

    /// <summary>
    /// Makes jobs of one namespace. Answered with <see cref="Answer.Enqueued"/>: one row for each job, in order; with
    /// <see cref="Answer.EndsNeeded"/>, when jobs are to run after others of which the Core knows nothing; or Refused:
    /// not_found, rate_limited (the namespace is full), storage_full, conflict (too many wait for one job).
    /// </summary>
    public sealed record Enqueue(Ticket Ticket, IReadOnlyList<NewJob> Jobs) : Request(Ticket)
    {
        /// <summary>
        /// How the awaited jobs ended that the Core does not hold any more; null before the edge has looked.
        /// </summary>
        public IReadOnlyDictionary<JobId, JobState>? Ends { get; init; }

        /// <summary>
        /// True to make all jobs or none: a deduplication key that is refused to one of them refuses them all, with
        /// conflict.
        /// </summary>
        public bool IsAtomic { get; init; }

        /// <summary>
        /// The batch that the jobs are to form; null for jobs on their own. No job of a batch has a deduplication key.
        /// </summary>
        public NewBatch? Batch { get; init; }
    }

    /// <summary>
    /// Cancels the jobs of a batch, a few at a time. Answered with <see cref="Answer.BatchIs"/>, or Refused: not_found
    /// (also when every job of the batch has ended).
    /// </summary>
    public sealed record CancelBatch(Ticket Ticket, string Namespace, BatchId Id) : Request(Ticket);

    /// <summary>
    /// Cancels a job. Answered with <see cref="Answer.JobIs"/>, or Refused: not_found (also when the job has ended).
    /// </summary>
    /// <param name="Grace">How long a running attempt may take to stop; null for the Broker's default.</param>
    public sealed record CancelJob(Ticket Ticket, string Namespace, JobId Id, TimeSpan? Grace) : Request(Ticket);

    /// <summary>
    /// Ends a job's backoff, or its wait for <c>runAt</c>. Answered with <see cref="Answer.JobIs"/>, or Refused:
    /// not_found, conflict (the job is running).
    /// </summary>
    public sealed record RetryJob(Ticket Ticket, string Namespace, JobId Id) : Request(Ticket);

    /// <summary>
    /// Changes a job that waits: its priority, and while no attempt counts also its time and its params. Answered with
    /// <see cref="Answer.JobIs"/>, or Refused: not_found (also when the job has ended), conflict (the job is running,
    /// has had its attempt, or is at another version), rate_limited and storage_full (no room for the params).
    /// </summary>
    public sealed record ChangeJob(Ticket Ticket, string Namespace, JobId Id, JobChanges Changes) : Request(Ticket);

    /// <summary>
    /// Acts on those of the jobs that have not ended and still match. Answered with <see cref="Answer.ActedOn"/>.
    /// </summary>
    /// <param name="Ids">The jobs. The list is to be short, because nobody else is served meanwhile.</param>
    public sealed record ActOnJobs(
        Ticket Ticket,
        string Namespace,
        IReadOnlyList<JobId> Ids,
        JobAct Act,
        Func<Job, bool> Matches
    ) : Request(Ticket);

    // Schedules.

    /// <summary>
    /// Makes a schedule, or the next version of one. Answered with <see cref="Answer.ScheduleIs"/>, or Refused:
    /// conflict (the schedule exists, or is at another version), not_found, invalid, forbidden (the schedule is
    /// another's).
    /// </summary>
    /// <param name="Draft">
    /// The schedule as asked for. Core sets version, cursor and counters, and uses the draft's id for a new schedule
    /// only.
    /// </param>
    /// <param name="MustBeNew">True for a create: a schedule of that name is a conflict.</param>
    /// <param name="ExpectedVersion">The version that the schedule must be at; null for any.</param>
    public sealed record SaveSchedule(
        Ticket Ticket,
        ScheduleEditor By,
        Schedule Draft,
        bool MustBeNew,
        int? ExpectedVersion
    ) : Request(Ticket);

    /// <summary>
    /// Deletes a schedule; the jobs that the schedule made stay. Answered with <see cref="Answer.Done"/>, or Refused:
    /// not_found, forbidden (the schedule is another's).
    /// </summary>
    public sealed record DeleteSchedule(Ticket Ticket, ScheduleEditor By, string Namespace, string Name)
        : Request(Ticket);

    /// <summary>
    /// Pauses a schedule. Answered with <see cref="Answer.ScheduleIs"/>, or Refused: not_found, forbidden (the schedule
    /// is another's).
    /// </summary>
    /// <param name="ResumeAt">When the schedule resumes by itself; null for never.</param>
    public sealed record PauseSchedule(
        Ticket Ticket,
        ScheduleEditor By,
        string Namespace,
        string Name,
        string? Note,
        DateTimeOffset? ResumeAt
    ) : Request(Ticket);

    /// <summary>
    /// Ends the pause of a schedule. Answered with <see cref="Answer.ScheduleIs"/>, or Refused: not_found, forbidden
    /// (the schedule is another's).
    /// </summary>
    public sealed record ResumeSchedule(Ticket Ticket, ScheduleEditor By, string Namespace, string Name)
        : Request(Ticket);

    /// <summary>
    /// Makes one job of a schedule now, outside its trigger. Answered with <see cref="Answer.JobIs"/>, or Refused:
    /// not_found, rate_limited (the namespace is full), storage_full.
    /// </summary>
    /// <param name="Params">The params of the job in place of the schedule's; null for the schedule's own.</param>
    /// <param name="Method">The method that the caller was checked for; when an edit has given the schedule another
    /// one meanwhile, the answer is Refused: conflict. Null when any method may run.</param>
    public sealed record TriggerSchedule(
        Ticket Ticket,
        string Namespace,
        string Name,
        JobId Id,
        string By,
        RawJson? Params = null,
        string? Method = null
    ) : Request(Ticket);

    /// <summary>
    /// Saves and deletes schedules of one namespace, all or none. Answered with <see cref="Answer.SchedulesAre"/>,
    /// those that were saved, or Refused: conflict (another version, or no room), forbidden (a schedule is another's),
    /// invalid, not_found.
    /// </summary>
    public sealed record ApplySchedules(
        Ticket Ticket,
        string Namespace,
        IReadOnlyList<ScheduleSave> Saves,
        IReadOnlyList<ScheduleDrop> Drops
    ) : Request(Ticket);

    /// <summary>One schedule to save, of <see cref="ApplySchedules"/>.</summary>
    /// <param name="Version">The version that the schedule must be at; 0 for one that must be new.</param>
    /// <param name="Note">The line of the audit log for this schedule, beside that of the whole request.</param>
    public sealed record ScheduleSave(ScheduleEditor By, Schedule Draft, int Version, AuditNote Note);

    /// <summary>One schedule to delete, of <see cref="ApplySchedules"/>.</summary>
    /// <param name="Version">The version that the schedule must be at.</param>
    /// <param name="Note">The line of the audit log for this schedule, beside that of the whole request.</param>
    public sealed record ScheduleDrop(ScheduleEditor By, string Name, int Version, AuditNote Note);

    /// <summary>
    /// Begins to make the jobs of past instants that have none. Answered with <see cref="Answer.ScheduleIs"/>, or
    /// Refused: not_found, storage_full, conflict (a backfill is under way, or the schedule is at another version).
    /// </summary>
    /// <param name="To">The end of the range, no later than the next instant that has not been served.</param>
    /// <param name="Total">
    /// The number of instants from <paramref name="From"/> until before <paramref name="To"/>.
    /// </param>
    public sealed record BackfillSchedule(
        Ticket Ticket,
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
    /// Ends a backfill; the jobs that the backfill made stay. Answered with <see cref="Answer.ScheduleIs"/>, or
    /// Refused: not_found, conflict (none is under way).
    /// </summary>
    public sealed record CancelBackfill(Ticket Ticket, string Namespace, string Name, string By) : Request(Ticket);

    // Calendars.

    /// <summary>
    /// Makes a calendar, or the next version of one; schedules that name the calendar are planned anew. Answered with
    /// <see cref="Answer.CalendarIs"/>, or Refused: conflict (the calendar exists, is at another version, or there are
    /// as many as there may be), not_found, storage_full.
    /// </summary>
    /// <param name="Draft">
    /// The calendar as asked for, which the edge has checked: its time zone is known. Core sets the version, and who
    /// made the calendar when.
    /// </param>
    /// <param name="MustBeNew">True for a create: a calendar of that name is a conflict.</param>
    /// <param name="ExpectedVersion">The version that the calendar must be at; null for any.</param>
    public sealed record SaveCalendar(Ticket Ticket, CalendarRecord Draft, bool MustBeNew, int? ExpectedVersion)
        : Request(Ticket);

    /// <summary>
    /// Deletes a calendar. Answered with <see cref="Answer.Done"/>, or Refused: not_found, conflict (a schedule names
    /// the calendar).
    /// </summary>
    public sealed record DeleteCalendar(Ticket Ticket, string Namespace, string Name) : Request(Ticket);

    // Keys, users, roles and namespaces.

    /// <summary>
    /// Adds an API key. Changes nothing when there is a key of this id. Answered with <see cref="Answer.Done"/>, or
    /// Refused: not_found (the namespace).
    /// </summary>
    public sealed record CreateKey(Ticket Ticket, KeyRecord Key) : Request(Ticket);

    /// <summary>
    /// Revokes a key and closes every live connection of the key. Answered with <see cref="Answer.Done"/>, or Refused:
    /// not_found.
    /// </summary>
    /// <param name="Namespace">
    /// The namespace of the key. A key that holds everywhere belongs to the namespace <c>*</c> and to no other.
    /// </param>
    public sealed record RevokeKey(Ticket Ticket, string Namespace, string Id) : Request(Ticket);

    /// <summary>
    /// Puts a new key in the place of an old one, which stays valid for a while. Answered with
    /// <see cref="Answer.KeyIs"/>, the new key, or Refused: not_found, conflict (the key was revoked, has expired, was
    /// enrolled, or two are valid already).
    /// </summary>
    /// <param name="Overlap">How long the old key stays valid.</param>
    /// <param name="EndsBy">When the new key expires at the latest; null for no such end.</param>
    public sealed record RotateKey(
        Ticket Ticket,
        string Namespace,
        string Id,
        string NewId,
        byte[] NewSecretHash,
        TimeSpan Overlap,
        string By,
        DateTimeOffset? EndsBy = null
    ) : Request(Ticket);

    /// <summary>
    /// Changes what a key allows; null leaves a part as it is. The change holds at once: attempts that the key does not
    /// allow any more are fenced off. Answered with <see cref="Answer.KeyIs"/>, or Refused: not_found, invalid (not for
    /// this kind of key), conflict (the key was revoked, or has expired).
    /// </summary>
    public sealed record ChangeKey(
        Ticket Ticket,
        string Namespace,
        string Id,
        IReadOnlyList<string>? Methods,
        IReadOnlyList<string>? Groups,
        IReadOnlyList<string>? Addresses,
        int? MaxCapacity
    ) : Request(Ticket)
    {
        /// <summary>
        /// The new limit of a service's key; null leaves the limit. Such a key has nothing else that could change.
        /// </summary>
        public int? RequestsPerMinute { get; init; }

        /// <summary>Whether the request asks for what only handlers' keys have.</summary>
        public bool IsForHandler =>
            Methods is not null || Groups is not null || Addresses is not null || MaxCapacity is not null;
    }

    /// <summary>
    /// Changes users, roles, sign-ins, signing keys or namespaces, all or none. Answered with
    /// <see cref="Answer.Done"/>, or Refused: conflict (another version, a name that is taken, a role that somebody
    /// has), not_found, unauthenticated (a sign-in whose user is gone or disabled).
    /// </summary>
    public sealed record ChangeAccess(Ticket Ticket, IReadOnlyList<AccessChange> Changes) : Request(Ticket);

    /// <summary>
    /// Closes a namespace at once, and empties it step by step. Answered with <see cref="Answer.Done"/>, or Refused:
    /// not_found, conflict (the namespace <c>default</c> stays).
    /// </summary>
    public sealed record DeleteNamespace(Ticket Ticket, string Namespace) : Request(Ticket);

    // Handlers.

    /// <summary>
    /// Lets no attempt of a method begin, in place of an earlier pause of the method. Answered with
    /// <see cref="Answer.Done"/>, or Refused: not_found (the namespace), invalid (the end has passed), conflict (too
    /// many pauses).
    /// </summary>
    /// <param name="By">Who pauses, such as <c>user:ana</c>.</param>
    /// <param name="Until">When the pause ends by itself; null for never.</param>
    public sealed record PauseMethod(
        Ticket Ticket,
        string Namespace,
        string Method,
        string Reason,
        string By,
        DateTimeOffset? Until
    ) : Request(Ticket);

    /// <summary>Ends the pause of a method. Answered with <see cref="Answer.Done"/>, also when there is none.</summary>
    public sealed record ResumeMethod(Ticket Ticket, string Namespace, string Method) : Request(Ticket);

    /// <summary>
    /// Lets a handler take no new work, or take work again. Answered with <see cref="Answer.Done"/>, or Refused:
    /// not_found.
    /// </summary>
    public sealed record DrainHandler(Ticket Ticket, string Namespace, string Name, bool Drained) : Request(Ticket);

    /// <summary>
    /// Closes the handler's connections; the handler may come back. Answered with <see cref="Answer.Done"/>, or
    /// Refused: not_found.
    /// </summary>
    public sealed record DisconnectHandler(Ticket Ticket, string Namespace, string Name) : Request(Ticket);

    /// <summary>
    /// Forgets a handler that is not connected. Answered with <see cref="Answer.Done"/>, or Refused: not_found,
    /// conflict (the handler is connected).
    /// </summary>
    public sealed record DeleteHandler(Ticket Ticket, string Namespace, string Name) : Request(Ticket);

    // Alerts.

    /// <summary>
    /// Makes a channel of alerts, or the next version of one. Answered with <see cref="Answer.AlertSettingsAre"/>, or
    /// Refused: not_found (the namespace), conflict (as many as there may be), storage_full.
    /// </summary>
    /// <param name="Draft">
    /// The channel as asked for, which the edge has checked. Core sets the version, and who made the channel when.
    /// </param>
    public sealed record SaveAlertChannel(Ticket Ticket, AlertChannelRecord Draft) : Request(Ticket);

    /// <summary>
    /// Makes a rule of alerts, or the next version of one. Open alerts that the rule does not make any more are
    /// dropped. Answered with <see cref="Answer.AlertSettingsAre"/>, or Refused: not_found (the namespace), invalid (a
    /// channel that is not there), conflict (as many as there may be), storage_full.
    /// </summary>
    /// <param name="Draft">The rule as asked for, which the edge has checked.</param>
    public sealed record SaveAlertRule(Ticket Ticket, AlertRuleRecord Draft) : Request(Ticket);

    /// <summary>
    /// Tells nobody of a rule's alerts until an instant, or ends that silence. Answered with
    /// <see cref="Answer.AlertSettingsAre"/>, or Refused: not_found, invalid (the end has passed).
    /// </summary>
    /// <param name="Until">The end of the silence; null to tell people again.</param>
    public sealed record MuteAlertRule(
        Ticket Ticket,
        string Namespace,
        string Name,
        DateTimeOffset? Until,
        string? Reason,
        string By
    ) : Request(Ticket);

    /// <summary>
    /// Deletes a rule with its open alerts. Answered with <see cref="Answer.Done"/>, or Refused: not_found.
    /// </summary>
    public sealed record DeleteAlertRule(Ticket Ticket, string Namespace, string Name) : Request(Ticket);

    /// <summary>
    /// Deletes a channel with the notices that wait for it. Answered with <see cref="Answer.Done"/>, or Refused:
    /// not_found, conflict (a rule names the channel).
    /// </summary>
    public sealed record DeleteAlertChannel(Ticket Ticket, string Namespace, string Name) : Request(Ticket);

    // The state, and the audit log.

    /// <summary>
    /// Reads the state as decided so far, and changes nothing. Answered with <see cref="Answer.Value"/> once that state
    /// is durable.
    /// </summary>
    public sealed record Read(Ticket Ticket, Func<BrokerState, object?> Look) : Request(Ticket);

    /// <summary>
    /// Puts a line in the audit log, as <see cref="Noted"/> does. Answered with <see cref="Answer.Done"/> once that
    /// line is on disk.
    /// </summary>
    public sealed record NoteDown(Ticket Ticket) : Request(Ticket);

    /// <summary>
    /// Adds a signed statement about the audit log to that log. Answered with <see cref="Answer.AuditIs"/>, in which
    /// the statement is the newest event, or Refused: conflict, when the log is not so far yet, or long past that
    /// point.
    /// </summary>
    public sealed record CheckpointAudit(Ticket Ticket, AuditPoint Through, string KeyId, string Signature)
        : Request(Ticket);
}
