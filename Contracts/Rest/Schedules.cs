using System.Text.Json.Serialization;

namespace ScheduleZero.Contracts.Rest;

/// <summary>
/// A schedule as posted: a trigger and the template of the job that is made each time the schedule is due.
/// </summary>
public sealed record ScheduleRequest
{
    public required string Name { get; init; }

    public required TriggerRequest Trigger { get; init; }

    /// <summary>
    /// The template of the jobs. <c>runAt</c>, <c>startDeadline</c> and the deduplication fields are not for templates.
    /// </summary>
    public required JobRequest Job { get; init; }

    public MisfirePolicy? Misfire { get; init; }

    /// <summary>
    /// The age up to which an occurrence still runs: older ones are recorded as missed, never run; 0 s to 31 d, 1 h
    /// when not given.
    /// </summary>
    public TimeSpan? CatchUpWindow { get; init; }

    public OverlapPolicy? Overlap { get; init; }

    /// <summary>
    /// The bound of the delay of each start: an amount from 0 up to this, which an occurrence keeps for good; 0 s to 1
    /// d, 0 s when not given.
    /// </summary>
    public TimeSpan? Jitter { get; init; }

    public DateTimeOffset? StartAt { get; init; }

    public DateTimeOffset? EndAt { get; init; }

    /// <summary>The number of occurrences after which the schedule ends: 1 to 10^15.</summary>
    public long? MaxOccurrences { get; init; }

    /// <summary>
    /// The names of calendars of the namespace on whose days the schedule does not fire; at most 16. Instants on these
    /// days do not count as occurrences.
    /// </summary>
    public IReadOnlyList<string>? ExcludeCalendars { get; init; }

    public bool? Paused { get; init; }

    /// <summary>What the schedule's handler does while the Broker is out of its reach.</summary>
    public OfflinePolicy? Offline { get; init; }

    /// <summary>
    /// The owner, as <c>user:NAME</c> or <c>key:NAME</c>: who may change the schedule, beside those who may change any.
    /// When not given, the owner stays, and a new schedule gets the caller. A caller who gives the schedule to another
    /// owner can change it no more.
    /// </summary>
    public string? Owner { get; init; }
}

/// <summary>The rule of when a schedule is due. <c>kind</c> says which of the other fields count.</summary>
public sealed record TriggerRequest
{
    /// <summary>
    /// The kind of the trigger: <c>cron</c>, <c>interval</c>, <c>calendarInterval</c>, <c>once</c>, <c>anyOf</c> or
    /// <c>allOf</c>.
    /// </summary>
    public required string Kind { get; init; }

    /// <summary>
    /// cron: five fields, or six with seconds first, with blanks or tabs between them, or a macro such as
    /// <c>@daily</c>.
    /// </summary>
    public string? Expression { get; init; }

    /// <summary>cron, calendarInterval: the time zone, an IANA name; <c>UTC</c> when not given.</summary>
    public string? TimeZone { get; init; }

    /// <summary>interval: the time from one instant to the next, 1 s to 366 d.</summary>
    public TimeSpan? Every { get; init; }

    /// <summary>
    /// interval: the first nominal instant; the others are whole multiples of <c>every</c> later. The creation of the
    /// schedule when not given.
    /// </summary>
    public DateTimeOffset? StartAt { get; init; }

    /// <summary>once: the instant.</summary>
    public DateTimeOffset? At { get; init; }

    /// <summary>
    /// calendarInterval: the number of months, 1 to 1,000; one of <c>months</c>, <c>weeks</c> and <c>days</c> is
    /// needed. A day that a month does not have is skipped, not moved.
    /// </summary>
    public int? Months { get; init; }

    /// <summary>
    /// calendarInterval: the number of weeks, 1 to 1,000; one of <c>months</c>, <c>weeks</c> and <c>days</c> is needed.
    /// </summary>
    public int? Weeks { get; init; }

    /// <summary>
    /// calendarInterval: the number of days, 1 to 1,000; one of <c>months</c>, <c>weeks</c> and <c>days</c> is needed.
    /// </summary>
    public int? Days { get; init; }

    /// <summary>calendarInterval: the time on the wall clock of the zone, as <c>HH:mm</c> or <c>HH:mm:ss</c>.</summary>
    public string? TimeOfDay { get; init; }

    /// <summary>
    /// calendarInterval: the first date, from which the others are counted. The day of the schedule's creation when not
    /// given.
    /// </summary>
    public DateOnly? StartOn { get; init; }

    /// <summary>
    /// The parts of the trigger. anyOf: due whenever one of the parts is, once for equal instants. allOf: due in the
    /// seconds in which all parts are. 16 triggers in all, 3 deep.
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

/// <summary>The rule of which missed occurrences run.</summary>
public enum MisfirePolicy
{
    Latest,
    None,
    Earliest,
    All,
}

/// <summary>The rule for an occurrence that is due while the job of the one before is unfinished.</summary>
public enum OverlapPolicy
{
    /// <summary>The occurrence's job is made all the same.</summary>
    Allow,

    /// <summary>The occurrence is recorded as missed.</summary>
    Skip,

    /// <summary>
    /// The occurrence waits for the end of the job before. One occurrence waits at most: the others are recorded as
    /// missed.
    /// </summary>
    Queue,

    /// <summary>The job before is cancelled, and the occurrence's job is made when that one has ended.</summary>
    CancelPrevious,
}

/// <summary>
/// The fate of a schedule's occurrences while the handler that it is pinned to is out of the Broker's reach.
/// </summary>
public enum OfflinePolicy
{
    /// <summary>The jobs of the occurrences wait for the handler.</summary>
    Wait,

