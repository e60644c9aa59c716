using ScheduleZero.Contracts.Offline;
using ScheduleZero.Triggers;

namespace ScheduleZero.HandlerAgent.Offline;

/// <summary>
/// A schedule in custody, with the clock that says when it is due. Not safe by itself: the lock of the
/// <see cref="OfflineCustodian"/> guards every member.
/// </summary>
internal sealed class CustodySchedule
{
    /// <summary>How many stretches of excluded days one search for the next instant may cross.</summary>
    private const int StretchesMax = 256;

    private readonly TriggerClock _clock;
    private readonly Exclusions _days;

    private CustodySchedule(VerifiedCopy copy, TriggerClock clock, Exclusions days) =>
        (Copy, _clock, _days) = (copy, clock, days);

    /// <summary>The signed copy that the Broker gave.</summary>
    public VerifiedCopy Copy { get; }

    /// <summary>Whether the copy is in its file; false when it could not be written.</summary>
    public bool IsOnDisk { get; set; }

    public KeptSchedule Schedule => Copy.Schedule;

    /// <summary>The next nominal instant that may run here; null when there is none.</summary>
    public DateTimeOffset? Next { get; private set; }

    /// <summary>Makes the clock of a copy.</summary>
    /// <param name="problem">Why the schedule cannot be run here; empty when it can.</param>
    /// <returns>Null when the schedule cannot be run here.</returns>
    public static CustodySchedule? TryCreate(VerifiedCopy copy, out string problem)
    {
        var schedule = copy.Schedule;
        if (TriggerClock.TryCreate(schedule.Trigger, schedule.CreatedAt, out var wrong) is not { } clock)
        {
            problem = $"schedule {schedule.Namespace}/{schedule.Name}: its trigger cannot be read: {wrong.Reason}";
            return null;
        }

        try
        {
            var days = new Exclusions([
                .. schedule.Calendars?.Select(c =>
                    (c.Name, new ExcludedDays(c.TimeZone, c.Weekdays, c.Dates, c.Ranges))
                ) ?? [],
            ]);
            problem = "";
            return new CustodySchedule(copy, clock, days);
        }
        catch (Exception e) when (e is TimeZoneNotFoundException or InvalidTimeZoneException)
        {
            problem =
                $"schedule {schedule.Namespace}/{schedule.Name}: the zone of one of its calendars is not known "
                + $"on this machine: {e.Message}";
            return null;
        }
    }

    /// <summary>Sets <see cref="Next"/> to the first nominal instant after this one that is not excluded.</summary>
    public void SetNextAfter(DateTimeOffset instant)
    {
        var (from, inclusive) = instant > Schedule.ValidFrom ? (instant, false) : (Schedule.ValidFrom, false);
        if (Schedule.StartAt is { } start && start > from)
        {
            (from, inclusive) = (start, true);
        }

        var next = _clock.Next(from, inclusive);
        for (var stretches = StretchesMax; next is { } excluded && stretches > 0 && IsExcluded(excluded); stretches--)
        {
            var steps = StretchesMax;
            next = _days.FirstFree(excluded, ref steps) is { } free
                ? _clock.Next(free, inclusive: free > excluded)
                : null;
        }

        Next = next <= Schedule.ValidUntil && (Schedule.EndAt is not { } end || next <= end) ? next : null;
    }

    /// <summary>
    /// Whether the instant lies on an excluded day. The question makes sense for <see cref="Next"/> too: a search
    /// crosses a bounded number of stretches of excluded days.
    /// </summary>
    public bool IsExcluded(DateTimeOffset instant) => _days.ReasonAt(instant) is not null;
}
