using System.Globalization;
using ScheduleZero.Contracts;
using ScheduleZero.Contracts.Rest;

namespace ScheduleZero.Triggers;

/// <summary>
/// A trigger that is due every so many days, weeks or months of the calendar, at a time of day. A day that a month does
/// not have is skipped, never moved.
/// </summary>
internal sealed class CalendarIntervalClock : TriggerClock
{
    private const int YearMax = 2200;

    private readonly DateOnly _start;
    private readonly int _days;
    private readonly int _months;
    private readonly TimeOnly _timeOfDay;
    private readonly ZoneOffsets _offsets;

    private CalendarIntervalClock(DateOnly start, int days, int months, TimeOnly timeOfDay, TimeZoneInfo zone)
    {
        (_start, _days, _months, _timeOfDay) = (start, days, months, timeOfDay);
        Zone = zone;
        _offsets = ZoneOffsets.Of(zone);
    }

    public override TimeZoneInfo Zone { get; }

    public override DateTimeOffset? Next(DateTimeOffset after, bool inclusive)
    {
        // No zone is further from UTC than 14 hours, and no gap longer than a day.
        var near =
            after.UtcTicks > TimeSpan.TicksPerDay * 3
                ? DateOnly.FromDateTime(after.UtcDateTime.AddDays(-3))
                : DateOnly.MinValue;
        for (var n = Math.Max(0, CountTo(near)); DateOf(n) is { } date; n++)
        {
            if (date.Day == _start.Day || _days > 0)
            {
                var instant = new DateTimeOffset(_offsets.InstantOf(date.ToDateTime(_timeOfDay).Ticks), TimeSpan.Zero);
                if (instant > after || (inclusive && instant == after))
                {
                    return instant;
                }
            }
        }

        return null;
    }

    internal override bool? MeetsTimesOnce => true;

    internal override IEnumerable<long> LocalTimes(long from, long to)
    {
        var near = DateOnly.FromDateTime(new DateTime(from, DateTimeKind.Utc));
        for (
            var n = Math.Max(0, CountTo(near));
            DateOf(n) is { } date && date.DayNumber * TimeSpan.TicksPerDay < to;
            n++
        )
        {
            if (
                (date.Day == _start.Day || _days > 0)
                && date.ToDateTime(_timeOfDay).Ticks is var local
                && local >= from
                && local < to
            )
            {
                yield return local;
            }
        }
    }

    public static CalendarIntervalClock? Read(
        TriggerRequest trigger,
        DateTimeOffset origin,
        out (string Field, string Reason) problem
    )
    {
        int?[] given = [trigger.Months, trigger.Weeks, trigger.Days];
        if (
            given.Count(length => length is not null) != 1
            || given.Any(length => length is < 1 or > Limits.CalendarIntervalMax)
        )
        {
            problem = ("days", $"One of months, weeks and days is needed, 1 to {Limits.CalendarIntervalMax}.");
            return null;
        }

        if (
            !TimeOnly.TryParseExact(
                trigger.TimeOfDay,
                ["HH:mm", "HH:mm:ss"],
                CultureInfo.InvariantCulture,
                DateTimeStyles.None,
                out var timeOfDay
            )
        )
        {
            problem = ("timeOfDay", "A time of day is needed, such as \"02:30\".");
            return null;
        }

        if (trigger.StartOn is { Year: < 2000 or > YearMax })
        {
            problem = ("startOn", $"A date between the years 2000 and {YearMax} is needed.");
            return null;
        }

        return ZoneOf(trigger, out problem) is { } zone
            ? new CalendarIntervalClock(
                trigger.StartOn ?? DateOnly.FromDateTime(TimeZoneInfo.ConvertTime(origin, zone).Date),
                trigger.Days ?? (trigger.Weeks * 7) ?? 0,
                trigger.Months ?? 0,
                timeOfDay,
                zone
            )
            : null;
    }

    private int CountTo(DateOnly date) =>
        _days > 0
            ? (date.DayNumber - _start.DayNumber) / _days
            : ((((date.Year - _start.Year) * 12) + date.Month - _start.Month) / _months) - 1;

    // The date after n intervals; in a month that is too short for the day, its last day. Null beyond the last year.
    private DateOnly? DateOf(int n) =>
        _days > 0
            ? _start.DayNumber + ((long)n * _days) is var day
            && day < DateOnly.MaxValue.DayNumber
            && DateOnly.FromDayNumber((int)day) is { Year: <= YearMax } date
                ? date
                : null
            : ((long)_start.Year * 12) + ((long)n * _months) < (YearMax + 1) * 12L
            && _start.AddMonths(n * _months) is { Year: <= YearMax } month
                ? month
                : null;
}
