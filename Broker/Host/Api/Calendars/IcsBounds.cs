using Ical.Net;
using Ical.Net.CalendarComponents;
using Ical.Net.DataTypes;

namespace ScheduleZero.Broker.Host.Api.Calendars;

/// <summary>Bounds what the recurrence rules of an iCalendar file may ask for.</summary>
internal static class IcsBounds
{
    /// <summary>How many steps the rules of one file may take together, by a rough estimate.</summary>
    private const long StepsMax = 50_000;

    private const int ExpansionsMax = 400;

    /// <summary>Why writing out the rules of the events would cost too much; null when it would not.</summary>
    public static string? Check(List<CalendarEvent> events, DateOnly until)
    {
        if (events.Exists(e => e.DtStart is null))
        {
            return "An event has no DTSTART.";
        }

        var rules = events.SelectMany(e => RulesOf(e).Select(rule => (Rule: rule, Start: e.DtStart!.Date))).ToList();
        if (
            rules.Exists(entry =>
                entry.Rule.Frequency is FrequencyType.Secondly or FrequencyType.Minutely or FrequencyType.Hourly
            )
        )
        {
            return "A rule repeats more often than daily: days are what a calendar is about.";
        }

        if (rules.Exists(entry => Expansions(entry.Rule) > ExpansionsMax))
        {
            return "A rule names more times of a day, or days of a year, than are read.";
        }

        var steps = rules.Sum(entry =>
            Math.Max(1, until.DayNumber - (long)entry.Start.DayNumber) / DaysOf(entry.Rule) * Expansions(entry.Rule)
        );
        return steps > StepsMax
            ? "The rules of the file begin too long ago, or are too many, to be written out."
            : null;
    }

    public static bool Repeats(CalendarEvent e) => RulesOf(e).Any();

#pragma warning disable CS0618 // Rules that the library may still write out must be counted.
    private static IEnumerable<RecurrencePattern> RulesOf(CalendarEvent e) =>
        e.RecurrenceRules.Concat(e.ExceptionRules);
#pragma warning restore CS0618

    private static long DaysOf(RecurrencePattern rule) =>
        Math.Max(1, rule.Interval)
        * rule.Frequency switch
        {
            FrequencyType.Yearly => 365L,
            FrequencyType.Monthly => 28,
            FrequencyType.Weekly => 7,
            _ => 1,
        };

    // A list that is not given counts as one.
    private static long Expansions(RecurrencePattern rule) =>
        Most(rule.ByHour)
        * Most(rule.ByMinute)
        * Most(rule.BySecond)
        * Most(rule.ByMonth)
        * Math.Max(
            Math.Max(Most(rule.ByMonthDay), Most(rule.ByDay)),
            Math.Max(Most(rule.ByYearDay), Most(rule.ByWeekNo))
        );

    private static long Most<T>(List<T> list) => Math.Max(1, list.Count);
}
