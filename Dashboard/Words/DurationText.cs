using System.Globalization;
using System.Text.RegularExpressions;

namespace ScheduleZero.Dashboard.Words;

/// <summary>Reads durations that people type: <c>90 s</c>, <c>10 min</c>, <c>1 h 30 min</c>, <c>2d</c>.</summary>
internal static partial class DurationText
{
    private const int LengthMax = 60;
    private const double SecondsMax = 100 * 365 * 86_400d;

    public static bool TryParse(string text, out TimeSpan duration)
    {
        duration = default;
        if (text.Length > LengthMax || Whole().Match(text) is not { Success: true } match)
        {
            return false;
        }

        var seconds = 0d;
        var (numbers, units) = (match.Groups["number"].Captures, match.Groups["unit"].Captures);
        for (var i = 0; i < numbers.Count; i++)
        {
            seconds += double.Parse(numbers[i].Value, CultureInfo.InvariantCulture) * SecondsOf(units[i].Value);
        }

        if (seconds > SecondsMax)
        {
            return false;
        }

        duration = TimeSpan.FromSeconds(seconds);
        return true;
    }

    private static double SecondsOf(string unit) =>
        unit switch
        {
            "ms" => 0.001,
            "s" => 1,
            "m" or "min" => 60,
            "h" => 3_600,
            _ => 86_400,
        };

    [GeneratedRegex(@"\A\s*(?:(?<number>\d{1,12}(?:\.\d{1,6})?)\s*(?<unit>ms|s|min|m|h|d)\s*)+\z")]
    private static partial Regex Whole();
}
