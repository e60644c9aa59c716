using System.Text.Json.Serialization;

namespace ScheduleZero.Contracts.Rest;

/// <summary>A schedule as posted: a trigger and the job it makes each time it is due.</summary>
public sealed record ScheduleRequest
{
    public required string Name { get; init; }

    public required TriggerRequest Trigger { get; init; }

    /// <summary>
    /// What to enqueue. <c>runAt</c>, <c>startDeadline</c> and the deduplication fields are not for templates.
    /// </summary>
    public required JobRequest Job { get; init; }

    public MisfirePolicy? Misfire { get; init; }

    /// <summary>
    /// Occurrences older than this are recorded as missed, never run; 0 s to 31 d, 1 h when not given.
    /// </summary>
    public TimeSpan? CatchUpWindow { get; init; }

    public OverlapPolicy? Overlap { get; init; }

    /// <summary>
    /// Each start is delayed by an amount from 0 up to this, which an occurrence keeps for good; 0 s to 1 d, 0 s when
    /// not given.
    /// </summary>
    public TimeSpan? Jitter { get; init; }

    public DateTimeOffset? StartAt { get; init; }

    public DateTimeOffset? EndAt { get; init; }

    /// <summary>After so many it ends: 1 to 10^15.</summary>
    public long? MaxOccurrences { get; init; }

    /// <summary>
    /// Names of calendars of the namespace, on whose days it does not fire; at most 16. Such instants do not count as
    /// occurrences.
    /// </summary>
    public IReadOnlyList<string>? ExcludeCalendars { get; init; }

    public bool? Paused { get; init; }

    /// <summary>What its handler does while the Broker is out of its reach.</summary>
    public OfflinePolicy? Offline { get; init; }

    /// <summary>
    /// Whose it is, as <c>user:NAME</c> or <c>key:NAME</c>: who may change it, beside those who may change any. Not
    /// given: whose it was, or the caller's if it is new. Who gives it to another can change it no more.
    /// </summary>
    public string? Owner { get; init; }
}

/// <summary>When a schedule is due. <c>kind</c> says which of the other fields count.</summary>
public sealed record TriggerRequest
{
    /// <summary>
    /// <c>cron</c>, <c>interval</c>, <c>calendarInterval</c>, <c>once</c>, <c>anyOf</c> or <c>allOf</c>.
    /// </summary>
    public required string Kind { get; init; }

    /// <summary>
    /// cron: five fields, or six with seconds first, with blanks or tabs between them, or a macro such as
    /// <c>@daily</c>.
    /// </summary>
    public string? Expression { get; init; }

    /// <summary>cron, calendarInterval: IANA name; <c>UTC</c> when not given.</summary>
    public string? TimeZone { get; init; }

    /// <summary>interval: 1 s to 366 d.</summary>
    public TimeSpan? Every { get; init; }

    /// <summary>
    /// interval: the first nominal instant; the others are whole multiples of <c>every</c> later. The schedule's
    /// creation when not given.
    /// </summary>
    public DateTimeOffset? StartAt { get; init; }

    /// <summary>once: the instant.</summary>
    public DateTimeOffset? At { get; init; }

    /// <summary>
    /// calendarInterval: one of months, weeks and days is needed, 1 to 1,000. A day that a month does not have is
    /// skipped, not moved.
    /// </summary>
    public int? Months { get; init; }

    /// <inheritdoc cref="Months"/>
    public int? Weeks { get; init; }

    /// <inheritdoc cref="Months"/>
    public int? Days { get; init; }

    /// <summary>calendarInterval: on the wall clock of the zone, as <c>HH:mm</c> or <c>HH:mm:ss</c>.</summary>
    public string? TimeOfDay { get; init; }

    /// <summary>
    /// calendarInterval: the first date, from which the others are counted. The day of the schedule's creation when not
    /// given.
    /// </summary>
    public DateOnly? StartOn { get; init; }

    /// <summary>
    /// anyOf: due whenever one of these is, once for equal instants. allOf: due in the seconds in which all of these
    /// are. 16 in all, 3 deep.
    /// </summary>
    public IReadOnlyList<TriggerRequest>? Triggers { get; init; }
}

public static class TriggerKinds
{
    public const string Cron = "cron";
    public const string Interval = "interval";
    public const string CalendarInterval = "calendarInterval";
    public const string Once = "once";
    public const string AnyOf = "anyOf";
    public const string AllOf = "allOf";
}

/// <summary>Which of the missed occurrences run.</summary>
public enum MisfirePolicy
{
    Latest,
    None,
    Earliest,
    All,
}

/// <summary>What happens when an occurrence is due while the job of the one before is unfinished.</summary>
public enum OverlapPolicy
{
    /// <summary>Its job is made all the same.</summary>
    Allow,

    /// <summary>It is recorded as missed.</summary>
    Skip,

    /// <summary>It waits for the end of that job. One waits at most: the others are recorded as missed.</summary>
    Queue,

    /// <summary>That job is cancelled, and this one is made when it has ended.</summary>
    CancelPrevious,
}

