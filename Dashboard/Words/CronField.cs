using System.Globalization;

namespace ScheduleZero.Dashboard.Words;

/// <summary>One field of a cron expression as the set of its values, such as the minutes at which it holds.</summary>
/// <param name="Values">The values in rising order.</param>
/// <param name="First">The least value that the field may have.</param>
/// <param name="Last">The greatest value that the field may have.</param>
internal sealed record CronField(IReadOnlyList<int> Values, int First, int Last)
{
    private static readonly string[] Months =
    [
        "JAN",
        "FEB",
        "MAR",
        "APR",
        "MAY",
        "JUN",
        "JUL",
        "AUG",
        "SEP",
        "OCT",
        "NOV",
        "DEC",
    ];

    private static readonly string[] Weekdays = ["SUN", "MON", "TUE", "WED", "THU", "FRI", "SAT"];

    /// <summary>Whether the field holds always.</summary>
    public bool IsAny => Values.Count == Last - First + 1;

    /// <summary>The only value of the field; null when there are several.</summary>
    public int? Single => Values.Count == 1 ? Values[0] : null;

    /// <summary>Whether the values follow each other without a gap, and there are several.</summary>
    public bool IsRange => Values.Count > 1 && Values[^1] - Values[0] == Values.Count - 1;

    /// <summary>
    /// The distance between the values, when it is the same between all of them, from the first value to the end of the
    /// field; null otherwise.
    /// </summary>
    public int? Step =>
        Values.Count > 1
        && Enumerable.Range(1, Values.Count - 1).All(i => Values[i] - Values[i - 1] == Values[1] - Values[0])
        && Values[0] - First < Values[1] - Values[0]
        && Values[^1] + Values[1] - Values[0] > Last
            ? Values[1] - Values[0]
            : null;

    /// <summary>
    /// Whether the distance is the same over the end of the field too: minute 55 to minute 0 of the next hour.
    /// </summary>
    public bool IsEven => Step is { } step && (Last - First + 1) % step == 0;

    public static CronField? Seconds(string text) => Read(text, 0, 59, []);

    public static CronField? Hours(string text) => Read(text, 0, 23, []);

    public static CronField? DaysOfMonth(string text) => text == "?" ? Read("*", 1, 31, []) : Read(text, 1, 31, []);

    public static CronField? MonthsOfYear(string text) => Read(text, 1, 12, Months);

    /// <summary>Days of the week, 0 for Sunday; 7 is Sunday too.</summary>
    public static CronField? DaysOfWeek(string text)
    {
        var read = Read(text == "?" ? "*" : text, 0, 7, Weekdays);
        return read is null ? null : new CronField([.. read.Values.Select(day => day % 7).Distinct().Order()], 0, 6);
    }

    private static CronField? Read(string text, int first, int last, string[] names)
    {
        var values = new SortedSet<int>();
        foreach (var part in text.Split(','))
        {
            if (!TryAdd(part, first, last, names, values))
            {
                return null;
            }
        }

        return new CronField([.. values], first, last);
    }

    private static bool TryAdd(string part, int first, int last, string[] names, SortedSet<int> values)
    {
        var pieces = part.Split('/');
        var step = 1;
        if (pieces.Length > 2 || (pieces.Length == 2 && !TryNumber(pieces[1], out step)) || step < 1 || step > last)
        {
            return false;
        }

        var ends = pieces[0].Split('-');
        int from;
        int to;
        if (pieces[0] == "*")
        {
            (from, to) = (first, names == Weekdays ? 6 : last);
        }
        else if (!TryValue(ends[0], first, last, names, out from))
        {
            return false;
        }
        else if (ends.Length == 1)
        {
            to = pieces.Length == 2 ? last : from;
        }
        else if (ends.Length > 2 || !TryValue(ends[1], first, last, names, out to) || to < from)
        {
            // A range over the end of its field, such as FRI-MON, is not put in words.
            return false;
        }

        for (var value = from; value <= to; value += step)
        {
            values.Add(value);
        }

        return true;
    }

    private static bool TryValue(string text, int first, int last, string[] names, out int value)
    {
        var name = Array.FindIndex(names, known => known.Equals(text, StringComparison.OrdinalIgnoreCase));
        value = name + (names == Months ? 1 : 0);
        return name >= 0 || (TryNumber(text, out value) && value >= first && value <= last);
    }

    private static bool TryNumber(string text, out int value) =>
        int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out value);
}