    /// <summary>
    /// The handler runs the occurrences by itself, from a copy that it has, and reports them when it is back.
    /// </summary>
    Run,
}

public sealed record ScheduleView
{
    public required string Name { get; init; }

    public required string Namespace { get; init; }

    /// <summary>The schedule's version, which grows with each edit; also the <c>ETag</c>.</summary>
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

    /// <summary>
    /// The instant until which the handler may run the schedule by itself, if the handler has a copy of it.
    /// </summary>
    public DateTimeOffset? KeptUntil { get; init; }

    /// <summary>
    /// What the trigger means here and means differently elsewhere, such as both day fields of a cron expression. Not
    /// set when there is nothing to say.
    /// </summary>
    public string? Warning { get; init; }

    /// <summary>
    /// Why the schedule stands still: its trigger or one of its calendars cannot be understood on the Broker's machine.
    /// Not set while the schedule is served.
    /// </summary>
    public string? Stopped { get; init; }

    public required bool Paused { get; init; }

    public string? PauseNote { get; init; }

    public DateTimeOffset? ResumeAt { get; init; }

    /// <summary>
    /// The next nominal instant that no calendar excludes. Not set when nothing more is due, or while the schedule is
    /// paused.
    /// </summary>
    public DateTimeOffset? NextNominal { get; init; }

    public DateTimeOffset? LastNominal { get; init; }

    /// <summary>
    /// The nominal instant of an occurrence that waits for the end of the job before, as the overlap policy says.
    /// </summary>
    public DateTimeOffset? Queued { get; init; }

    /// <summary>The number of jobs that the schedule has made.</summary>
    public required long Occurrences { get; init; }

    /// <summary>The number of occurrences that were missed or skipped.</summary>
    public required long Missed { get; init; }

    public required DateTimeOffset CreatedAt { get; init; }

    public required DateTimeOffset ChangedAt { get; init; }

    public required string CreatedBy { get; init; }

    /// <summary>The owner: who may change the schedule, beside those who may change any.</summary>
    public required string Owner { get; init; }
}

/// <summary>A schedule as it was in one of its versions.</summary>
public sealed record ScheduleVersionView
{
    public required int Version { get; init; }

    public required DateTimeOffset ChangedAt { get; init; }

    public required string ChangedBy { get; init; }

    /// <summary>The schedule as it was saved; posting it again brings the version back.</summary>
    public required ScheduleRequest Schedule { get; init; }

    /// <summary>
    /// The fields that differ from the version before; none for the first version, and for the oldest that is still
    /// stored.
    /// </summary>
    public required IReadOnlyList<FieldChange> Changes { get; init; }
}

/// <summary>A field that differs between two versions.</summary>
/// <param name="Path">The path of the field, such as <c>job.params.days</c>; lists are compared as a whole.</param>
/// <param name="From">The old value as JSON; not set where the field was not there.</param>
/// <param name="To">The new value as JSON; not set where the field is not there.</param>
public sealed record FieldChange(
    string Path,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingDefault)] RawJson From = default,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingDefault)] RawJson To = default
);

/// <summary>Whether a schedule fires, in one word.</summary>
public enum ScheduleState
{
    /// <summary>A next instant is known.</summary>
    Active,
    Paused,

    /// <summary>
    /// The schedule stands still: its trigger or a calendar cannot be understood on the Broker's machine.
    /// </summary>
    Stopped,

    /// <summary>Nothing more is due, as far as the Broker has searched.</summary>
    Ended,
}

/// <summary>The order of a list of schedules.</summary>
public enum ScheduleOrder
{
    Name,

    /// <summary>By the next nominal instant; schedules without one come last, by name.</summary>
    Next,
}

/// <summary>Asks for one job of a schedule now.</summary>
public sealed record RunNowRequest
{
    /// <summary>The params of the job, any JSON value; the schedule's when not given.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingDefault), JsonConverter(typeof(NullIsAValueConverter))]
    public RawJson Params { get; init; }
}

public sealed record PauseRequest(string? Note = null, DateTimeOffset? ResumeAt = null);

/// <summary>Asks for the next instants of a trigger.</summary>
/// <param name="Count">The number of instants, 1 to 1,000.</param>
public sealed record PreviewRequest(
    TriggerRequest Trigger,
    int Count = 10,
    DateTimeOffset? From = null,
    DateTimeOffset? To = null,
    IReadOnlyList<string>? ExcludeCalendars = null
);

/// <summary>The next instants of a trigger.</summary>
/// <param name="Warning">What the trigger means here and means differently elsewhere; not set when there is nothing to
/// say.</param>
public sealed record PreviewAnswer(IReadOnlyList<PreviewItem> Items, string? Warning = null);

/// <summary>One instant of a preview.</summary>
/// <param name="Local">The instant on the wall clock of the trigger's zone.</param>
/// <param name="Offset">The zone's offset from UTC, such as <c>+02:00</c>.</param>
/// <param name="Skipped">Why the instant will not be served, if so.</param>
public sealed record PreviewItem(DateTimeOffset Nominal, string Local, string Offset, string? Skipped = null);

/// <summary>
/// One occurrence: the job that it made, or why it made none; or a run of instants that follow each other and were all
/// missed for one reason.
/// </summary>
/// <param name="Nominal">The nominal instant; in a run the first.</param>
/// <param name="To">The last instant of a run; not set otherwise.</param>
/// <param name="Count">The number of instants in a run; not set otherwise.</param>
public sealed record OccurrenceView(
    DateTimeOffset Nominal,
    Ids.JobId? JobId = null,
    string? Missed = null,
    DateTimeOffset? To = null,
    long? Count = null
);
