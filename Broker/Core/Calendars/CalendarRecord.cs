using ScheduleZero.Contracts.Rest;
using ScheduleZero.Triggers;

namespace ScheduleZero.Broker.Core.Calendars;

/// <summary>
/// Days on which the schedules that name it do not fire. Never changed; a decision makes the next one.
/// </summary>
public sealed record CalendarRecord
{
    public required string Namespace { get; init; }

    public required string Name { get; init; }

    public required int Version { get; init; }

    public string? Description { get; init; }

    /// <summary>Whose days are meant, as an IANA name.</summary>
    public string TimeZone { get; init; } = "UTC";

    public IReadOnlyList<DateOnly> Dates { get; init; } = [];

    public IReadOnlyList<DateRange> Ranges { get; init; } = [];

    public IReadOnlyList<DayOfWeek> Weekdays { get; init; } = [];

    /// <summary>The last day that rules of an imported file were written out to.</summary>
    public DateOnly? ImportedUntil { get; init; }

    /// <summary>What was left out of the imported file, and why; null for nothing.</summary>
    public IReadOnlyList<string>? ImportNotes { get; init; }

    public required DateTimeOffset CreatedAt { get; init; }

    public required DateTimeOffset ChangedAt { get; init; }

    public required string CreatedBy { get; init; }

    public required string ChangedBy { get; init; }

    /// <summary>Its days, made ready to be asked.</summary>
    /// <exception cref="TimeZoneNotFoundException">Nobody here knows the zone.</exception>
    public ExcludedDays ToDays() => new(TimeZone, Weekdays, Dates, Ranges);

    /// <summary>The calendar's days; null, with the reason, where this machine does not know its zone.</summary>
    public ExcludedDays? TryToDays(out string? problem)
    {
        problem = TimeZoneInfo.TryFindSystemTimeZoneById(TimeZone, out _)
            ? null
            : $"calendar {Name}: {TriggerClock.UnknownZone(TimeZone)}";
        return problem is null ? ToDays() : null;
    }
}
