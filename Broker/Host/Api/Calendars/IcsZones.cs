using System.Globalization;

namespace ScheduleZero.Broker.Host.Api.Calendars;

/// <summary>
/// The time zones that a file defines (VTIMEZONE). A zone whose name this machine does not know, such as Outlook's
/// "Customized Time Zone", is replaced by a zone of the machine that has the same offsets around now.
/// </summary>
internal sealed class IcsZones
{
    private const int ZonesMax = 50;
    private const int ObservancesMax = 20;

    private static readonly string[] Weekdays = ["SU", "MO", "TU", "WE", "TH", "FR", "SA"];

    /// <summary>The observances of each zone that the file defines, by the zone's name.</summary>
    private readonly Dictionary<string, List<Dictionary<string, string>>> _zones = new(
        StringComparer.OrdinalIgnoreCase
    );

    /// <summary>The zone of the machine that replaces a zone of the file, by the latter's name.</summary>
    private readonly Dictionary<string, string> _known = new(StringComparer.OrdinalIgnoreCase);

    /// <summary>The observances of the zone that is being read.</summary>
    private List<Dictionary<string, string>> _open = [];

    /// <summary>Reads a line that belongs to a zone; ignores others.</summary>
    public void Read(Stack<string> open, IcsLine line)
    {
        if (!open.Contains("VTIMEZONE"))
        {
            return;
        }

        if (line is { Name: "BEGIN", Value: "VTIMEZONE" })
        {
            _open = [];
        }
        else if (line.Name == "TZID" && _zones.Count < ZonesMax)
        {
            _zones[line.Value] = _open;
        }
        else if (line.Name == "BEGIN" && _open.Count < ObservancesMax)
        {
            _open.Add(new Dictionary<string, string>(StringComparer.Ordinal));
        }
        else if (_open.Count > 0 && open.Peek() is "STANDARD" or "DAYLIGHT")
        {
            _open[^1].TryAdd(line.Name, line.Value);
        }
    }

    /// <summary>
    /// Finds a zone for each name that the events use and the machine does not know. Null, or the problem with a name
    /// for which there is none.
    /// </summary>
    public string? Problem(IEnumerable<IcsLine> lines, DateOnly today)
    {
        foreach (
            var name in lines.Select(line => line.TimeZone).OfType<string>().Distinct(StringComparer.OrdinalIgnoreCase)
        )
        {
            if (TimeZoneInfo.TryFindSystemTimeZoneById(name, out _) || !_zones.TryGetValue(name, out var observances))
            {
                continue;
            }

            if (FindSimilarZone(observances, today) is not { } zone)
            {
                return "The file brings a zone of its own whose changes of the clock no zone of this machine has.";
            }

            _known[name] = zone;
        }

        return null;
    }

    /// <summary>The line with a zone that the machine knows in place of a zone that the file defines.</summary>
    public IcsLine Known(IcsLine line) =>
        line.TimeZone is { } name && _known.TryGetValue(name, out var zone)
            ? line with
            {
                Parameters = $";TZID={zone}{line.Without("TZID")}",
            }
            : line;

    // The zone of the machine that has the same offset at noon of every tenth day, from the year before to the year
    // after.
    private static string? FindSimilarZone(List<Dictionary<string, string>> observances, DateOnly today)
    {
        var from = new DateTime(today.Year - 1, 1, 1, 12, 0, 0, DateTimeKind.Utc);
        var onsets = observances
            .SelectMany(observance => Onsets(observance, from.Year - 1, from.Year + 3))
            .OrderBy(onset => onset.At)
            .ToList();
        if (onsets.Count == 0)
        {
            return null;
        }

        var samples = Enumerable
            .Range(0, 109)
            .Select(n => from.AddDays(10 * n))
            .Select(at => (at, Offset: OffsetAt(onsets, at)))
            .ToList();
        return TimeZoneInfo
            .GetSystemTimeZones()
            .FirstOrDefault(zone => samples.TrueForAll(sample => zone.GetUtcOffset(sample.at) == sample.Offset))
            ?.Id;
    }

