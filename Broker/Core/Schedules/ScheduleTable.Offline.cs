namespace ScheduleZero.Broker.Core.Schedules;

/// <summary>What follows for a schedule from what its handler ran while it was out of reach.</summary>
internal sealed partial class ScheduleTable
{
    /// <summary>
    /// Puts an instant behind the schedule, of which the handler that keeps the schedule has reported. Instants before
    /// it of which the handler reports nothing did not run: the misfire policy says what becomes of them.
    /// </summary>
    /// <param name="version">The version of the copy that the handler went by.</param>
    public void Pass(ScheduleSlot slot, DateTimeOffset nominal, int version, Decision decision)
    {
        var schedule = slot.Schedule;
        for (
            var served = 0;
            served < ServedAtOnceMax
                && version == schedule.Version
                && schedule is { Paused: false, Stopped: null }
                && schedule.Due < nominal
                && !ClockSetBack.IsInDoubt(schedule, schedule.Due.Value);
            served++
        )
        {
            schedule = firing.Serve(slot, schedule, schedule.Due!.Value, decision);
        }

        MissedRun.Tell(slot, decision);

        if (!schedule.Paused && schedule.Due < nominal)
        {
            schedule = Firing.Miss(
                schedule,
                schedule.Due!.Value,
                $"missed, with all that were due until {nominal:O}, of which the handler that keeps the "
                    + "schedule ran this one",
                decision
            );
        }

        slots.Put(slot, Plan(slot, schedule with { Passed = nominal }, nominal), decision);
    }

    /// <summary>Counts an occurrence that the handler ran by itself.</summary>
    public void CountRun(ScheduleSlot slot, DateTimeOffset nominal, Decision decision)
    {
        slot.Doubt = null;
        var schedule = slot.Schedule;
        var last = schedule.LastNominal > nominal ? schedule.LastNominal : nominal;
        slots.Put(slot, schedule with { LastNominal = last, Occurrences = schedule.Occurrences + 1 }, decision);
    }

    /// <summary>
    /// Forgets that an instant waited here for the job before: the handler that keeps the schedule has run it.
    /// </summary>
    public void Unqueue(ScheduleSlot slot, DateTimeOffset nominal, Decision decision)
    {
        if (slot.Schedule.Queued == nominal)
        {
            slots.Put(slot, slot.Schedule with { Queued = null }, decision);
        }
    }

    /// <summary>Notes an instant that did not become a job at the handler that keeps the schedule.</summary>
    public void Miss(ScheduleSlot slot, DateTimeOffset nominal, string reason, Decision decision) =>
        slots.Put(slot, Firing.Miss(slot.Schedule, nominal, reason, decision), decision);
}
