using System.Globalization;
using System.Text;

namespace ScheduleZero.Broker.Host.Api.Calendars;

/// <summary>The part of an iCalendar file that the iCalendar library reads.</summary>
/// <param name="Lines">The events, with one property on each line.</param>
/// <param name="WithoutStart">How many events have no start, and were left out.</param>
internal sealed record IcsText(string Lines, int WithoutStart);

/// <summary>
/// Picks the lines of an iCalendar file that say when events take place. The library reads nothing else: the less of a
/// stranger's text it reads, the less there is that takes long or nests deep.
/// </summary>
internal static class IcsLines
{
    /// <summary>Marks an event that also replaces all later ones of its series.</summary>
    public const string AndFuture = "X-AND-FUTURE";

    /// <summary>
    /// How many single dates may be added to rules (RDATE) or removed from them (EXDATE). The number is bounded since
    /// the library compares each with each.
    /// </summary>
    private const int DatesMax = 2_000;
    private const int EventsMax = 2_000;

    /// <summary>The properties of events that the library reads.</summary>
    private static readonly string[] Properties =
    [
        "UID",
        "DTSTART",
        "DTEND",
        "DURATION",
        "RRULE",
        "EXRULE",
        "RDATE",
        "EXDATE",
        "RECURRENCE-ID",
        "STATUS",
        "SEQUENCE",
    ];

    /// <summary>The events of a file; null, with the problem, for a text that is no such file.</summary>
    /// <param name="zone">The calendar's zone, which times without a zone are read in.</param>
    /// <param name="today">The day around which zones of the file are compared with those of this machine.</param>
    public static IcsText? Read(string ics, TimeZoneInfo zone, DateOnly today, out string? problem)
    {
        var zones = new IcsZones();
        var events = Collect(ics, zones, out problem);
        problem ??=
            events.Count == 0 ? "An iCalendar file with events is needed: BEGIN:VCALENDAR … BEGIN:VEVENT …"
            : events.Count > EventsMax ? $"The text holds {events.Count} events; {EventsMax} is the most."
            : DatesOf(events) is > DatesMax and var dates
                ? $"The events name {dates} single dates (RDATE, EXDATE); {DatesMax} is the most."
            : zones.Problem(events.SelectMany(lines => lines), today);
        if (problem is not null)
        {
            return null;
        }

        var dated = events.Where(lines => lines.Exists(line => line.Name == "DTSTART")).ToList();
        problem = dated.Count == 0 ? "An event has no DTSTART." : null;
        return problem is null ? new IcsText(Write(dated, zones, zone), events.Count - dated.Count) : null;
    }

    private static int DatesOf(List<List<IcsLine>> events) =>
        events
            .SelectMany(lines => lines)
            .Where(line => line.Name is "RDATE" or "EXDATE")
            .Sum(line => 1 + line.Value.AsSpan().Count(','));

    // The properties of each event; none, or a problem, for a text whose components do not begin and end in turn.
    private static List<List<IcsLine>> Collect(string ics, IcsZones zones, out string? problem)
    {
        var events = new List<List<IcsLine>>();
        var open = new Stack<string>();
        problem = null;
        foreach (
            var line in Unfold(ics)
                .Split('\n')
                .Select(line => line.Trim())
                .Where(line => line.Length > 0)
                .Select(IcsLine.Of)
        )
        {
            if (line.Name is "BEGIN")
            {
                open.Push(line.Value.ToUpperInvariant());
                if (IsOfEvent(open))
                {
                    events.Add([]);
                }
            }
            else if (
                line.Name is "END"
                && (!open.TryPop(out var begun) || !begun.Equals(line.Value, StringComparison.OrdinalIgnoreCase))
            )
            {
                problem = "A component ends that did not begin.";
                return [];
            }
            else if (IsOfEvent(open) && Properties.Contains(line.Name, StringComparer.Ordinal))
            {
                events[^1].Add(line);
            }

            zones.Read(open, line);
        }

        return open.Count > 0 ? [] : events;
    }

    private static string Write(List<List<IcsLine>> events, IcsZones zones, TimeZoneInfo zone)
    {
        var text = new StringBuilder("BEGIN:VCALENDAR\r\n");
        foreach (var lines in events)
        {
            var start = lines.Find(line => line.Name == "DTSTART")!;
            text.Append("BEGIN:VEVENT\r\n");
            foreach (var line in lines)
            {
                text.Append(
                        zones.Known(
                            line.Name is "EXDATE" or "RECURRENCE-ID" ? WithKindOfStart(line, start, zone) : line
                        )
                    )
                    .Append("\r\n");
                if (line is { Name: "RECURRENCE-ID" } && line.Parameter("RANGE") is "THISANDFUTURE")
                {
                    text.Append(AndFuture).Append(":1\r\n");
                }
            }

            text.Append("END:VEVENT\r\n");
        }

        return text.Append("END:VCALENDAR\r\n").ToString();
    }

    // Gives a line the kind of its event's start. Some files name days of an all-day series by a time, or occurrences
    // of a timed series by a day, and the library compares only values of one kind.
    private static IcsLine WithKindOfStart(IcsLine line, IcsLine start, TimeZoneInfo zone)
    {
        var values = line.Value.Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries);
        if (start.IsDate)
        {
            var days = values.Select(value => DayOf(value, zone)).ToList();
            return days.Contains(null)
                ? line
                : line with
                {
                    Parameters = ";VALUE=DATE",
                    Value = string.Join(',', days),
                };
        }

        return line.IsDate && start.Value.IndexOf('T', StringComparison.Ordinal) is >= 0 and var time
            ? line with
            {
                Parameters = start.Parameters,
                Value = string.Join(',', values.Select(day => day + start.Value[time..])),
            }
            : line with
            {
                Parameters = line.Without("RANGE"),
            };
    }

    private static string? DayOf(string value, TimeZoneInfo zone)
    {
        if (
            value.EndsWith('Z')
            && DateTime.TryParseExact(
                value,
                "yyyyMMdd'T'HHmmss'Z'",
                CultureInfo.InvariantCulture,
                DateTimeStyles.AdjustToUniversal | DateTimeStyles.AssumeUniversal,
                out var instant
            )
        )
        {
            return TimeZoneInfo.ConvertTimeFromUtc(instant, zone).ToString("yyyyMMdd", CultureInfo.InvariantCulture);
        }

        return
            value.Length >= 8
            && DateOnly.TryParseExact(value[..8], "yyyyMMdd", CultureInfo.InvariantCulture, DateTimeStyles.None, out _)
            ? value[..8]
            : null;
    }

    private static bool IsOfEvent(Stack<string> open) => open.Count == 2 && open.Peek() == "VEVENT";

    // Joins lines: a line that begins with a blank continues the line before. Some programs write a byte order mark
    // first.
    private static string Unfold(string ics) =>
        ics.TrimStart('\uFEFF')
            .ReplaceLineEndings("\n")
            .Replace("\n ", "", StringComparison.Ordinal)
            .Replace("\n\t", "", StringComparison.Ordinal);
}
