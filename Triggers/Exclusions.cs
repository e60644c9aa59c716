namespace ScheduleZero.Triggers;

/// <summary>The calendars that one schedule names.</summary>
public sealed class Exclusions(IReadOnlyList<(string Name, ExcludedDays Days)> calendars)
{
    public static Exclusions None { get; } = new([]);

    public bool IsEmpty => calendars.Count == 0;

    /// <summary>Why a schedule does not fire at this instant; null when no calendar excludes it.</summary>
    public string? ReasonAt(DateTimeOffset instant)
    {
        foreach (var (name, days) in calendars)
        {
            if (days.Holds(instant))
            {
                return $"excluded by calendar {name}";
            }
        }

        return null;
    }

    /// <summary>The instant up to which the answer for another instant holds, at least.</summary>
    internal DateTimeOffset HoldsUntil(DateTimeOffset instant) =>
        calendars.Min(calendar => calendar.Days.EndOfDay(instant));

    /// <summary>
    /// The first instant, from this one on, that no calendar excludes; null when there is none. With no steps left, the
    /// instant returned has not been checked.
    /// </summary>
    public DateTimeOffset? FirstFree(DateTimeOffset instant, ref int steps)
    {
        for (
            var (agreeing, i) = (0, 0);
            agreeing < calendars.Count && steps > 0;
            i = (i + 1) % calendars.Count, steps--
        )
        {
            if (calendars[i].Days.EndOf(instant) is not { } end)
            {
                return null;
            }

            (agreeing, instant) = end == instant ? (agreeing + 1, instant) : (1, end);
        }

        return instant;
    }
}
