using System.Text;

namespace ScheduleZero.Broker.Host.Api.Calendars;

/// <summary>
/// The lines of an iCalendar file that say when events take place. The library is shown nothing else: the less of a stranger's text it reads, the less there
/// is in it that takes long or goes deep.
/// </summary>
internal static class IcsLines
{
    /// <summary>Single dates that rules are given beside (RDATE) or that are taken out of them (EXDATE): the library compares each with each.</summary>
    private const int DatesMax = 2_000;
    private const int EventsMax = 2_000;

    private static readonly string[] Told = ["UID", "DTSTART", "DTEND", "DURATION", "RRULE", "EXRULE", "RDATE", "EXDATE", "RECURRENCE-ID", "STATUS", "SEQUENCE"];

    /// <returns>Null, with the problem, for a text that is no such file.</returns>
    public static string? Read(string ics, out string? problem)
    {
        var kept = new StringBuilder(Math.Min(ics.Length, 64 * 1024));
        var open = new Stack<string>();
        var (events, dates) = (0, 0);
        foreach (var line in Unfold(ics).Split('\n').Select(line => line.Trim()).Where(line => line.Length > 0))
        {
            var name = NameOf(line);
            if (name is "BEGIN")
            {
                open.Push(ValueOf(line));
            }

            if (IsOfEvent(open) ? name is "BEGIN" or "END" || Told.Contains(name, StringComparer.Ordinal) : open is { Count: 1 } && name is "BEGIN" or "END")
            {
                kept.Append(name is "BEGIN" or "END" ? $"{name}:{ValueOf(line)}" : line).Append("\r\n");
            }

            if (name is "END" && (!open.TryPop(out var begun) || begun != ValueOf(line)))
            {
                problem = "A component ends that did not begin.";
                return null;
            }

            events += name is "BEGIN" && IsOfEvent(open) ? 1 : 0;
            dates += name is "RDATE" or "EXDATE" ? 1 + line.AsSpan().Count(',') : 0;
        }

        problem = open.Count > 0 || events == 0 ? "An iCalendar file with events is needed: BEGIN:VCALENDAR … BEGIN:VEVENT …"
            : events > EventsMax ? $"The text holds {events} events; {EventsMax} is the most."
            : dates > DatesMax ? $"The events name {dates} single dates (RDATE, EXDATE); {DatesMax} is the most."
            : null;
        return problem is null ? kept.ToString() : null;
    }

    private static bool IsOfEvent(Stack<string> open) => open.Count == 2 && open.Peek() == "VEVENT";

    // A line that begins with a blank goes on with the one before.
    private static string Unfold(string ics) => ics.ReplaceLineEndings("\n").Replace("\n ", "", StringComparison.Ordinal).Replace("\n\t", "", StringComparison.Ordinal);

    private static string NameOf(string line) => line.IndexOfAny([':', ';']) is >= 0 and var end ? line[..end].ToUpperInvariant() : line;

    private static string ValueOf(string line) => line[(line.IndexOf(':', StringComparison.Ordinal) + 1)..].Trim().ToUpperInvariant();
}
