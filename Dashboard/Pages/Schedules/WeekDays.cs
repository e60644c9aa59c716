using ScheduleZero.Contracts.Rest;

namespace ScheduleZero.Dashboard.Pages.Schedules;

/// <summary>The starts of one day on the reader's clock.</summary>
/// <param name="Begin">The instant at which the day begins.</param>
/// <param name="Hours">The starts in each hour that the clock shows, 24 of them. An hour that the clock shows twice has
/// the starts of both.</param>
internal sealed record WeekDay(DateOnly Date, DateTimeOffset Begin, IReadOnlyList<long> Hours)
{
    public long Starts => Hours.Sum();

    /// <summary>What each hour means beside the fullest one, from 0 for no start to 4.</summary>
    /// <param name="most">The starts of the fullest hour of all days.</param>
    public int LevelOf(int hour, long most) =>
        Hours[hour] == 0 ? 0 : (int)Math.Clamp(Math.Ceiling(4.0 * Hours[hour] / Math.Max(1, most)), 1, 4);
}

/// <summary>Spreads the hours of a simulation over the days of the reader's clock.</summary>
internal static class WeekDays
{
    /// <summary>The Monday on or before a date.</summary>
    public static DateOnly MondayOf(DateOnly date) => date.AddDays(-(((int)date.DayOfWeek + 6) % 7));

    /// <summary>The instant at which a day begins: where the clock jumps over midnight, right after the gap.</summary>
    public static DateTimeOffset BeginOf(DateOnly date, TimeZoneInfo zone)
    {
        var local = date.ToDateTime(TimeOnly.MinValue);
        while (zone.IsInvalidTime(local))
        {
            local = local.AddMinutes(1);
        }

        var offset = zone.IsAmbiguousTime(local) ? zone.GetAmbiguousTimeOffsets(local).Max() : zone.GetUtcOffset(local);
        return new DateTimeOffset(local, offset);
    }

    /// <summary>The days of a simulation that begins with the first of them.</summary>
    /// <param name="days">The number of days.</param>
    public static IReadOnlyList<WeekDay> Of(SimulationAnswer simulation, DateOnly first, int days, TimeZoneInfo zone)
    {
        var hours = Enumerable.Range(0, days).Select(_ => new long[24]).ToArray();
        for (var i = 0; i < simulation.Hours.Count; i++)
        {
            var local = TimeZoneInfo.ConvertTime(simulation.From.AddHours(i), zone);
            var day = DateOnly.FromDateTime(local.DateTime).DayNumber - first.DayNumber;
            if (day >= 0 && day < days)
            {
                hours[day][local.Hour] += simulation.Hours[i];
            }
        }

        return [.. hours.Select((starts, i) => new WeekDay(first.AddDays(i), BeginOf(first.AddDays(i), zone), starts))];
    }
}
