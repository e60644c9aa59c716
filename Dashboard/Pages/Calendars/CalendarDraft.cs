using System.Globalization;
using System.Text;
using ScheduleZero.Contracts.Rest;
using ScheduleZero.Dashboard.Words;

namespace ScheduleZero.Dashboard.Pages.Calendars;

/// <summary>A calendar as somebody types it.</summary>
internal sealed class CalendarDraft
{
    private const string DateForm = "yyyy-MM-dd";

    public string Name { get; set; } = "";

    public string Description { get; set; } = "";

    public string TimeZone { get; set; } = "UTC";

    /// <summary>A date on each line, or two with <c>to</c> in between for a range.</summary>
    public string Days { get; set; } = "";

    public HashSet<DayOfWeek> Weekdays { get; } = [];

    /// <summary>The text of an iCalendar file whose days are added; empty for none.</summary>
    public string Ics { get; set; } = "";

    public static CalendarDraft Of(CalendarView calendar)
    {
        var days = new StringBuilder();
        foreach (var date in calendar.Dates)
        {
            days.Append(Text(date)).Append('\n');
        }

        foreach (var range in calendar.Ranges)
        {
            days.Append(Text(range.From)).Append(" to ").Append(Text(range.To)).Append('\n');
        }

        var draft = new CalendarDraft
        {
            Name = calendar.Name,
            Description = calendar.Description ?? "",
            TimeZone = calendar.TimeZone,
            Days = days.ToString(),
        };
        draft.Weekdays.UnionWith(calendar.Weekdays);
        return draft;
    }

    /// <summary>The calendar as REST takes it. What cannot be read is noted among the errors.</summary>
    public CalendarRequest Read(FieldErrors errors)
    {
        List<DateOnly> dates = [];
        List<DateRange> ranges = [];
        var lines = Days.Split('\n', StringSplitOptions.TrimEntries);
        for (var i = 0; i < lines.Length; i++)
        {
            if (lines[i].Length > 0 && !TryAdd(lines[i], dates, ranges))
            {
                errors.Add("days", $"Line {i + 1} is neither a date such as 2026-12-24 nor a range such as {Example}.");
                break;
            }
        }

        return new CalendarRequest
        {
            Name = Name.Trim(),
            Description = NullIfEmpty(Description),
            TimeZone = NullIfEmpty(TimeZone),
            Dates = dates.Count == 0 ? null : dates,
            Ranges = ranges.Count == 0 ? null : ranges,
            Weekdays = Weekdays.Count == 0 ? null : [.. Weekdays.Order()],
            Ics = NullIfEmpty(Ics),
        };
    }

    public const string Example = "2026-12-24 to 2027-01-01";

    private static bool TryAdd(string line, List<DateOnly> dates, List<DateRange> ranges)
    {
        var parts = line.Split(" to ", StringSplitOptions.TrimEntries);
        if (!TryDate(parts[0], out var first))
        {
            return false;
        }

        if (parts.Length == 1)
        {
            dates.Add(first);
            return true;
        }

        if (parts.Length > 2 || !TryDate(parts[1], out var last))
        {
            return false;
        }

        ranges.Add(new DateRange(first, last));
        return true;
    }

    private static bool TryDate(string text, out DateOnly date) =>
        DateOnly.TryParseExact(text, DateForm, CultureInfo.InvariantCulture, DateTimeStyles.None, out date);

    private static string Text(DateOnly date) => date.ToString(DateForm, CultureInfo.InvariantCulture);

    private static string? NullIfEmpty(string text) => text.Trim() is { Length: > 0 } given ? given : null;
}
