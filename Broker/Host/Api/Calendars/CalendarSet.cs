using ScheduleZero.Broker.Core;
using ScheduleZero.Broker.Core.Calendars;
using ScheduleZero.Triggers;

namespace ScheduleZero.Broker.Host.Api.Calendars;

/// <summary>
/// The calendars of a namespace. Calendars are read in the loop, and each is compiled outside of it, when it is first
/// needed.
/// </summary>
internal sealed class CalendarSet(IEnumerable<CalendarRecord> calendars)
{
    private readonly Dictionary<string, CalendarRecord> _calendars = calendars.ToDictionary(
        calendar => calendar.Name,
        StringComparer.Ordinal
    );

    /// <summary>The compiled days of each calendar, or why there are none, by name.</summary>
    private readonly Dictionary<string, (ExcludedDays? Days, string? Problem)> _days = new(StringComparer.Ordinal);

    /// <summary>The exclusions that were made, by the names of their calendars.</summary>
    private readonly Dictionary<string, Exclusions> _sets = new(StringComparer.Ordinal);

    /// <summary>The calendars of these names that exist.</summary>
    public static CalendarSet Of(BrokerState state, string ns, IReadOnlyList<string>? names) =>
        new((names ?? []).Select(name => state.FindCalendar(ns, name)).OfType<CalendarRecord>());

    public string? Unknown(IReadOnlyList<string>? names) =>
        names?.FirstOrDefault(name => !_calendars.ContainsKey(name));

    /// <summary>Why the days of these calendars cannot be worked out here; null when they can.</summary>
    public string? Problem(IReadOnlyList<string>? names)
    {
        foreach (var name in names ?? [])
        {
            if (DaysOf(name, out var problem) is null)
            {
                return problem;
            }
        }

        return null;
    }

    /// <summary>The days of these calendars, all of which must exist and have no problem.</summary>
    public Exclusions Of(IReadOnlyList<string>? names)
    {
        if (names is null or { Count: 0 })
        {
            return Exclusions.None;
        }

        var key = string.Join(',', names);
        if (!_sets.TryGetValue(key, out var set))
        {
            _sets[key] = set = new Exclusions([.. names.Select(name => (name, DaysOf(name, out _)!))]);
        }

        return set;
    }

    private ExcludedDays? DaysOf(string name, out string? problem)
    {
        if (!_days.TryGetValue(name, out var found))
        {
            var days = _calendars.TryGetValue(name, out var calendar)
                ? calendar.TryToDays(out var why)
                : Missing(name, out why);
            _days[name] = found = (days, why);
        }

        problem = found.Problem;
        return found.Days;
    }

    private static ExcludedDays? Missing(string name, out string? why)
    {
        why = $"calendar {name}: it is not there";
        return null;
    }
}
