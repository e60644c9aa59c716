using System.Globalization;
using System.Text.RegularExpressions;

namespace ScheduleZero.Triggers;

/// <summary>
/// The hints for people who know crontab, Quartz, Jenkins, AWS or systemd: an expression that is refused gets a
/// sentence that says what to write here, and one that is accepted but means something else there gets a warning.
/// </summary>
internal static partial class CronHints
{
    private const string Fields = "Five fields are needed, or six with seconds first, or a macro such as @daily";

    private static readonly string[] Macros =
    [
        "@every_second",
        "@every_minute",
        "@hourly",
        "@daily",
        "@midnight",
        "@weekly",
        "@monthly",
        "@yearly",
        "@annually",
    ];

    /// <summary>
    /// Why the expression is refused, and what to write in its place; null for an expression of which nothing is known.
    /// </summary>
    public static string? Refusal(string expression, string[] fields) =>
        OfWholeForm(expression.Trim())
        ?? (
            fields[0].StartsWith('@')
                ? OfMacro(fields)
                : fields.Select(OfField).FirstOrDefault(hint => hint is not null) ?? OfCount(fields)
        );

    /// <summary>What the expression means here and does not mean elsewhere; null when it means the same.</summary>
    public static string? Warning(string[] fields)
    {
        if (fields.Length is not (5 or 6))
        {
            return null;
        }

        var (day, weekday) = (fields[^3], fields[^1]);
        if (IsBound(day) && IsBound(weekday))
        {
            return "Both day fields must hold here; crontab takes either. For either write an anyOf of two "
                + "cron triggers, one for each field.";
        }

        return (fields.Contains("?") || fields.Length == 6) && PlainWeekday().IsMatch(weekday)
            ? "Weekdays count from 0 or 7 (Sunday) and 1 (Monday) here; Quartz and AWS count 1 as Sunday. "
                + "Names such as MON mean the same everywhere."
            : null;
    }

    private static bool IsBound(string field) =>
        field is not ("*" or "?") && !field.StartsWith("*/", StringComparison.Ordinal);

    private static string? OfWholeForm(string text) =>
        Starts(text, "CRON_TZ=") || Starts(text, "TZ=")
            ? "The zone does not stand in the expression here: give it as timeZone, such as \"Europe/Berlin\"."
        : Starts(text, "cron(")
            ? "Leave cron( ) and the year out: five fields, minute first. Weekdays count from Sunday = 0 here, "
                + "not 1; names such as MON are the same."
        : Starts(text, "rate(")
            ? "A rate is a trigger of its own here: kind interval with every, such as PT5M for rate(5 minutes) "
                + "or P1D for rate(1 day)."
        : Starts(text, "at(") ? "A single instant is a trigger of its own here: kind once with at."
        : SystemdForm().IsMatch(text)
            ? "This is systemd's form. Here minute, hour, day, month and weekday stand in this order: Mon..Fri "
                + "*-*-* 02:30 is 30 2 * * MON-FRI."
        : null;

    private static string? OfMacro(string[] fields) =>
        fields[0].ToLowerInvariant() switch
        {
            "@every" =>
                "An interval is a trigger of its own here: kind interval with every, such as PT5M for @every 5m.",
            "@reboot" => "A schedule fires at instants, and a start is none: let what starts the program submit a job.",
            "@quarterly" => "@quarterly is not known here: write 0 0 1 1,4,7,10 *.",
            "@semiannually" or "@biannually" => $"{fields[0]} is not known here: write 0 0 1 1,7 *.",
            "@weekdays" => "@weekdays is not known here: write 0 0 * * MON-FRI.",
            "@weekends" => "@weekends is not known here: write 0 0 * * SAT,SUN.",
            var macro when Macros.Contains(macro, StringComparer.Ordinal) && fields.Length > 1 =>
                $"{macro} stands alone: leave out what follows it.",
            var macro when Macros.Contains(macro, StringComparer.Ordinal) => null,
            _ => string.Create(
                CultureInfo.InvariantCulture,
                $"This macro is not known here; known are {string.Join(", ", Macros)}. {Fields}; "
                    + $"{fields.Length} were given."
            ),
        };

    private static string? OfField(string field) =>
        FullName().Match(field) is { Success: true } name
            ? $"Names have three letters here: write {name.Value[..3].ToUpperInvariant()} for {name.Value}."
        : ShortName().Replace(field, "").Contains('H', StringComparison.OrdinalIgnoreCase)
            ? "H is not known here; give a minute, and a jitter if many run at once."
        : field.Contains('~', StringComparison.Ordinal)
            ? "~ is not known here; give a minute, and a jitter if many run at once."
        : null;

    private static string? OfCount(string[] fields)
    {
        if (fields.Length == 7 && Year().IsMatch(fields[6]))
        {
            return "There is no field for the year here: leave it out, and bound the schedule with startAt and endAt.";
        }

        if (fields.Length == 6 && FourDigits().IsMatch(fields[5]))
        {
            return "The last of these fields looks like a year, for which there is no field here: leave it "
                + "out, and bound the schedule with startAt and endAt.";
        }

        if (
            fields.Length > 5
            && fields.Skip(5).Any(field => field.StartsWith('/') || field.Contains('=', StringComparison.Ordinal))
        )
        {
            return "The command does not stand in the expression: a schedule names the method of its job, and "
                + "the expression ends with the weekday.";
        }

        return fields.Length is 5 or 6
            ? null
            : string.Create(CultureInfo.InvariantCulture, $"{Fields}; {fields.Length} were given.");
    }

    private static bool Starts(string text, string with) => text.StartsWith(with, StringComparison.OrdinalIgnoreCase);

    [GeneratedRegex(
        "JAN|FEB|MAR|APR|MAY|JUN|JUL|AUG|SEP|OCT|NOV|DEC|SUN|MON|TUE|WED|THU|FRI|SAT",
        RegexOptions.IgnoreCase | RegexOptions.CultureInvariant
    )]
    private static partial Regex ShortName();

    [GeneratedRegex(
        @"\b(?:(?:sun|mon|tues|wednes|thurs|fri|satur)day|january|february|march|april|june|july|august|"
            + @"september|october|november|december|sept|tues|thur|thurs)\b",
        RegexOptions.IgnoreCase | RegexOptions.CultureInvariant
    )]
    private static partial Regex FullName();

    [GeneratedRegex(@"^[0-9*?,/-]+$", RegexOptions.CultureInvariant)]
    private static partial Regex Year();

    [GeneratedRegex(@"(?<![0-9])(?:19|20|21)[0-9]{2}(?![0-9])", RegexOptions.CultureInvariant)]
    private static partial Regex FourDigits();

    [GeneratedRegex(@"\*-\*-|[0-9]:[0-9]|\.\.", RegexOptions.CultureInvariant)]
    private static partial Regex SystemdForm();

    [GeneratedRegex(@"^[0-9,\-/#L]+$", RegexOptions.CultureInvariant | RegexOptions.IgnoreCase)]
    private static partial Regex PlainWeekday();
}
