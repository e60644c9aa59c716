using ScheduleZero.Contracts.Rest;
using ScheduleZero.Dashboard.Words;

namespace ScheduleZero.Dashboard.Pages.Calendars;

/// <summary>The words of calendars.</summary>
internal static class CalendarText
{
    /// <summary>What a calendar excludes, such as <c>12 dates, 1 range, Saturday, Sunday</c>.</summary>
    public static string DaysOf(CalendarView calendar)
    {
        List<string> parts = [];
        if (calendar.Dates.Count > 0)
        {
            parts.Add(NumberText.Of(calendar.Dates.Count, "date", "dates"));
        }

        if (calendar.Ranges.Count > 0)
        {
            parts.Add(NumberText.Of(calendar.Ranges.Count, "range", "ranges"));
        }

        parts.AddRange(calendar.Weekdays.Select(day => day.ToString()));
        return parts.Count == 0 ? "none" : string.Join(", ", parts);
    }
}