    private static TimeSpan OffsetAt(List<(DateTime At, TimeSpan From, TimeSpan To)> onsets, DateTime at) =>
        onsets.FindLastIndex(onset => onset.At <= at) is >= 0 and var last ? onsets[last].To : onsets[0].From;

    // The instants in UTC at which an observance begins, with the offsets before and after.
    private static IEnumerable<(DateTime At, TimeSpan From, TimeSpan To)> Onsets(
        Dictionary<string, string> observance,
        int firstYear,
        int lastYear
    )
    {
        if (
            OffsetOf(observance.GetValueOrDefault("TZOFFSETFROM")) is not { } from
            || OffsetOf(observance.GetValueOrDefault("TZOFFSETTO")) is not { } to
            || !DateTime.TryParseExact(
                observance.GetValueOrDefault("DTSTART"),
                "yyyyMMdd'T'HHmmss",
                CultureInfo.InvariantCulture,
                DateTimeStyles.AssumeUniversal | DateTimeStyles.AdjustToUniversal,
                out var start
            )
        )
        {
            yield break;
        }

        if (!observance.TryGetValue("RRULE", out var rule) || RuleOf(rule) is not var (month, week, weekday))
        {
            yield return (Earlier(start, from), from, to);
            yield break;
        }

        for (var year = Math.Max(firstYear, start.Year); year <= lastYear; year++)
        {
            yield return (Earlier(DayOf(year, month ?? start.Month, week, weekday) + start.TimeOfDay, from), from, to);
        }
    }

    private static DateTime Earlier(DateTime local, TimeSpan offset) =>
        new(Math.Clamp(local.Ticks - offset.Ticks, DateTime.MinValue.Ticks, DateTime.MaxValue.Ticks), DateTimeKind.Utc);

    // Reads rules such as FREQ=YEARLY;BYMONTH=3;BYDAY=-1SU. No zone in use today needs another form.
    private static (int? Month, int Week, DayOfWeek Weekday)? RuleOf(string rule)
    {
        var parts = rule.ToUpperInvariant()
            .Split(';', StringSplitOptions.RemoveEmptyEntries)
            .Select(part => part.Split('=', 2))
            .Where(part => part.Length == 2)
            .GroupBy(part => part[0], StringComparer.Ordinal)
            .ToDictionary(part => part.Key, part => part.First()[1], StringComparer.Ordinal);
        if (
            parts.GetValueOrDefault("FREQ") != "YEARLY"
            || parts.GetValueOrDefault("BYDAY") is not { Length: >= 3 } day
            || Array.IndexOf(Weekdays, day[^2..]) is not (>= 0 and var weekday)
            || !int.TryParse(day[..^2], NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var week)
            || week is 0 or < -5 or > 5
        )
        {
            return null;
        }

        return (
            int.TryParse(
                parts.GetValueOrDefault("BYMONTH"),
                NumberStyles.None,
                CultureInfo.InvariantCulture,
                out var month
            ) && month is >= 1 and <= 12
                ? month
                : null,
            week,
            (DayOfWeek)weekday
        );
    }

    private static DateTime DayOf(int year, int month, int week, DayOfWeek weekday)
    {
        var days = DateTime.DaysInMonth(year, month);
        var first = 1 + ((weekday - new DateTime(year, month, 1, 0, 0, 0, DateTimeKind.Utc).DayOfWeek + 7) % 7);
        var count = ((days - first) / 7) + 1;
        var nth = week > 0 ? Math.Min(week, count) - 1 : Math.Max(0, count + week);
        return new DateTime(year, month, first + (7 * nth), 0, 0, 0, DateTimeKind.Utc);
    }

    private static TimeSpan? OffsetOf(string? text) =>
        text is { Length: 5 or 7 }
        && text[0] is '+' or '-'
        && text![1..].All(char.IsAsciiDigit)
        && new TimeSpan(Digits(text, 1), Digits(text, 3), text.Length == 7 ? Digits(text, 5) : 0) is var offset
        && offset < TimeSpan.FromHours(15)
            ? text[0] == '-'
                ? -offset
                : offset
            : null;

    private static int Digits(string text, int at) =>
        int.Parse(text.AsSpan(at, 2), NumberStyles.None, CultureInfo.InvariantCulture);
}
