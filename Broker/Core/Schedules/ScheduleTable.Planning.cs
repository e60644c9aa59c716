namespace ScheduleZero.Broker.Core.Schedules;

/// <summary>
/// Plans the next instant of a schedule: after each served instant, anew at a start of the Broker, and back when the
/// wall clock was set back. Also decides which schedules stand still.
/// </summary>
internal sealed partial class ScheduleTable
{
    /// <summary>Publishes which schedules were found standing still at the start of the Broker.</summary>
    public void Announce(Decision decision)
    {
        foreach (var slot in _toAnnounce)
        {
            PublishStopped(slot.Schedule, decision);
        }

        _toAnnounce.Clear();
    }

    /// <summary>
    /// Marks the schedules that are served beyond the wall clock, which was set back. Each is rewound by its own timer,
    /// a few in a turn, so that others come between.
    /// </summary>
    /// <returns>How many schedules are marked.</returns>
    public int SetBack(DateTimeOffset now)
    {
        var ahead = 0;
        foreach (var slot in slots.All)
        {
            if (ClockSetBack.MarkOf(slot.Schedule) > now)
            {
                slot.IsSetBack = true;
                slots.Arm(slot);
                ahead++;
            }
        }

        return ahead;
    }

    /// <summary>
    /// Plans the schedule from an instant on. Instants that were served stay served, also when the clock was set back
    /// meanwhile.
    /// </summary>
    private static Schedule Plan(ScheduleSlot slot, Schedule schedule, DateTimeOffset from)
    {
        if (schedule.Stopped is not null)
        {
            return schedule; // A schedule that stands still is planned when it goes on.
        }

        from = schedule.BackfilledUntil > from ? schedule.BackfilledUntil : from;
        var served = schedule.Passed ?? schedule.Queued ?? schedule.LastNominal;
        var next =
            served >= from
                ? NextInstant.After(schedule, slot.Clock, slot.Exclusions, served.Value, inclusive: false)
                : NextInstant.After(schedule, slot.Clock, slot.Exclusions, from, inclusive: true);
        return schedule with { NextNominal = next.At, ExcludedFrom = next.ExcludedFrom, PlannedFrom = from };
    }

    /// <summary>
    /// Plans a restored schedule anew from where it stood: the rules of time zones and the calendars may have changed
    /// since its row was written.
    /// </summary>
    private Schedule Replan(ScheduleSlot slot, Schedule schedule, DateTimeOffset now)
    {
        var due = schedule.Due;
        var from = schedule.PlannedFrom ?? (due < now ? due.Value : now);
        var isByNewDays = false;
        if (calendars.ChangedAt(schedule.Namespace, schedule.ExcludeCalendars) is { } changed && changed > from)
        {
            isByNewDays = true;
            from = due < changed ? due.Value : changed;
        }

        var planned = Plan(slot, schedule, from);
        if (planned.NextNominal == schedule.NextNominal)
        {
            return schedule;
        }

        // The row about a range of excluded instants is written when the first of them has passed. Whether the passed
        // instant was excluded cannot be told by new days, so the instants that these exclude get a row of their own.
        return !isByNewDays && schedule.Passed is { } passed && slot.Exclusions.ReasonAt(passed) is not null
            ? planned with
            {
                ExcludedFrom = null,
            }
            : planned;
    }

    /// <summary>
    /// Sets a schedule that was marked by <see cref="SetBack"/> back to the clock's time, and plans it from there.
    /// Other schedules stay as they are.
    /// </summary>
    private static Schedule RewindIfSetBack(ScheduleSlot slot, Schedule schedule, Decision decision)
    {
        if (!slot.IsSetBack)
        {
            return schedule;
        }

        slot.IsSetBack = false;
        slot.Doubt = null; // The instants that were served since the store was asked are in doubt again.
        var now = decision.Now.Wall;
        schedule = MissedRange.CutAt(now, slot, schedule, decision);
        var rewound = ClockSetBack.Rewind(schedule, now);
        return rewound == schedule ? schedule : Plan(slot, rewound, now);
    }

    /// <summary>
    /// The schedule with <see cref="Schedule.Stopped"/> brought up to date: the reason why its trigger or its calendars
    /// make it stand still now, or null.
    /// </summary>
    private Schedule UpdateStandstill(ScheduleSlot slot, Schedule schedule) =>
        (slot.TriggerProblem ?? calendars.ProblemOf(schedule.Namespace, schedule.ExcludeCalendars)) is var why
        && why == schedule.Stopped
            ? schedule
            : schedule with
            {
                Stopped = why,
            };

    /// <summary>Publishes that a schedule stands still from now on, for this reason, or goes on.</summary>
    private static void PublishStandstillChange(Schedule? before, Schedule after, Decision decision)
    {
        if (after.Stopped is not null && after.Stopped != before?.Stopped)
        {
            PublishStopped(after, decision);
        }
        else if (before?.Stopped is not null && after.Stopped is null)
        {
            Firing.Publish("schedule.wentOn", after, null, decision);
        }
    }

    private static void PublishStopped(Schedule schedule, Decision decision) =>
        Firing.Publish("schedule.stopped", schedule, schedule.Stopped, decision);
}
