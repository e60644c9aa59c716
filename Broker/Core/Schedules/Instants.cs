using ScheduleZero.Triggers;

namespace ScheduleZero.Broker.Core.Schedules;

/// <summary>The instants of a trigger within a range that no calendar excludes.</summary>
public static class Instants
{
    /// <param name="from">Itself included.</param>
    /// <param name="to">Itself not.</param>
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