/// <summary>
/// What becomes of a schedule's occurrences while the handler that it is pinned to is out of the Broker's reach.
/// </summary>
public enum OfflinePolicy
{
    /// <summary>Their jobs wait for the handler.</summary>
    Wait,

    /// <summary>
    /// The handler runs them by itself, from a copy that it keeps, and tells of them when it is back.
    /// </summary>
    Run,
}

public sealed record ScheduleView
{
    public required string Name { get; init; }

    public required string Namespace { get; init; }

    /// <summary>Grows with each edit; also the <c>ETag</c>.</summary>
    public required int Version { get; init; }

    public required TriggerRequest Trigger { get; init; }

    public required JobRequest Job { get; init; }

    public required MisfirePolicy Misfire { get; init; }

    public required TimeSpan CatchUpWindow { get; init; }

    public required OverlapPolicy Overlap { get; init; }

    public required TimeSpan Jitter { get; init; }

    public DateTimeOffset? StartAt { get; init; }

    public DateTimeOffset? EndAt { get; init; }

    public long? MaxOccurrences { get; init; }

    public IReadOnlyList<string> ExcludeCalendars { get; init; } = [];

    public OfflinePolicy Offline { get; init; }

    /// <summary>Until when the handler may run it by itself, if the handler keeps a copy of it.</summary>
    public DateTimeOffset? KeptUntil { get; init; }

    /// <summary>
    /// What its trigger means here and means differently elsewhere, such as both day fields of a cron expression. Not
    /// set when there is nothing to say.
    /// </summary>
    public string? Warning { get; init; }

    /// <summary>
    /// Why it stands still: its trigger or one of its calendars cannot be understood on the Broker's machine. Not set
    /// while it is served.
    /// </summary>
    public string? Stopped { get; init; }

    public required bool Paused { get; init; }

    public string? PauseNote { get; init; }

    public DateTimeOffset? ResumeAt { get; init; }

    /// <summary>The next that no calendar excludes. Not set when nothing more is due, or while paused.</summary>
    public DateTimeOffset? NextNominal { get; init; }

    public DateTimeOffset? LastNominal { get; init; }

    /// <summary>An occurrence that waits for the end of the job before, as the overlap policy says.</summary>
    public DateTimeOffset? Queued { get; init; }

    /// <summary>How many jobs it has made.</summary>
    public required long Occurrences { get; init; }

    /// <summary>How many occurrences were missed or skipped.</summary>
    public required long Missed { get; init; }

    public required DateTimeOffset CreatedAt { get; init; }

    public required DateTimeOffset ChangedAt { get; init; }

    public required string CreatedBy { get; init; }

    /// <summary>Who may change it, beside those who may change any.</summary>
    public required string Owner { get; init; }
}

/// <summary>A schedule as one of its versions had it.</summary>
public sealed record ScheduleVersionView
{
    public required int Version { get; init; }

    public required DateTimeOffset ChangedAt { get; init; }

    public required string ChangedBy { get; init; }

    /// <summary>What was saved; posting it again brings the version back.</summary>
    public required ScheduleRequest Schedule { get; init; }

    /// <summary>What differs from the version before; none for the first, and for the oldest that is kept.</summary>
    public required IReadOnlyList<FieldChange> Changes { get; init; }
}

/// <summary>A field that differs between two versions.</summary>
/// <param name="Path">Such as <c>job.params.days</c>; lists are compared as a whole.</param>
/// <param name="From">As JSON; not set where the field was not there.</param>
/// <param name="To">As JSON; not set where the field is not there.</param>
public sealed record FieldChange(
    string Path,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingDefault)] RawJson From = default,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingDefault)] RawJson To = default
);

public sealed record PauseRequest(string? Note = null, DateTimeOffset? ResumeAt = null);

/// <param name="Count">1 to 1,000.</param>
public sealed record PreviewRequest(
    TriggerRequest Trigger,
    int Count = 10,
    DateTimeOffset? From = null,
    DateTimeOffset? To = null,
    IReadOnlyList<string>? ExcludeCalendars = null
);

/// <param name="Warning">What the trigger means here and means differently elsewhere; not set when there is nothing to
/// say.</param>
public sealed record PreviewAnswer(IReadOnlyList<PreviewItem> Items, string? Warning = null);

/// <param name="Local">The wall clock in the trigger's zone.</param>
/// <param name="Offset">From UTC, such as <c>+02:00</c>.</param>
/// <param name="Skipped">Why it will not run, if so.</param>
public sealed record PreviewItem(DateTimeOffset Nominal, string Local, string Offset, string? Skipped = null);

/// <summary>
/// One occurrence: the job it made, or why it made none; or a run of instants that follow each other and were all
/// missed for one reason.
/// </summary>
/// <param name="Nominal">The instant; of a run the first.</param>
/// <param name="To">Of a run: the last instant.</param>
/// <param name="Count">Of a run: how many instants it has.</param>
public sealed record OccurrenceView(
    DateTimeOffset Nominal,
    Ids.JobId? JobId = null,
    string? Missed = null,
    DateTimeOffset? To = null,
    long? Count = null
);
