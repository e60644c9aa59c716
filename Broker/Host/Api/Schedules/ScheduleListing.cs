using System.Globalization;
using ScheduleZero.Broker.Core.Schedules;
using ScheduleZero.Broker.Host.Http;
using ScheduleZero.Contracts.Rest;

namespace ScheduleZero.Broker.Host.Api.Schedules;

/// <summary>
/// Cuts pages out of the schedules of a namespace. The cursor is the place of a page's last row in the order, so a
/// schedule that fires between two pages moves to its new place, and no other row is skipped.
/// </summary>
internal static class ScheduleListing
{
    /// <summary>One page of the schedules that pass the query.</summary>
    /// <exception cref="FormatException">The cursor is none that a page gave.</exception>
    public static Page<ScheduleView> Page(IEnumerable<Schedule> schedules, ScheduleListQuery query)
    {
        var order = query.OrderOrDefault;
        var limit = ((IPageQuery)query).LimitOrDefault();
        var after = query.Cursor is { } cursor ? ReadCursor(cursor, order) : default((long, string)?);
        var rows = schedules
            .Where(query.Fits)
            .Select(schedule => (Place: PlaceOf(schedule, order), Schedule: schedule))
            .Where(row => after is null || Compare(row.Place, after.Value) > 0)
            .OrderBy(row => row.Place, Comparer<(long, string)>.Create(Compare))
            .Take(limit + 1)
            .ToList();
        return new Page<ScheduleView>(
            [.. rows.Take(limit).Select(row => ScheduleViews.From(row.Schedule))],
            rows.Count > limit ? WriteCursor(rows[limit - 1].Place, order) : null
        );
    }

    // Schedules without a next instant come last.
    private static (long Ticks, string Name) PlaceOf(Schedule schedule, ScheduleOrder order) =>
        order == ScheduleOrder.Name ? (0, schedule.Name)
        : ScheduleListQuery.StateOf(schedule) == ScheduleState.Active
            ? (schedule.NextNominal!.Value.UtcTicks, schedule.Name)
        : (long.MaxValue, schedule.Name);

    private static int Compare((long Ticks, string Name) x, (long Ticks, string Name) y) =>
        x.Ticks.CompareTo(y.Ticks) is not 0 and var byTime ? byTime : string.CompareOrdinal(x.Name, y.Name);

    private static string WriteCursor((long Ticks, string Name) place, ScheduleOrder order) =>
        order == ScheduleOrder.Name
            ? place.Name
            : string.Create(CultureInfo.InvariantCulture, $"{place.Ticks}~{place.Name}");

    private static (long Ticks, string Name) ReadCursor(string cursor, ScheduleOrder order)
    {
        if (order == ScheduleOrder.Name)
        {
            return (0, cursor);
        }

        var end = cursor.IndexOf('~', StringComparison.Ordinal);
        return end > 0 && long.TryParse(cursor[..end], NumberStyles.None, CultureInfo.InvariantCulture, out var ticks)
            ? (ticks, cursor[(end + 1)..])
            : throw new FormatException("A time and a name are needed.");
    }
}
