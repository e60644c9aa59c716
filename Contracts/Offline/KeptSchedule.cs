using System.Text.Json.Serialization;
using ScheduleZero.Contracts.Handlers;
using ScheduleZero.Contracts.Rest;

namespace ScheduleZero.Contracts.Offline;

/// <summary>All that a handler needs to run one schedule by itself.</summary>
public sealed record KeptSchedule
{
    public required Guid ScheduleId { get; init; }

    public required string Namespace { get; init; }

    public required string Name { get; init; }

    public required int Version { get; init; }

    /// <summary>
    /// Who is to keep it, and run it: this handler, with this <see cref="Hello.OfflineStore"/>, and no other.
    /// </summary>
    public required string Handler { get; init; }

    public required string Store { get; init; }

    public required TriggerRequest Trigger { get; init; }

    /// <summary>Where an interval without <c>startAt</c> begins.</summary>
    public required DateTimeOffset CreatedAt { get; init; }

    public DateTimeOffset? StartAt { get; init; }

    public DateTimeOffset? EndAt { get; init; }

    public OverlapPolicy Overlap { get; init; }

    public TimeSpan Jitter { get; init; }

    /// <summary>Days on which it does not fire.</summary>
    public IReadOnlyList<KeptCalendar>? Calendars { get; init; }

    public required string Method { get; init; }

    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingDefault), JsonConverter(typeof(NullIsAValueConverter))]
    public RawJson Params { get; init; }

    /// <summary>Of one attempt.</summary>
    public required TimeSpan Timeout { get; init; }

    public required RetryPolicy Retry { get; init; }

    public IReadOnlyList<string>? Tags { get; init; }

    /// <summary>Instants up to this one are not the handler's.</summary>
    public required DateTimeOffset ValidFrom { get; init; }

    /// <summary>Instants after this one are not the handler's, until the Broker gives it a new copy.</summary>
    public required DateTimeOffset ValidUntil { get; init; }
}

public sealed record KeptCalendar(
    string Name,
    string TimeZone,
    IReadOnlyList<DateOnly> Dates,
    IReadOnlyList<DateRange> Ranges,
    IReadOnlyList<DayOfWeek> Weekdays
);
