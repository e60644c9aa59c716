using System.Text.Json.Serialization;
using ScheduleZero.Broker.Core.Jobs;
using ScheduleZero.Contracts;
using ScheduleZero.Contracts.Ids;
using ScheduleZero.Contracts.Rest;

namespace ScheduleZero.Broker.Core.Schedules;

/// <summary>
/// A schedule: a trigger, the template of its jobs, and how far the trigger has been served. A record is never changed;
/// each decision makes the next one.
/// </summary>
public sealed record Schedule
{
    /// <summary>The schedule's id. A new schedule with the name of a deleted one has another id.</summary>
    public required ScheduleId Id { get; init; }

    public required string Namespace { get; init; }

    public required string Name { get; init; }

    public required int Version { get; init; }

    public required TriggerRequest Trigger { get; init; }

    public required JobSpec Job { get; init; }

    public RawJson Params { get; init; }

    public MisfirePolicy Misfire { get; init; }

    public TimeSpan CatchUpWindow { get; init; } = TimeSpan.FromHours(1);

    public OverlapPolicy Overlap { get; init; }

    public TimeSpan Jitter { get; init; }

    public DateTimeOffset? StartAt { get; init; }

    public DateTimeOffset? EndAt { get; init; }

    public long? MaxOccurrences { get; init; }

    /// <summary>
    /// The names of the calendars on whose days the schedule does not fire; null for none. All of them exist, in the
    /// schedule's namespace.
    /// </summary>
    public IReadOnlyList<string>? ExcludeCalendars { get; init; }

    public OfflinePolicy Offline { get; init; }

    /// <summary>
    /// The custodian of the schedule, which may run it while that handler is out of reach; null when no handler has a
    /// signed copy.
    /// </summary>
    public Keeping? Keeping { get; init; }

    public bool Paused { get; init; }

    public string? PauseNote { get; init; }

    public DateTimeOffset? ResumeAt { get; init; }

    /// <summary>
    /// The next nominal instant that is to be served; null when there is none. Only a changed calendar moves this
    /// instant back, and never before <see cref="Passed"/>.
    /// </summary>
    public DateTimeOffset? NextNominal { get; init; }

    /// <summary>
    /// The first of the instants before <see cref="NextNominal"/> that calendars exclude; null when there are none. One
    /// row about all of them is written when the first of them is due.
    /// </summary>
    public DateTimeOffset? ExcludedFrom { get; init; }

    /// <summary>
    /// Every instant up to this one was served, or has left a row; null before the first. When the clock was set back,
    /// this is the time of the clock.
    /// </summary>
    public DateTimeOffset? Passed { get; init; }

    /// <summary>
    /// Instants before this one are never served: the schedule was made, edited or resumed then, or its calendar was
    /// changed. Null in rows that an earlier version of the Broker wrote.
    /// </summary>
    public DateTimeOffset? PlannedFrom { get; init; }

    /// <summary>
    /// Instants up to this one may have been served while the clock stood ahead of the true time: the store is asked
    /// before one of them is served. Null when there are none.
    /// </summary>
    public DateTimeOffset? ServedAhead { get; init; }

    /// <summary>
    /// The spec of the job that an occurrence makes. While a handler has custody of the schedule, only that handler's
    /// instance with the offline store may run the job.
    /// </summary>
    internal JobSpec Made => Keeping is { } keeping ? Job with { Store = keeping.Store } : Job;

    /// <summary>The next instant at which the trigger is to be served; null when there is none.</summary>
    internal DateTimeOffset? Due => ExcludedFrom ?? NextNominal;

    /// <summary>The nominal instant of the newest job that the trigger made; null before the first.</summary>
    public DateTimeOffset? LastNominal { get; init; }

    /// <summary>
    /// The instant that was served, but whose job is made only when the job before has ended; null when there is none.
    /// <see cref="Occurrences"/> does not count it yet.
    /// </summary>
    public DateTimeOffset? Queued { get; init; }

    /// <summary>
    /// For the misfire policy <c>earliest</c>: the job that ran for the earliest missed instant stands for all instants
    /// up to this one.
    /// </summary>
    public DateTimeOffset CoveredUntil { get; init; }

    /// <summary>The number of jobs that the trigger has made.</summary>
    public long Occurrences { get; init; }

    /// <summary>The number of missed instants. A backlog that was recorded in one row counts as one.</summary>
    public long Missed { get; init; }

    /// <summary>The newest backfill, under way or ended; null for none.</summary>
    public Backfill? Backfill { get; init; }

    /// <summary>
    /// The latest end of a range of all the schedule's backfills. The trigger never serves an instant before it again.
    /// </summary>
    public DateTimeOffset BackfilledUntil { get; init; }

    public required DateTimeOffset CreatedAt { get; init; }

    public required DateTimeOffset ChangedAt { get; init; }

    public required string CreatedBy { get; init; }

    /// <summary>The owner to whom the schedule was given; null while it belongs to whoever made it.</summary>
    public string? GivenTo { get; init; }

    /// <summary>The owner of the schedule. It follows from other fields, so it is not stored.</summary>
    [JsonIgnore]
    public string Owner => GivenTo ?? CreatedBy;

    /// <summary>
    /// Why the schedule stands still: its trigger or one of its calendars cannot be understood on this machine. Null
    /// while it does not. The reason is found anew at each start of the Broker, so it is not stored.
    /// </summary>
    [JsonIgnore]
    public string? Stopped { get; init; }

    /// <summary>Who saved this version.</summary>
    public string? ChangedBy { get; init; }
}

/// <summary>
/// The custody of a schedule: a handler has a signed copy, and may run the schedule while it is out of reach.
/// </summary>
/// <param name="Handler">The name of the handler.</param>
/// <param name="Store">The offline store of the handler that holds the copy.</param>
/// <param name="From">The instant after which the handler may serve instants.</param>
/// <param name="Until">The last instant that the handler may serve.</param>
public sealed record Keeping(string Handler, string Store, DateTimeOffset From, DateTimeOffset Until);
