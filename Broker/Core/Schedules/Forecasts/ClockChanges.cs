using ScheduleZero.Triggers;

namespace ScheduleZero.Broker.Core.Schedules.Forecasts;

/// <summary>What a change of a zone's clock does to a trigger.</summary>
public enum ClockEffect
{
    /// <summary>The clock leaps over the time of day, and the trigger is due right after the gap.</summary>
    Moved,

    /// <summary>The clock shows the time of day twice, and the trigger is due at the first.</summary>
    FirstOfTwo,

    /// <summary>The clock leaps over the times of day, and the trigger is not due.</summary>
    LeftOut,

    /// <summary>The clock shows the times of day twice, and the trigger is due at both.</summary>
    Both,
}

/// <summary>One change of a zone's clock, and what the change does to a trigger.</summary>
/// <param name="At">When the clock is changed.</param>
/// <param name="Zone">The IANA name of the time zone.</param>
/// <param name="Before">The offset from UTC until the change.</param>
/// <param name="After">The offset from UTC after the change.</param>
/// <param name="Local">The first time of the wall clock at which the trigger is concerned.</param>
/// <param name="Times">
/// How many times of the wall clock are concerned, <see cref="ClockChanges.TimesMax"/> at most.
/// </param>
public sealed record ClockChange(
    DateTimeOffset At,
    string Zone,
    TimeSpan Before,
    TimeSpan After,
    ClockEffect Effect,
    DateTime Local,
    int Times
);

/// <summary>Finds the changes of clocks that move, double or leave out instants of a trigger.</summary>
public static class ClockChanges
{
    /// <summary>How many times of one change are counted at most; there may be more.</summary>
    public const int TimesMax = 4_000;

    /// <summary>The changes of the clock, within a range of time, that concern a trigger or one of its parts.</summary>
    /// <param name="from">The start of the range.</param>
    /// <param name="to">The end of the range, which is not part of it.</param>
    /// <param name="meetTimesOnce">
    /// True for the triggers that mean times of day; false for those that mean a time every so often.
    /// </param>
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
            if (ChangeAt(clock, span.End, span.Offset, next.Offset) is { } change)
            {
                yield return change;
            }

            span = next;
        }
    }

    /// <summary>What one change of the zone's clock does to a trigger; null when no time of it is concerned.</summary>
    /// <param name="at">When the clock is changed, in ticks of UTC.</param>
    /// <param name="before">The offset from UTC before the change, in ticks.</param>
    /// <param name="after">The offset from UTC after the change, in ticks.</param>
    private static ClockChange? ChangeAt(TriggerClock clock, long at, long before, long after)
    {
        var times = clock
            .LocalTimes(at + Math.Min(before, after), at + Math.Max(before, after))
            .Take(TimesMax)
            .ToList();
        return times.Count == 0
            ? null
            : new ClockChange(
                new DateTimeOffset(at, TimeSpan.Zero),
                clock.Zone.Id,
                TimeSpan.FromTicks(before),
                TimeSpan.FromTicks(after),
                EffectOf(isGap: after > before, clock.MeetsTimesOnce == true),
                new DateTime(times[0], DateTimeKind.Unspecified),
                times.Count
            );
    }

    private static ClockEffect EffectOf(bool isGap, bool meetsTimesOnce) =>
        (isGap, meetsTimesOnce) switch
        {
            (true, true) => ClockEffect.Moved,
            (true, false) => ClockEffect.LeftOut,
            (false, true) => ClockEffect.FirstOfTwo,
            _ => ClockEffect.Both,
        };
}
