using Ical.Net;
using Ical.Net.CalendarComponents;
using Ical.Net.DataTypes;
using Ical.Net.Evaluation;
using ScheduleZero.Contracts;
using ScheduleZero.Contracts.Rest;
using Calendar = Ical.Net.Calendar;

namespace ScheduleZero.Broker.Host.Api.Calendars;

/// <summary>The days that the events of an iCalendar file touch.</summary>
/// <param name="Until">The last day up to which rules were written out; null for a file without rules.</param>
/// <param name="Notes">The parts of the file that were left out, and why.</param>
internal sealed record IcsDays(
    IReadOnlyList<DateOnly> Dates,
    IReadOnlyList<DateRange> Ranges,
    DateOnly? Until,
    IReadOnlyList<string> Notes
);

/// <summary>
/// Reads iCalendar files. Recurring events are written out from a year ago to ten years from now. Everything that takes
/// time is bounded before it begins, so that nobody can keep a processor busy with one line of text.
/// </summary>
internal static class IcsImport
{
    private const int YearsAhead = 10;
    private const int OccurrencesMax = 100_000;
    private const int ReasonLengthMax = 200;

    private static readonly DateOnly First = new(2000, 1, 1);
    private static readonly DateOnly Last = new(2200, 12, 31);
    private static readonly EvaluationOptions Options = new() { MaxUnmatchedIncrementsLimit = 1_000 };

    /// <summary>
    /// The days of a file; null, with the problem, for a text that is no such file or asks for too much.
    /// </summary>
    public static IcsDays? Read(string ics, TimeZoneInfo zone, DateOnly today, out string? problem)
    {
        if (IcsLines.Read(ics, zone, today, out problem) is not { } text)
        {
            return null;
        }

        try
        {
            var calendars = CalendarCollection.Load(text.Lines);
            var events = calendars.SelectMany(calendar => calendar.Events).ToList();
            var (from, until) = (today.AddYears(-1), today.AddYears(YearsAhead));
            problem = IcsBounds.Check(events, until);
            if (problem is not null || Write(calendars, events, zone, from, until, out problem) is not { } days)
            {
                return null;
            }

            return days with
            {
                Notes = NotesOf(text, events, from, until),
            };
        }
        catch (EvaluationLimitExceededException)
        {
            problem = "A rule of the file finds no day in what is searched.";
            return null;
        }
        // The iCalendar library throws exceptions of many types for text that is wrong, and nothing else throws here.
#pragma warning disable CA1031
        catch (Exception e)
#pragma warning restore CA1031
        {
            problem =
                "The text is no iCalendar file that can be read: "
                + $"{e.Message[..Math.Min(e.Message.Length, ReasonLengthMax)]}";
            return null;
        }
    }

    private static IcsDays? Write(
        CalendarCollection calendars,
        List<CalendarEvent> events,
        TimeZoneInfo zone,
        DateOnly from,
        DateOnly until,
        out string? problem
    )
    {
        var days = new SortedSet<int>();
        var seen = 0;
        var series = new IcsSeries(events);
        foreach (var (start, end) in calendars.SelectMany(calendar => OccurrencesOf(calendar, series, from, until)))
        {
            var (first, last) = DaysOf(start, end, zone);
            var (low, high) = (Math.Max(first.DayNumber, First.DayNumber), Math.Min(last.DayNumber, Last.DayNumber));
            if (++seen > OccurrencesMax || high - low > OccurrencesMax)
            {
                problem = $"The events of the file take place more than {OccurrencesMax} times, or for as many days.";
                return null;
            }

            for (var day = low; day <= high; day++)
            {
                days.Add(day);
            }
        }

        var ranges = Runs(days);
        problem =
            ranges.Count > Limits.CalendarDaysMax
                ? $"The events of the file touch {ranges.Count} separate stretches of days; "
                    + $"{Limits.CalendarDaysMax} is the most."
                : null;
        return problem is not null
            ? null
            : new IcsDays(
                [.. ranges.Where(range => range.From == range.To).Select(range => range.From)],
                [.. ranges.Where(range => range.From != range.To)],
                events.Exists(IcsBounds.Repeats) ? until : null,
                []
            );
    }

    private static List<string> NotesOf(IcsText text, List<CalendarEvent> events, DateOnly from, DateOnly until)
    {
        var outside = events.Count(e =>
            !IcsBounds.Repeats(e)
            && e.RecurrenceIdentifier is null
            && (e.DtStart!.Date > until || (e.EffectiveEndTimeOrStart().Date < from && e.DtStart.Date < from))
        );
        var notes = new List<string>();
        if (text.WithoutStart > 0)
        {
            notes.Add($"Left out: {text.WithoutStart} events that say no day (no DTSTART).");
        }

        if (outside > 0)
        {
            notes.Add($"Left out: {outside} single events before {from:yyyy-MM-dd} or after {until:yyyy-MM-dd}.");
        }

        return notes;
    }

    private static CalDateTime EffectiveEndTimeOrStart(this CalendarEvent e) => e.DtEnd ?? e.DtStart!;

    // Occurrences come in the order of their start, so the first one behind the end is the last that must be looked at.
    private static IEnumerable<(CalDateTime Start, CalDateTime? End)> OccurrencesOf(
        Calendar calendar,
        IcsSeries series,
        DateOnly from,
        DateOnly until
    ) =>
        calendar
            .GetOccurrences<CalendarEvent>(new CalDateTime(from), Options)
            .TakeWhile(occurrence => occurrence.Period.StartTime.Date <= until)
            .Select(series.PeriodOf)
            .OfType<(CalDateTime Start, CalDateTime? End)>();

    // The days of an occurrence. The end of the occurrence is exclusive: the first instant, or day, that does not
    // belong to it.
    private static (DateOnly First, DateOnly Last) DaysOf(CalDateTime start, CalDateTime? until, TimeZoneInfo zone)
    {
        var end = until ?? start;
        if (!start.HasTime)
        {
            return (start.Date, end.Date > start.Date ? end.Date.AddDays(-1) : start.Date);
        }

        var (first, last) = (LocalOf(start, zone), LocalOf(end, zone));
        return (DateOnly.FromDateTime(first), DateOnly.FromDateTime(last > first ? last.AddTicks(-1) : first));
    }

    // A time without a zone means the wall clock of the reader, which here is the clock of the calendar's zone.
    private static DateTime LocalOf(CalDateTime at, TimeZoneInfo zone) =>
        at.IsFloating
            ? at.Value
            : TimeZoneInfo.ConvertTimeFromUtc(DateTime.SpecifyKind(at.AsUtc, DateTimeKind.Utc), zone);

    private static List<DateRange> Runs(SortedSet<int> days)
    {
        var runs = new List<DateRange>();
        foreach (var day in days)
        {
            var date = DateOnly.FromDayNumber(day);
            if (runs.Count > 0 && runs[^1].To.DayNumber == day - 1)
            {
                runs[^1] = runs[^1] with { To = date };
            }
            else
            {
                runs.Add(new DateRange(date, date));
            }
        }

        return runs;
    }
}
