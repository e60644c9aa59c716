using Ical.Net;
using Ical.Net.CalendarComponents;
using Ical.Net.DataTypes;

namespace ScheduleZero.Broker.Host.Api.Calendars;

/// <summary>
/// Adds to a series what the library does not handle: the last occurrence before UNTIL, where that lies earlier in its
/// year (month, week) than the start; and changes to an occurrence and all later ones (RANGE=THISANDFUTURE).
/// </summary>
internal sealed class IcsSeries
{
    // The library stops at the first step of a rule that lies behind UNTIL, though an occurrence of that step may lie
    // before UNTIL. So UNTIL is moved to the end of its step, and occurrences behind the real UNTIL are left out here.
    private readonly Dictionary<CalendarEvent, CalDateTime> _until = [];
    private readonly ILookup<string, CalendarEvent> _changes;

    public IcsSeries(List<CalendarEvent> events)
    {
        foreach (var e in events)
        {
#pragma warning disable CS0618 // The library may still write these rules out: with several rules none of them is moved.
            if (e.RecurrenceRules is [{ Until: { } until } rule])
#pragma warning restore CS0618
            {
                _until[e] = until;
                rule.Until = new CalDateTime(EndOfStep(rule.Frequency, until.Date));
            }
        }

        _changes = events
            .Where(e => e.RecurrenceIdentifier is not null && e.Properties.ContainsKey(IcsLines.AndFuture))
            .OrderBy(e => e.RecurrenceIdentifier!.StartTime.Value)
            .ToLookup(e => e.Uid ?? "", StringComparer.Ordinal);
    }

    /// <summary>When an occurrence begins and ends; null for one that does not take place.</summary>
    public (CalDateTime Start, CalDateTime? End)? PeriodOf(Occurrence occurrence)
    {
        var (start, end) = (occurrence.Period.StartTime, occurrence.Period.EffectiveEndTime);
        if (occurrence.Source is not CalendarEvent e)
        {
            return (start, end);
        }

        if (IsCancelled(e) || (_until.TryGetValue(e, out var until) && IsBehind(start, until) && !IsNamed(e, start)))
        {
            return null;
        }

        if (
            e.RecurrenceIdentifier is null
            && _changes[e.Uid ?? ""]
                .LastOrDefault(change => change.RecurrenceIdentifier!.StartTime.Value <= start.Value)
                is { } latest
        )
        {
            var moved = latest.DtStart!.Value - latest.RecurrenceIdentifier!.StartTime.Value;
            var length =
                latest.DtEnd is { } last ? last.Value - latest.DtStart.Value
                : end is null ? TimeSpan.Zero
                : end.Value - start.Value;
            return IsCancelled(latest) ? null : (Moved(start, moved), Moved(start, moved + length));
        }

        return (start, end);
    }

    private static bool IsCancelled(CalendarEvent e) =>
        "CANCELLED".Equals(e.Status, StringComparison.OrdinalIgnoreCase);

    private static bool IsBehind(CalDateTime start, CalDateTime until) =>
        !until.HasTime || !start.HasTime ? start.Date > until.Date
        : start.IsFloating || until.IsFloating ? start.Value > until.Value
        : start.AsUtc > until.AsUtc;

    // A date that is added to the rule (RDATE) takes place also behind the end of the rule.
    private static bool IsNamed(CalendarEvent e, CalDateTime start) =>
        e.RecurrenceDates.GetAllPeriods().Any(period => period.StartTime.Value == start.Value)
        || e.RecurrenceDates.GetAllDates().Any(date => date.Value == start.Value)
        || e.DtStart!.Value == start.Value;

    private static CalDateTime Moved(CalDateTime at, TimeSpan by) =>
        at.HasTime
            ? new CalDateTime(at.Value + by, at.TzId)
            : new CalDateTime(at.Date.AddDays((int)Math.Floor(by.TotalDays)));

    private static DateOnly EndOfStep(FrequencyType frequency, DateOnly until) =>
        frequency switch
        {
            FrequencyType.Yearly => new DateOnly(until.Year, 12, 31),
            FrequencyType.Monthly => new DateOnly(
                until.Year,
                until.Month,
                DateTime.DaysInMonth(until.Year, until.Month)
            ),
            FrequencyType.Weekly => until.DayNumber + 7 < DateOnly.MaxValue.DayNumber ? until.AddDays(7) : until,
            _ => until.DayNumber + 1 < DateOnly.MaxValue.DayNumber ? until.AddDays(1) : until,
        };
}
