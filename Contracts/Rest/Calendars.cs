namespace ScheduleZero.Contracts.Rest;

/// <summary>
/// A calendar as posted: days on which the schedules that name the calendar do not fire. At most 5,000 dates and
/// ranges.
/// </summary>
public sealed record CalendarRequest
{
    public required string Name { get; init; }

    public string? Description { get; init; }

    /// <summary>The time zone of the days, as an IANA name; <c>UTC</c> when not given.</summary>
    public string? TimeZone { get; init; }

    /// <summary>Single days.</summary>
    public IReadOnlyList<DateOnly>? Dates { get; init; }

    /// <summary>Ranges of days, the first and the last day included.</summary>
    public IReadOnlyList<DateRange>? Ranges { get; init; }

    /// <summary>Days of every week, such as <c>saturday</c>.</summary>
    public IReadOnlyList<DayOfWeek>? Weekdays { get; init; }

    /// <summary>
    /// The text of an iCalendar file: the days that its events touch are excluded too. Events that repeat are written
    /// out for ten years from now.
    /// </summary>
    public string? Ics { get; init; }
}

/// <summary>A range of days.</summary>
/// <param name="From">The first day of the range.</param>
/// <param name="To">The last day of the range.</param>
public sealed record DateRange(DateOnly From, DateOnly To);

public sealed record CalendarView
{
    public required string Name { get; init; }

    public required string Namespace { get; init; }

    /// <summary>The calendar's version, which grows with each change; also the <c>ETag</c>.</summary>
    public required int Version { get; init; }

    public string? Description { get; init; }

    public required string TimeZone { get; init; }

    public required IReadOnlyList<DateOnly> Dates { get; init; }

    public required IReadOnlyList<DateRange> Ranges { get; init; }

    public required IReadOnlyList<DayOfWeek> Weekdays { get; init; }

    /// <summary>
    /// The last day that the rules of an imported file were written out to. Import the file again before then.
    /// </summary>
    public DateOnly? ImportedUntil { get; init; }

    /// <summary>What was left out of the imported file, and why. Not set when nothing was left out.</summary>
    public IReadOnlyList<string>? ImportNotes { get; init; }

    public required DateTimeOffset CreatedAt { get; init; }

    public required DateTimeOffset ChangedAt { get; init; }

    public required string CreatedBy { get; init; }

    public required string ChangedBy { get; init; }
}
