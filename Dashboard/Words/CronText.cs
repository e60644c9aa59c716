using System.Globalization;

namespace ScheduleZero.Dashboard.Words;

/// <summary>
/// Puts cron expressions in words, such as <c>at 02:15, from Monday to Friday</c>. Expressions that have no short and
/// true sentence get none: their instants say more.
/// </summary>
internal static class CronText
{
    /// <summary>The most times of day that are listed one by one.</summary>
    private const int TimesMax = 6;

    /// <summary>The most minutes of the hour that are listed one by one.</summary>
    private const int MinutesMax = 12;

    private static readonly char[] Blanks = [' ', '\t'];

    /// <summary>The words for an expression; null when it is not put in words.</summary>
    public static string? Of(string expression)
    {
        var text = expression.Trim(Blanks);
        if (text.StartsWith('@'))
        {
            return OfMacro(text.ToLowerInvariant());
        }

        var fields = text.Split(Blanks, StringSplitOptions.RemoveEmptyEntries);
        return fields switch
        {
            [var minute, var hour, var day, var month, var weekday] => OfFields("0", minute, hour, day, month, weekday),
            [var second, var minute, var hour, var day, var month, var weekday] => OfFields(
                second,
                minute,
                hour,
                day,
                month,
                weekday
            ),
            _ => null,
        };
    }

    private static string? OfMacro(string macro) =>
        macro switch
        {
            "@every_second" => "every second",
            "@every_minute" => "every minute",
            "@hourly" => "every hour",
            "@daily" or "@midnight" => "every day at 00:00",
            "@weekly" => "at 00:00 on Sundays",
            "@monthly" => "at 00:00 on the 1st",
            "@yearly" or "@annually" => "at 00:00 on the 1st, in January",
            _ => null,
        };

    private static string? OfFields(string second, string minute, string hour, string day, string month, string weekday)
    {
        if (
            CronField.Seconds(second) is not { } seconds
            || CronField.Seconds(minute) is not { } minutes
            || CronField.Hours(hour) is not { } hours
            || CronField.MonthsOfYear(month) is not { } months
            || CronDays.Of(day, weekday) is not { } days
            || Time(seconds, minutes, hours) is not { } time
        )
        {
            return null;
        }

        var inMonths = months.IsAny ? "" : $", in {List(months.Values, Month, months.IsRange)}";
        if (days.Length == 0)
        {
            return $"{(time.StartsWith("at ", StringComparison.Ordinal) ? "every day " : "")}{time}{inMonths}";
        }

        return $"{time}{(time.Contains(", from", StringComparison.Ordinal) ? "," : "")} {days}{inMonths}";
    }

    private static string? Time(CronField seconds, CronField minutes, CronField hours)
    {
        if (minutes.Values.Count * hours.Values.Count <= TimesMax && seconds.Single is { } second)
        {
            var times = hours.Values.SelectMany(hour => minutes.Values.Select(minute => OfDay(hour, minute, second)));
            return $"at {Join([.. times])}";
        }

        if (!minutes.IsAny || !hours.IsAny || seconds.Single == 0)
        {
            return seconds.Single == 0 ? MinutesAndHours(minutes, hours) : null;
        }

        return seconds.IsAny ? "every second"
            : seconds is { IsEven: true } && seconds.Values[0] == 0 ? $"every {seconds.Step} seconds"
            : seconds.Single is { } alone ? $"every minute, {alone} s after it begins"
            : null;
    }

    private static string? MinutesAndHours(CronField minutes, CronField hours)
    {
        var within = Within(hours);
        if (minutes.IsAny)
        {
            return within is null ? null : $"every minute{within}";
        }

        if (minutes.IsEven)
        {
            var from = minutes.Values[0] == 0 ? "" : $", from minute {minutes.Values[0]} of the hour";
            return within is null ? null : $"every {minutes.Step} minutes{from}{within}";
        }

        if (hours is { IsAny: false, IsEven: true } && minutes.Single is { } each)
        {
            return $"every {hours.Step} hours from {OfDay(hours.Values[0], each, 0)}";
        }

        if (hours.IsRange && !hours.IsAny && minutes.Single is { } minute)
        {
            return $"every hour from {OfDay(hours.Values[0], minute, 0)} to {OfDay(hours.Values[^1], minute, 0)}";
        }

        var isListed = minutes.IsRange || minutes.Values.Count <= MinutesMax;
        return within is null || !isListed ? null
            : minutes.Values is [0] ? $"every hour{within}"
            : $"every hour at minute{(minutes.Single is null ? "s" : "")} {Numbers(minutes)}{within}";
    }

    // The hours in which something holds: from the first minute of the first hour to the last minute of the last.
    private static string? Within(CronField hours) =>
        hours.IsAny ? ""
        : hours.IsRange || hours.Values.Count == 1
            ? $", from {OfDay(hours.Values[0], 0, 0)} to {OfDay(hours.Values[^1], 59, 0)}"
        : null;

    private static string OfDay(int hour, int minute, int second) =>
        second == 0
            ? string.Create(CultureInfo.InvariantCulture, $"{hour:00}:{minute:00}")
            : string.Create(CultureInfo.InvariantCulture, $"{hour:00}:{minute:00}:{second:00}");

    private static string Month(int month) => CultureInfo.InvariantCulture.DateTimeFormat.GetMonthName(month);

    private static string Numbers(CronField field) =>
        List(field.Values, value => value.ToString(CultureInfo.InvariantCulture), field.IsRange);

    /// <summary>Values as words: <c>a</c>, <c>a and b</c>, <c>a, b and c</c>, or <c>a to d</c> for a range.</summary>
    internal static string List(IReadOnlyList<int> values, Func<int, string> word, bool isRange) =>
        isRange && values.Count > 2 ? $"{word(values[0])} to {word(values[^1])}" : Join([.. values.Select(word)]);

    private static string Join(IReadOnlyList<string> words) =>
        words.Count == 1 ? words[0] : $"{string.Join(", ", words.SkipLast(1))} and {words[^1]}";
}
