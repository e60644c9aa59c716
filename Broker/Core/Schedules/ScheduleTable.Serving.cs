using ScheduleZero.Broker.Core.Jobs;
using ScheduleZero.Contracts.Ids;

namespace ScheduleZero.Broker.Core.Schedules;

/// <summary>Serves the instants of a schedule that are due, when its timer has run out.</summary>
internal sealed partial class ScheduleTable
{
    /// <summary>
    /// Does what the slot's timer is set for: ends a pause, makes the job of an occurrence that waited, serves the
    /// instants that are due, and lets a backfill go on.
    /// </summary>
    public void Tick(ScheduleSlot slot, Decision decision)
    {
        if (slot.Schedule.Paused)
        {
            Resume(slot, decision);
            return;
        }

        var schedule = RewindIfSetBack(slot, slot.Schedule, decision);
        if (schedule.Queued is not null && !firing.IsHeldUp(slot))
        {
            slot.Doubt = null; // An answer of the store from before this job is made does not know the job.
            schedule = firing.MakeQueued(slot, schedule, decision);
        }

        if (schedule.Stopped is not null)
        {
            slots.PutIfChanged(slot, schedule, decision);
            return;
        }

        if (stores.Holds(schedule) && OfflineStores.EndOf(schedule.Keeping!) <= decision.Now.Wall)
        {
            schedule = EndCustody(slot, schedule, decision);
        }

        schedule = ServeDue(slot, schedule, decision);
        if (slot.IsStale && !(schedule.Due <= decision.Now.Wall))
        {
            slot.IsStale = false;
            schedule = Plan(slot, schedule, decision.Now.Wall);
        }

        MissedRange.Save(slot, decision);
        slots.PutIfChanged(slot, backfilling.GoOn(slot, schedule, decision), decision);
    }

    /// <summary>
    /// Serves the instants of a schedule that are due, one after the other: as many as one turn may serve, and none
    /// behind an instant about which the store has to be asked.
    /// </summary>
    /// <returns>The schedule with the served instants behind it.</returns>
    private Schedule ServeDue(ScheduleSlot slot, Schedule schedule, Decision decision)
    {
        var changesMax = decision.Changes.Count + (2 * ServedAtOnceMax);
        var isAsking = false;
        while (
            !isAsking
            && decision.Changes.Count < changesMax
            && decision.InstantsPassed < Decision.InstantsPassedMax
            && !stores.Holds(schedule)
            && schedule.Due is { } nominal
            && nominal <= decision.Now.Wall
        )
        {
            (schedule, isAsking) = ServeUnlessDoubtful(slot, schedule, nominal, decision);
            decision.InstantsPassed++;
        }

        return schedule;
    }

    /// <summary>
    /// Serves an instant that is due. An instant that may have been served while the clock stood ahead waits until the
    /// store has answered whether it was.
    /// </summary>
    /// <returns>The schedule after the instant, and whether the instant waits for the store.</returns>
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
                    // A row from the time when the clock stood ahead may say that the instant was missed.
                    decision.Changes.Add(new Change.OccurrenceMade(schedule.Id, nominal));
                    break;
            }
        }

        return (firing.Serve(slot, schedule, nominal, decision), false);
    }

    /// <summary>
    /// Ends the custody of a handler that has not come back in time. Nobody knows which instants of this time the
    /// handler ran, so the Broker serves none of them: they stay with the handler, should it ever come back.
    /// </summary>
    private static Schedule EndCustody(ScheduleSlot slot, Schedule schedule, Decision decision)
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

    /// <summary>Receives the store's answer which instants of a backfill have their jobs.</summary>
    public void ReceivePresent(OccurrenceQuestion.OfBackfill asked, IReadOnlySet<JobId> present)
    {
        if (Find(asked.Namespace, asked.Schedule) is { } slot && Backfilling.TryReceive(slot, asked.Portion, present))
        {
            slots.Arm(slot);
        }
    }

    /// <summary>Receives the store's answer which instants were served while the clock stood ahead.</summary>
    public void ReceivePresent(OccurrenceQuestion.OfClockSetBack asked, IReadOnlySet<JobId> present)
    {
        if (Find(asked.Namespace, asked.Schedule) is { } slot)
        {
            ClockSetBack.Receive(slot, asked.Instants, present);
            slots.Arm(slot);
        }
    }

    /// <summary>Sets the timers of schedules of which an occurrence may have waited for a job that has ended.</summary>
    public void WakeAfterEndedJobs()
    {
        while (ended.TryDequeue(out var job))
        {
            WakeAfter(job);
        }
    }

    private void WakeAfter(Job job)
    {
        if (
            job.Occurrence is { } occurrence
            && Find(job.Namespace, occurrence.Schedule) is { } slot
            && (
                (slot.Schedule.Queued is not null && slot.LastJob == job.Id)
                || slot.Schedule.Backfill is { IsUnderWay: true, LastJob: var last } && last == job.Id
            )
        )
        {
            slots.Arm(slot);
        }
    }
}
