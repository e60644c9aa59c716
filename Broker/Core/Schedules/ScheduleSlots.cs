using ScheduleZero.Broker.Core.Timing;

namespace ScheduleZero.Broker.Core.Schedules;

/// <summary>
/// The places of all schedules in memory. Every change of a schedule is written here, so that the schedule's timer
/// never parts from what the schedule waits for.
/// </summary>
internal sealed class ScheduleSlots(OfflineStores stores, Firing firing, Backfilling backfilling, TimerHeap wall)
{
    private readonly Dictionary<(string Namespace, string Name), ScheduleSlot> _slots = [];

    public int Count => _slots.Count;

    public IEnumerable<ScheduleSlot> All => _slots.Values;

    public ScheduleSlot? Find(string ns, string name) => _slots.GetValueOrDefault((ns, name));

    /// <summary>Puts a slot in its place; its timer is set with the next <see cref="Arm"/>.</summary>
    public void Add(ScheduleSlot slot) => _slots[(slot.Schedule.Namespace, slot.Schedule.Name)] = slot;

    public void Remove(ScheduleSlot slot)
    {
        TimerHeap.Clear(slot);
        _slots.Remove((slot.Schedule.Namespace, slot.Schedule.Name));
    }

    /// <summary>Saves the schedule as it is now, and sets its timer.</summary>
    public void Put(ScheduleSlot slot, Schedule schedule, Decision decision)
    {
        slot.Schedule = schedule;
        decision.Changes.Add(new Change.ScheduleSaved(schedule));
        Arm(slot);
    }

    /// <summary>As <see cref="Put"/>, but writes nothing when the schedule is as it was.</summary>
    public void PutIfChanged(ScheduleSlot slot, Schedule schedule, Decision decision)
    {
        if (schedule == slot.Schedule)
        {
            Arm(slot);
        }
        else
        {
            Put(slot, schedule, decision);
        }
    }

    /// <summary>Saves in which store of a handler a copy of the schedule lies, and sets the schedule's timer.</summary>
    /// <param name="keeping">Null when no copy lies anywhere.</param>
    public void PutKeeping(ScheduleSlot slot, Keeping? keeping, Decision decision)
    {
        if (keeping == slot.Schedule.Keeping)
        {
            Arm(slot);
        }
        else
        {
            Put(slot, slot.Schedule with { Keeping = keeping }, decision);
        }
    }

    /// <summary>Sets the timer for what the schedule waits for, or clears it.</summary>
    public void Arm(ScheduleSlot slot)
    {
        var due = DueOf(slot);
        if (
            slot.Schedule is { Paused: false, Stopped: null }
            && backfilling.Due(slot) is { } backfillDue
            && !(due <= backfillDue)
        )
        {
            due = backfillDue;
        }

        if (due is { } instant)
        {
            wall.Set(slot, instant.UtcTicks);
        }
        else
        {
            TimerHeap.Clear(slot);
        }
    }

    /// <summary>When the schedule is to be looked at, apart from its backfill; null when nothing is due.</summary>
    private DateTimeOffset? DueOf(ScheduleSlot slot)
    {
        var schedule = slot.Schedule;
        return schedule.Paused ? schedule.ResumeAt
            : schedule.Queued is not null && !firing.IsHeldUp(slot) ? DateTimeOffset.MinValue
            : schedule.Stopped is not null ? null
            : stores.Holds(schedule) ? OfflineStores.EndOf(schedule.Keeping!)
            : slot.IsStale || slot.IsSetBack ? DateTimeOffset.MinValue
            : slot.Doubt is { IsAsked: true }
            && schedule.Due is { } doubtful
            && ClockSetBack.IsInDoubt(schedule, doubtful)
                ? null
            : schedule.Due;
    }
}
