using System.Text.Json.Serialization;
using ScheduleZero.Contracts.Handlers;
using ScheduleZero.Contracts.Rest;

namespace ScheduleZero.Contracts.Offline;

/// <summary>The signed copy of a schedule: all that a handler needs to run the schedule by itself.</summary>
public sealed record KeptSchedule
{
    public required Guid ScheduleId { get; init; }

    public required string Namespace { get; init; }

    public required string Name { get; init; }

    public required int Version { get; init; }

    /// <summary>
    /// The handler that may have the copy and run it, with this <see cref="Hello.OfflineStore"/>, and no other.
    /// </summary>
    public required string Handler { get; init; }

    public required string Store { get; init; }

    public required TriggerRequest Trigger { get; init; }

    /// <summary>When the schedule was created; an interval without <c>startAt</c> begins here.</summary>
    public required DateTimeOffset CreatedAt { get; init; }

    public DateTimeOffset? StartAt { get; init; }

    public DateTimeOffset? EndAt { get; init; }

    public OverlapPolicy Overlap { get; init; }

    public TimeSpan Jitter { get; init; }

    /// <summary>The calendars on whose days the schedule does not fire; null for none.</summary>
    public IReadOnlyList<KeptCalendar>? Calendars { get; init; }

    public required string Method { get; init; }

    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingDefault), JsonConverter(typeof(NullIsAValueConverter))]
    public RawJson Params { get; init; }

    /// <summary>The longest time of one attempt.</summary>
    public required TimeSpan Timeout { get; init; }

    public required RetryPolicy Retry { get; init; }

    public IReadOnlyList<string>? Tags { get; init; }

    /// <summary>The start of the handler's time: instants up to this one are the Broker's.</summary>
    public required DateTimeOffset ValidFrom { get; init; }

    /// <summary>
    /// The end of the handler's time: instants after this one are the Broker's, until the handler gets a new copy.
    /// </summary>
    public required DateTimeOffset ValidUntil { get; init; }
}

public sealed record KeptCalendar(
    string Name,
    string TimeZone,
    IReadOnlyList<DateOnly> Dates,
    IReadOnlyList<DateRange> Ranges,
    IReadOnlyList<DayOfWeek> Weekdays
);
