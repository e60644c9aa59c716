using ScheduleZero.Triggers;

namespace ScheduleZero.Broker.Core.Schedules;

/// <summary>The next nominal instant of a schedule.</summary>
/// <param name="At">The next instant that is to be served; null when there is none.</param>
/// <param name="ExcludedFrom">
/// The first of the instants before <paramref name="At"/> that calendars exclude; null when there are none.
/// </param>
internal readonly record struct NextInstant(DateTimeOffset? At, DateTimeOffset? ExcludedFrom)
{
    /// <summary>
    /// How many excluded stretches the search for an instant that is not excluded passes at most. Where these are not
    /// enough, the next instant is an excluded one, and the search goes on from there when that instant is due.
    /// </summary>
    public const int StretchesMax = 256;

    public static NextInstant After(
        Schedule schedule,
        TriggerClock clock,
        Exclusions exclusions,
        DateTimeOffset after,
        bool inclusive
    )
    {
        var next = Firing.NextAfter(schedule, clock, after, inclusive);
        if (exclusions.IsEmpty || next is not { } first || exclusions.ReasonAt(first) is null)
        {
            return new NextInstant(next, null);
        }

        var at = first;
        var steps = AllOfClock.SearchStepsMax;
        for (
            var stretches = StretchesMax;
            stretches > 0 && steps > 0 && exclusions.ReasonAt(at) is not null;
            stretches--
        )
        {
            if (exclusions.FirstFree(at, ref stretches) is not { } free)
            {
                return new NextInstant(null, first);
            }

            if (Firing.NextAfter(schedule, clock, free, inclusive: true, ref steps) is { } found)
            {
                at = found;
            }
            else if (steps > 0)
            {
                return new NextInstant(null, first);
            }
        }

        return new NextInstant(at, first);
    }
}
