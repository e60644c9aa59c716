using ScheduleZero.Triggers;

namespace ScheduleZero.Broker.Core.Schedules;

/// <summary>What lies ahead of a schedule.</summary>
/// <param name="Next">The next instant that is to be served; null when there is none.</param>
/// <param name="ExcludedFrom">The first of a run of instants before it that calendars exclude.</param>
internal readonly record struct Course(DateTimeOffset? Next, DateTimeOffset? ExcludedFrom)
{
    /// <summary>
    /// Excluded stretches that are looked at on the way to an instant that is not excluded. Where that is not far
    /// enough, the course leads to an excluded instant, and goes on from there when its time has come.
    /// </summary>
    public const int StretchesMax = 256;

    public static Course After(
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
            return new Course(next, null);
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
                return new Course(null, first);
            }

            if (Firing.NextAfter(schedule, clock, free, inclusive: true, ref steps) is { } found)
            {
                at = found;
            }
            else if (steps > 0)
            {
                return new Course(null, first);
            }
        }

        return new Course(at, first);
    }
}
