using ScheduleZero.Contracts.Offline;
using ScheduleZero.Triggers;

namespace ScheduleZero.HandlerAgent.Offline;

/// <summary>A kept schedule, made ready to be asked when it is due.</summary>
internal sealed class KeptSlot
{
    // Excluded stretches that are looked at on the way to an instant that is not.
    private const int StretchesMax = 256;

    private readonly TriggerClock _clock;
    private readonly Exclusions _days;

    private KeptSlot(VerifiedCopy copy, TriggerClock clock, Exclusions days) =>
        (Copy, _clock, _days) = (copy, clock, days);

    public VerifiedCopy Copy { get; }

    public bool IsOnDisk { get; set; }

    public KeptSchedule Schedule => Copy.Schedule;

    /// <summary>The next nominal instant that it may run here; null when there is none.</summary>
    public DateTimeOffset? Next { get; private set; }

    /// <param name="problem">Why it cannot be run here.</param>
    public static KeptSlot? TryCreate(VerifiedCopy copy, out string problem)
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
            return new KeptSlot(copy, clock, days);
        }
        catch (Exception e) when (e is TimeZoneNotFoundException or InvalidTimeZoneException)
        {
            problem =
                $"schedule {schedule.Namespace}/{schedule.Name}: the zone of one of its calendars is not known "
                + $"on this machine: {e.Message}";
            return null;
        }
    }

    /// <summary>The next is the first after this instant.</summary>
    public void LookAfter(DateTimeOffset instant)
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
    /// Also to be asked of <see cref="Next"/>: not every run of excluded days is looked through to its end.
    /// </summary>
    public bool IsExcluded(DateTimeOffset instant) => _days.ReasonAt(instant) is not null;
}
