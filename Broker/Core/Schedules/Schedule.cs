using System.Text.Json.Serialization;
using ScheduleZero.Broker.Core.Jobs;
using ScheduleZero.Contracts;
using ScheduleZero.Contracts.Ids;
using ScheduleZero.Contracts.Rest;

namespace ScheduleZero.Broker.Core.Schedules;

/// <summary>
/// A trigger, the job it makes, and how far it has come. Never changed; a decision makes the next one.
/// </summary>
public sealed record Schedule
{
    /// <summary>Another for each creation, also under a name that was deleted before.</summary>
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

    /// <summary>Names of calendars of its namespace, on whose days it does not fire; all of them are there.</summary>
    public IReadOnlyList<string>? ExcludeCalendars { get; init; }

    public OfflinePolicy Offline { get; init; }

    /// <summary>Who may run it while it is out of reach; null when nobody has a copy.</summary>
    public Keeping? Keeping { get; init; }

    public bool Paused { get; init; }

    public string? PauseNote { get; init; }

    public DateTimeOffset? ResumeAt { get; init; }

    /// <summary>
    /// The next nominal instant that is to be served; only another calendar moves it back, never before
    /// <see cref="Passed"/>. Not set when nothing more is due.
    /// </summary>
    public DateTimeOffset? NextNominal { get; init; }

    /// <summary>
    /// The first of a run of instants before <see cref="NextNominal"/> that calendars exclude; a row tells of the run
    /// when its time comes.
    /// </summary>
    public DateTimeOffset? ExcludedFrom { get; init; }

    /// <summary>
    /// Everything up to this instant was served, or has left a row; after a clock that was set back, whatever the clock
    /// has passed.
    /// </summary>
    public DateTimeOffset? Passed { get; init; }

    /// <summary>
    /// Instants before this one are not the schedule's: it was made, edited, resumed, or its calendar was changed,
    /// then. Null in rows that an earlier version wrote.
    /// </summary>
    public DateTimeOffset? PlannedFrom { get; init; }

    /// <summary>
    /// Instants up to this one may have been served while the clock stood ahead of the truth: the store is asked before
    /// one of them is served. Null when there are none.
    /// </summary>
    public DateTimeOffset? ServedAhead { get; init; }

    /// <summary>
    /// The job that an occurrence makes: only for the copy of the handler that keeps the schedule, if one does.
    /// </summary>
    internal JobSpec Made => Keeping is { } keeping ? Job with { Store = keeping.Store } : Job;

    /// <summary>When something is to be done.</summary>
    internal DateTimeOffset? Due => ExcludedFrom ?? NextNominal;

    /// <summary>Of the newest job that the trigger made.</summary>
    public DateTimeOffset? LastNominal { get; init; }

    /// <summary>
    /// An instant that was served and whose job waits for the end of the one before. Not counted in
    /// <see cref="Occurrences"/> yet.
    /// </summary>
    public DateTimeOffset? Queued { get; init; }

    /// <summary>
    /// For the misfire policy <c>earliest</c>: instants up to this one are covered by the one that ran.
    /// </summary>
    public DateTimeOffset CoveredUntil { get; init; }

    /// <summary>Jobs made so far.</summary>
    public long Occurrences { get; init; }

    public long Missed { get; init; }

    /// <summary>The newest, under way or ended.</summary>
    public Backfill? Backfill { get; init; }

    /// <summary>
    /// Where the latest range of all its backfills ended: what lies before it is never the trigger's again.
    /// </summary>
    public DateTimeOffset BackfilledUntil { get; init; }

    public required DateTimeOffset CreatedAt { get; init; }

    public required DateTimeOffset ChangedAt { get; init; }

    public required string CreatedBy { get; init; }

    /// <summary>To whom it was given since; null while it is its maker's.</summary>
    public string? GivenTo { get; init; }

    /// <summary>Whose it is. Follows from the others, so it is not kept.</summary>
    [JsonIgnore]
    public string Owner => GivenTo ?? CreatedBy;

    /// <summary>
    /// Why it stands still: its trigger or one of its calendars cannot be understood on this machine. Null while it is
    /// served. Found anew at each start, so it is not kept.
    /// </summary>
    [JsonIgnore]
    public string? Stopped { get; init; }

    /// <summary>Who saved this version.</summary>
    public string? ChangedBy { get; init; }
}

/// <summary>A handler has a copy of the schedule, and may run it by itself.</summary>
/// <param name="Handler">Its name.</param>
/// <param name="Store">The durable place of the handler in which it lies.</param>
/// <param name="From">Instants up to this one are not the handler's.</param>
/// <param name="Until">Instants after this one are not the handler's.</param>
public sealed record Keeping(string Handler, string Store, DateTimeOffset From, DateTimeOffset Until);
