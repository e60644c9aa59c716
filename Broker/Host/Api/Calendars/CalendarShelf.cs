using ScheduleZero.Broker.Core;
using ScheduleZero.Broker.Core.Calendars;
using ScheduleZero.Triggers;

namespace ScheduleZero.Broker.Host.Api.Calendars;

/// <summary>Calendars of a namespace: looked up in the loop, and each made ready outside of it, once, when it is first needed.</summary>
internal sealed class CalendarShelf(IEnumerable<CalendarRecord> calendars)
{
    private readonly Dictionary<string, CalendarRecord> _calendars = calendars.ToDictionary(calendar => calendar.Name, StringComparer.Ordinal);
    private readonly Dictionary<string, ExcludedDays> _days = new(StringComparer.Ordinal);
    private readonly Dictionary<string, Exclusions> _sets = new(StringComparer.Ordinal);

    /// <summary>Those of the names that there are.</summary>
    public static CalendarShelf Of(BrokerState state, string ns, IReadOnlyList<string>? names) =>
        new((names ?? []).Select(name => state.FindCalendar(ns, name)).OfType<CalendarRecord>());

    public string? Unknown(IReadOnlyList<string>? names) => names?.FirstOrDefault(name => !_calendars.ContainsKey(name));

    /// <summary>The calendars of these names, all of which are there.</summary>
    public Exclusions Of(IReadOnlyList<string>? names)
    {
        if (names is null or { Count: 0 })
        {
            return Exclusions.None;
        }

        var key = string.Join(',', names);
        if (!_sets.TryGetValue(key, out var set))
        {
            _sets[key] = set = new Exclusions([.. names.Select(name => (name, DaysOf(name)))]);
        }

        return set;
    }

    private ExcludedDays DaysOf(string name)
    {
        if (!_days.TryGetValue(name, out var days))
        {
            _days[name] = days = _calendars[name].ToDays();
        }

        return days;
    }
}
