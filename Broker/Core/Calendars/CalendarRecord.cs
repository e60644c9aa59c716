using ScheduleZero.Contracts.Rest;
using ScheduleZero.Triggers;

namespace ScheduleZero.Broker.Core.Calendars;

/// <summary>
/// A calendar: the days on which the schedules that name it do not fire. A record is never changed; saving the calendar
/// makes the next version.
/// </summary>
public sealed record CalendarRecord
{
    public required string Namespace { get; init; }

    public required string Name { get; init; }

    public required int Version { get; init; }

    public string? Description { get; init; }

    /// <summary>The IANA name of the time zone whose days are meant.</summary>
    public string TimeZone { get; init; } = "UTC";

    public IReadOnlyList<DateOnly> Dates { get; init; } = [];

    public IReadOnlyList<DateRange> Ranges { get; init; } = [];

    public IReadOnlyList<DayOfWeek> Weekdays { get; init; } = [];

    /// <summary>
    /// The last day up to which the recurring events of an imported iCalendar file were written out as dates; null for
    /// a calendar that was not imported.
    /// </summary>
    public DateOnly? ImportedUntil { get; init; }

    /// <summary>What was left out of the imported file, and why; null when nothing was.</summary>
    public IReadOnlyList<string>? ImportNotes { get; init; }

    public required DateTimeOffset CreatedAt { get; init; }

    public required DateTimeOffset ChangedAt { get; init; }

    public required string CreatedBy { get; init; }

    public required string ChangedBy { get; init; }

    /// <summary>Whether both calendars exclude the same days, written in the same way.</summary>
    public bool HasDaysOf(CalendarRecord other) =>
        TimeZone == other.TimeZone
        && Dates.SequenceEqual(other.Dates)
        && Ranges.SequenceEqual(other.Ranges)
        && Weekdays.SequenceEqual(other.Weekdays);

    /// <summary>The days of the calendar, in a form that is fast to search.</summary>
    /// <exception cref="TimeZoneNotFoundException">This machine does not know the time zone.</exception>
    public ExcludedDays ToDays() => new(TimeZone, Weekdays, Dates, Ranges);

    /// <summary>
    /// The days of the calendar, in a form that is fast to search; null, with the reason, where this machine does not
    /// know the calendar's time zone.
    /// </summary>
    public ExcludedDays? TryToDays(out string? problem)
    {
        problem = TimeZoneInfo.TryFindSystemTimeZoneById(TimeZone, out _)
            ? null
            : $"calendar {Name}: {TriggerClock.UnknownZone(TimeZone)}";
        return problem is null ? ToDays() : null;
    }
}
