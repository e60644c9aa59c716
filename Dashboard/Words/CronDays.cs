using System.Globalization;
using System.Text.RegularExpressions;

namespace ScheduleZero.Dashboard.Words;

/// <summary>Puts the two day fields of a cron expression in words.</summary>
internal static partial class CronDays
{
    /// <summary>The words for both fields; empty for any day, null when they are not put in words.</summary>
    public static string? Of(string dayOfMonth, string dayOfWeek)
    {
        if (InMonth(dayOfMonth) is not { } inMonth || InWeek(dayOfWeek) is not { } inWeek)
        {
            return null;
        }

        return inMonth.Length == 0 || inWeek.Length == 0
            ? inMonth + inWeek
            : $"{inMonth}, but only when that is also {inWeek}";
    }

    private static string? InMonth(string text)
    {
        if (text.Equals("L", StringComparison.OrdinalIgnoreCase))
        {
            return "on the last day of the month";
        }

        if (text.Equals("LW", StringComparison.OrdinalIgnoreCase))
        {
            return "on the last weekday of the month";
        }

        if (
            BeforeLast().Match(text) is { Success: true } beforeLast
            && Number(beforeLast) is >= 1 and <= 30 and var before
        )
        {
            return $"on the {Ordinal(before)} day before the last of the month";
        }

        if (NearWeekday().Match(text) is { Success: true } near && Number(near) is >= 1 and <= 31 and var day)
        {
            return $"on the weekday nearest to the {Ordinal(day)}";
        }

        return CronField.DaysOfMonth(text) switch
        {
            null => null,
            { IsAny: true } => "",
            { IsRange: true } range => $"from the {Ordinal(range.Values[0])} to the {Ordinal(range.Values[^1])}",
            { Step: 2 } odd when odd.Values[0] == 1 => "on the odd days of the month",
            var days => $"on the {CronText.List(days.Values, Ordinal, isRange: false)}",
        };
    }

    private static string? InWeek(string text)
    {
        if (LastOfMonth().Match(text) is { Success: true } last && Weekday(last) is { } lastDay)
        {
            return $"on the last {lastDay} of the month";
        }

        if (NthOfMonth().Match(text) is { Success: true } nth && Weekday(nth) is { } nthDay)
        {
            var number = int.Parse(nth.Groups[2].Value, CultureInfo.InvariantCulture);
            return $"on the {Ordinal(number)} {nthDay} of the month";
        }

        return CronField.DaysOfWeek(text) switch
        {
            null => null,
            { IsAny: true } => "",
            { Values: [0, 6] } => "on Saturdays and Sundays",
            { IsRange: true, Values.Count: > 2 } range => $"from {Name(range.Values[0])} to {Name(range.Values[^1])}",
            var days => $"on {CronText.List(days.Values, day => $"{Name(day)}s", isRange: false)}",
        };
    }

    private static string? Weekday(Match match) =>
        CronField.DaysOfWeek(match.Groups[1].Value)?.Single is { } day ? Name(day) : null;

    private static string Name(int day) => ((DayOfWeek)day).ToString();

    private static int Number(Match match) => int.Parse(match.Groups[1].Value, CultureInfo.InvariantCulture);

    private static string Ordinal(int number) =>
        number.ToString(CultureInfo.InvariantCulture)
        + (
            number is 11 or 12 or 13
                ? "th"
                : (number % 10) switch
                {
                    1 => "st",
                    2 => "nd",
                    3 => "rd",
                    _ => "th",
                }
        );

    [GeneratedRegex(@"^[Ll]-(\d{1,2})\z", RegexOptions.CultureInvariant)]
    private static partial Regex BeforeLast();

    [GeneratedRegex(@"^(\d{1,2})[Ww]\z", RegexOptions.CultureInvariant)]
    private static partial Regex NearWeekday();

    [GeneratedRegex(@"^([0-7]|[A-Za-z]{3})[Ll]\z", RegexOptions.CultureInvariant)]
    private static partial Regex LastOfMonth();

    [GeneratedRegex(@"^([0-7]|[A-Za-z]{3})#([1-5])\z", RegexOptions.CultureInvariant)]
    private static partial Regex NthOfMonth();
}
