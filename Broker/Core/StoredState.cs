using ScheduleZero.Broker.Core.Access;
using ScheduleZero.Broker.Core.Alerts;
using ScheduleZero.Broker.Core.Audit;
using ScheduleZero.Broker.Core.Batches;
using ScheduleZero.Broker.Core.Calendars;
using ScheduleZero.Broker.Core.Dispatch;
using ScheduleZero.Broker.Core.Jobs;
using ScheduleZero.Broker.Core.Pauses;
using ScheduleZero.Broker.Core.Schedules;
using ScheduleZero.Broker.Core.Sessions;

namespace ScheduleZero.Broker.Core;

/// <summary>
/// The state that a store gives to a start of the Broker: everything but the history. A list is empty where the store
/// holds no such row.
/// </summary>
public sealed record StoredState
{
    /// <summary>How often this store has been opened, this start included. Grows with each start.</summary>
    public long Epoch { get; init; }

    /// <summary>The unfinished jobs, in no particular order.</summary>
    public IReadOnlyList<Job> Jobs { get; init; } = [];

    /// <summary>
    /// The jobs that ended last, oldest end first; at most <see cref="BrokerCore.RecentAttemptsMax"/>. Their handlers
    /// may report the results once more.
    /// </summary>
    public IReadOnlyList<Job> Finished { get; init; } = [];

    public IReadOnlyList<Schedule> Schedules { get; init; } = [];

    public IReadOnlyList<HandlerRecord> Handlers { get; init; } = [];

    public IReadOnlyList<KeyRecord> Keys { get; init; } = [];

    /// <summary>The users, roles, user sessions, signing keys, namespaces and enrolment tokens.</summary>
    public IReadOnlyList<AccessRecord> Access { get; init; } = [];

    /// <summary>Deduplication keys that had not expired when the state was loaded.</summary>
    public IReadOnlyList<Change.DeduplicationKept> Deduplications { get; init; } = [];

    /// <summary>The starts that rate limits have counted.</summary>
    public IReadOnlyList<RateRecord> Rates { get; init; } = [];

    /// <summary>Batches of which at least one job has not ended.</summary>
    public IReadOnlyList<Batch> Batches { get; init; } = [];

    public IReadOnlyList<CalendarRecord> Calendars { get; init; } = [];

    public IReadOnlyList<PauseRecord> Pauses { get; init; } = [];

    /// <summary>The channels, rules, open alerts and notices.</summary>
    public IReadOnlyList<AlertRow> Alerts { get; init; } = [];

    /// <summary>The newest event of the audit log, which the next event follows.</summary>
    public AuditTail AuditTail { get; init; } = AuditTail.Start;

    /// <summary>Rows that could not be read. They are in none of the lists, and stay on disk as they are.</summary>
    public IReadOnlyList<UnreadableRow> Unreadable { get; init; } = [];
}
