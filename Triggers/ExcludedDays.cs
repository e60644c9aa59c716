using ScheduleZero.Contracts.Rest;

namespace ScheduleZero.Triggers;

/// <summary>
/// The days of one calendar, prepared for searches. A day lasts from the first instant at which the zone's clock shows
/// its midnight, or has leapt over it, to that of the next day.
/// </summary>
public sealed class ExcludedDays
{
    private const int WholeWeek = 0b111_1111;

    // The runs of excluded days, in days since 1 January of the year 1; in order, none touching the next.
    private readonly (int First, int Last)[] _runs;
    private readonly int _weekdays;
    private readonly ZoneOffsets _offsets;

    /// <summary>Prepares the days of a calendar.</summary>
    /// <exception cref="TimeZoneNotFoundException">This machine does not know the zone.</exception>
    public ExcludedDays(
        string timeZone,
        IEnumerable<DayOfWeek> weekdays,
        IEnumerable<DateOnly> dates,
        IEnumerable<DateRange> ranges
    )
    {
        _offsets = ZoneOffsets.Of(TimeZoneInfo.FindSystemTimeZoneById(timeZone));
        _weekdays = weekdays.Aggregate(0, (days, day) => days | (1 << (int)day));
        _runs = Merge(
            dates
                .Select(date => (date.DayNumber, date.DayNumber))
                .Concat(ranges.Select(range => (range.From.DayNumber, range.To.DayNumber)))
        );
    }

    public bool Holds(DateTimeOffset instant) => LastOfRun(DayAt(instant.UtcTicks)) is not null;

    /// <summary>
    /// The first instant after the excluded days that contain the instant; the instant itself where it is not excluded.
    /// Null when there is none.
    /// </summary>
    internal DateTimeOffset? EndOf(DateTimeOffset instant)
    {
        var first = DayAt(instant.UtcTicks);
        var day = first;
        while (LastOfRun(day) is { } last)
        {
            if (_weekdays == WholeWeek || last >= DateOnly.MaxValue.DayNumber - 1)
            {
                return null;
            }

            day = last + 1;
        }

        return day == first ? instant : new DateTimeOffset(StartOf(day), TimeSpan.Zero);
    }

    /// <summary>The end of the day that contains the instant.</summary>
    internal DateTimeOffset EndOfDay(DateTimeOffset instant) =>
        new(StartOf(DayAt(instant.UtcTicks) + 1), TimeSpan.Zero);

    // The last day of the run, or the single weekday, that excludes the day; null for a day that is not excluded.
    private int? LastOfRun(int day)
    {
        var (low, high) = (0, _runs.Length);
        while (low < high)
        {
            var middle = (low + high) / 2;
            (low, high) = _runs[middle].Last < day ? (middle + 1, high) : (low, middle);
        }

        // The first of January of the year 1 was a Monday.
        return low < _runs.Length && _runs[low].First <= day ? _runs[low].Last
            : (_weekdays & (1 << ((day + 1) % 7))) != 0 ? day
            : null;
    }

    // The day that an instant belongs to. Where the clock is set back over midnight, the hours that it shows again
    // belong to the day that has begun.
    private int DayAt(long utcTicks)
    {
        var day = (int)((utcTicks + _offsets.SpanAt(utcTicks).Offset) / TimeSpan.TicksPerDay);
        return StartOf(day + 1) <= utcTicks ? day + 1 : day;
    }

    private long StartOf(int day) => _offsets.InstantOf(day * TimeSpan.TicksPerDay);

    private static (int First, int Last)[] Merge(IEnumerable<(int First, int Last)> runs)
    {
        var merged = new List<(int First, int Last)>();
        foreach (var run in runs.Order())
        {
            if (merged.Count > 0 && run.First <= merged[^1].Last + 1)
            {
                merged[^1] = (merged[^1].First, Math.Max(merged[^1].Last, run.Last));
            }
            else
            {
                merged.Add(run);
            }
        }

        return [.. merged];
    }
}
