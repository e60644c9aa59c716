namespace ScheduleZero.Broker.Core.Schedules;

/// <summary>
/// What comes next: planned from an instant on, worked out anew at a start, and taken back when the clock is; and what
/// stands still.
/// </summary>
internal sealed partial class ScheduleTable
{
    /// <summary>Tells of the schedules that a start found standing still.</summary>
    public void Announce(Decision decision)
    {
        foreach (var slot in _toAnnounce)
        {
            PublishStopped(slot.Schedule, decision);
        }

        _toAnnounce.Clear();
    }

    /// <summary>
    /// The wall clock was set back: no schedule is to be further than the clock. The work follows a few at a time, so
    /// that others come between.
    /// </summary>
    /// <returns>How many schedules had gone ahead.</returns>
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

    // From an instant on. One that was served stays served, also when the clock was set back meanwhile.
    private static Schedule Plan(ScheduleSlot slot, Schedule schedule, DateTimeOffset from)
    {
        if (schedule.Stopped is not null)
        {
            return schedule; // Planned when it goes on.
        }

        from = schedule.BackfilledUntil > from ? schedule.BackfilledUntil : from;
        var served = schedule.Passed ?? schedule.Queued ?? schedule.LastNominal;
        var next =
            served >= from
                ? NextInstant.After(schedule, slot.Clock, slot.Exclusions, served.Value, inclusive: false)
                : NextInstant.After(schedule, slot.Clock, slot.Exclusions, from, inclusive: true);
        return schedule with { NextNominal = next.At, ExcludedFrom = next.ExcludedFrom, PlannedFrom = from };
    }

    // Rules of zones, and calendars, may be others than when the row was written: what comes next is worked out anew,
    // from where the schedule stood.
    private Schedule Replanned(ScheduleSlot slot, Schedule schedule, DateTimeOffset now)
    {
        var due = schedule.Due;
        var from = schedule.PlannedFrom ?? (due < now ? due.Value : now);
        if (calendars.ChangedAt(schedule.Namespace, schedule.ExcludeCalendars) is { } changed && changed > from)
        {
            from = due < changed ? due.Value : changed;
        }

        var planned = Plan(slot, schedule, from);
        if (planned.NextNominal == schedule.NextNominal)
        {
            return schedule;
        }

        // The row of a run that calendars exclude is written when its first instant has passed.
        return schedule.Passed is { } passed && slot.Exclusions.ReasonAt(passed) is not null
            ? planned with
            {
                ExcludedFrom = null,
            }
            : planned;
    }

    // The schedule no further than the clock, and planned from there.
    private static Schedule Rewound(ScheduleSlot slot, Schedule schedule, Decision decision)
    {
        if (!slot.IsSetBack)
        {
            return schedule;
        }

        slot.IsSetBack = false;
        slot.Doubt = null; // What has been served since it was asked is in doubt again.
        var now = decision.Now.Wall;
        schedule = MissedRun.TakeBack(slot, schedule, now, decision);
        var rewound = ClockSetBack.Rewind(schedule, now);
        return rewound == schedule ? schedule : Plan(slot, rewound, now);
    }

    // An instant that may have been served while the clock stood ahead waits until the store has said whether it was.
    private (Schedule Schedule, bool IsAsking) ServeUnlessDoubtful(
        ScheduleSlot slot,
        Schedule schedule,
        DateTimeOffset nominal,
        Decision decision
    )
    {
        if (schedule.ServedAhead is not null && !ClockSetBack.IsInDoubt(schedule, nominal))
        {
            slot.Doubt = null;
            schedule = schedule with { ServedAhead = null };
        }

        if (schedule.ServedAhead is not null && slot.Exclusions.ReasonAt(nominal) is null)
        {
            switch (ClockSetBack.IsServed(slot, schedule, nominal, jobs, decision))
            {
                case null:
                    return (schedule, true);
                case true:
                    return (Plan(slot, schedule with { Passed = nominal }, nominal), false);
                default:
                    // A row of then may say that it was missed.
                    decision.Changes.Add(new Change.OccurrenceMade(schedule.Id, nominal));
                    break;
            }
        }

        return (firing.Serve(slot, schedule, nominal, decision), false);
    }

    // An edit does not wait for a long backlog: what is left of it leaves one row.
    private static void GiveUp(ScheduleSlot slot, Decision decision)
    {
        if (slot.Schedule.Due is { } left && left <= decision.Now.Wall)
        {
            slot.Schedule = Firing.Miss(
                slot.Schedule,
                left,
                $"missed, with all that were due until {decision.Now.Wall:O}: the schedule was changed before "
                    + "they had been made up for",
                decision
            );
        }
    }

    // Nobody knows what it ran of these instants: they are left to it, should it ever come back.
    private static Schedule TakeBack(ScheduleSlot slot, Schedule schedule, Decision decision)
    {
        var keeping = schedule.Keeping!;
        if (schedule.Due is { } left && left <= keeping.Until)
        {
            schedule = Firing.Miss(
                schedule,
                left,
                $"with all up to {keeping.Until:O} left to handler {schedule.Job.Handler}, which kept the "
                    + "schedule and has not come back",
                decision
            );
            schedule = schedule with { Passed = keeping.Until };
        }

        return Plan(slot, schedule with { Keeping = null }, keeping.Until);
    }

    private Schedule Judged(ScheduleSlot slot, Schedule schedule) =>
        (slot.TriggerProblem ?? calendars.ProblemOf(schedule.Namespace, schedule.ExcludeCalendars)) is var why
        && why == schedule.Stopped
            ? schedule
            : schedule with
            {
                Stopped = why,
            };

    private static void TellIfMoved(Schedule? before, Schedule after, Decision decision)
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
