using ScheduleZero.Triggers;

namespace ScheduleZero.Broker.Core.Schedules;

/// <summary>The instants of a trigger within a range that no calendar excludes.</summary>
public static class Instants
{
    /// <summary>Lists the instants of a range, earliest first.</summary>
    /// <param name="from">The start of the range, which belongs to it.</param>
    /// <param name="to">The end of the range, which does not belong to it.</param>
    public static IEnumerable<DateTimeOffset> Between(
        TriggerClock clock,
        Exclusions exclusions,
        DateTimeOffset from,
        DateTimeOffset to
    )
    {
        var next = clock.Next(from, inclusive: true);
        while (next is { } instant && instant < to)
        {
            if (exclusions.ReasonAt(instant) is null)
            {
                yield return instant;
                next = clock.Next(instant, inclusive: false);
                continue;
            }

            var steps = NextInstant.StretchesMax;
            next =
                exclusions.FirstFree(instant, ref steps) is { } free && free > instant
                    ? clock.Next(free, inclusive: true)
                    : null;
        }
    }
}
