namespace ScheduleZero.Broker.Core.Schedules;

/// <summary>Brings a schedule up to date with what its custodian ran while that handler was out of reach.</summary>
internal sealed partial class ScheduleTable
{
    /// <summary>
    /// Moves the schedule past an instant that its custodian has reported. Earlier instants about which the handler
    /// reports nothing did not run: the misfire policy decides about them.
    /// </summary>
    /// <param name="version">The version of the signed copy by which the handler ran the schedule.</param>
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

        MissedRange.Save(slot, decision);

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

    /// <summary>Counts an occurrence that the custodian ran while it was out of reach.</summary>
    public void CountRun(ScheduleSlot slot, DateTimeOffset nominal, Decision decision)
    {
        slot.Doubt = null;
        var schedule = slot.Schedule;
        var last = schedule.LastNominal > nominal ? schedule.LastNominal : nominal;
        slots.Put(slot, schedule with { LastNominal = last, Occurrences = schedule.Occurrences + 1 }, decision);
    }

    /// <summary>Forgets that an instant waited here for the job before, because the custodian has run it.</summary>
    public void Unqueue(ScheduleSlot slot, DateTimeOffset nominal, Decision decision)
    {
        if (slot.Schedule.Queued == nominal)
        {
            slots.Put(slot, slot.Schedule with { Queued = null }, decision);
        }
    }

    /// <summary>Records an instant that the custodian reported as missed.</summary>
    public void Miss(ScheduleSlot slot, DateTimeOffset nominal, string reason, Decision decision) =>
        slots.Put(slot, Firing.Miss(slot.Schedule, nominal, reason, decision), decision);
}
