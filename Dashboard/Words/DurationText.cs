using System.Globalization;
using System.Text.RegularExpressions;
using ScheduleZero.Contracts;

namespace ScheduleZero.Dashboard.Words;

/// <summary>Reads durations as people type them, such as <c>2 h 30 min</c>, and writes them so.</summary>
internal static partial class DurationText
{
    /// <summary>What may stand in a field for a duration.</summary>
    public const string Help = "such as 90 s, 15 min, 2 h 30 min or 1 d";

    private const string Problem = "A duration is needed, " + Help + ".";

    public static string Of(TimeSpan? duration) => duration is { } value ? TriggerText.LongDuration(value) : "";

    /// <summary>Reads what somebody typed: numbers with units, or an ISO 8601 duration.</summary>
    /// <param name="duration">The duration; null when the field is empty.</param>
    /// <param name="problem">Why the text is no duration; null when it is one, or empty.</param>
    public static bool TryRead(string? text, out TimeSpan? duration, out string? problem)
    {
        (duration, problem) = (null, null);
        if (string.IsNullOrWhiteSpace(text))
        {
            return true;
        }

        if (IsoDuration.TryParse(text.Trim(), out var iso))
        {
            duration = iso;
            return true;
        }

        if (!Whole().IsMatch(text))
        {
            problem = Problem;
            return false;
        }

        var seconds = 0.0;
        foreach (Match part in Part().Matches(text))
        {
            seconds += double.Parse(part.Groups[1].Value, CultureInfo.InvariantCulture) * UnitOf(part.Groups[2].Value);
        }

        if (seconds > TimeSpan.MaxValue.TotalSeconds / 2)
        {
            problem = "This duration is too long.";
            return false;
        }

        duration = TimeSpan.FromMilliseconds(Math.Round(seconds * 1000));
        return true;
    }

    private static double UnitOf(string unit) =>
        unit.ToLowerInvariant() switch
        {
            "s" or "sec" => 1,
            "m" or "min" => 60,
            "h" => 3600,
            "d" => 86_400,
            _ => 604_800,
        };

    [GeneratedRegex(@"^\s*(\d{1,12}(\.\d{1,3})?\s*(s|sec|m|min|h|d|w)\s*)+\z", Options)]
    private static partial Regex Whole();

    [GeneratedRegex(@"(\d{1,12}(?:\.\d{1,3})?)\s*(sec|s|min|m|h|d|w)", Options)]
    private static partial Regex Part();

    private const RegexOptions Options = RegexOptions.CultureInvariant | RegexOptions.IgnoreCase;
}
