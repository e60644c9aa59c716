using ScheduleZero.Triggers;

namespace ScheduleZero.Broker.Core.Schedules.Forecasts;

/// <summary>What a change of a zone's clock does to a trigger.</summary>
public enum ClockEffect
{
    /// <summary>The clock leaps over the time: due right after the gap.</summary>
    Moved,

    /// <summary>The clock shows the time twice: due at the first.</summary>
    FirstOfTwo,

    /// <summary>The clock leaps over the times: not due.</summary>
    LeftOut,

    /// <summary>The clock shows the times twice: due at both.</summary>
    Both,
}

/// <param name="At">When the clock is changed.</param>
/// <param name="Before">The offset from UTC until then.</param>
/// <param name="After">The offset from then on.</param>
/// <param name="Local">The first time of the wall clock that is concerned.</param>
/// <param name="Times">How many are.</param>
public sealed record ClockChange(
    DateTimeOffset At,
    string Zone,
    TimeSpan Before,
    TimeSpan After,
    ClockEffect Effect,
    DateTime Local,
    int Times
);

public static class ClockChanges
{
    /// <summary>Times of one change that are counted; there may be more.</summary>
    public const int TimesMax = 4_000;

    /// <param name="meetTimesOnce">Of triggers that mean times of day; else of those that mean every so often.</param>
    public static IEnumerable<ClockChange> Of(
        TriggerClock clock,
        DateTimeOffset from,
        DateTimeOffset to,
        bool meetTimesOnce
    )
    {
        foreach (var part in clock.Parts)
        {
            foreach (var change in Of(part, from, to, meetTimesOnce))
            {
                yield return change;
            }
        }

        if (clock.MeetsTimesOnce != meetTimesOnce)
        {
            yield break;
        }

        var offsets = ZoneOffsets.Of(clock.Zone);
        for (var span = offsets.SpanAt(from.UtcTicks); span.End < to.UtcTicks; )
        {
            var next = offsets.SpanAt(span.End);
            var isGap = next.Offset > span.Offset;
            var (low, high) = (
                span.End + Math.Min(span.Offset, next.Offset),
                span.End + Math.Max(span.Offset, next.Offset)
            );
            var times = clock.LocalTimes(low, high).Take(TimesMax).ToList();
            if (times.Count > 0)
            {
                yield return new ClockChange(
                    new DateTimeOffset(span.End, TimeSpan.Zero),
                    clock.Zone.Id,
                    TimeSpan.FromTicks(span.Offset),
                    TimeSpan.FromTicks(next.Offset),
                    (isGap, meetTimesOnce) switch
                    {
                        (true, true) => ClockEffect.Moved,
                        (true, false) => ClockEffect.LeftOut,
                        (false, true) => ClockEffect.FirstOfTwo,
                        _ => ClockEffect.Both,
                    },
                    new DateTime(times[0], DateTimeKind.Unspecified),
                    times.Count
                );
            }

            span = next;
        }
    }
}
