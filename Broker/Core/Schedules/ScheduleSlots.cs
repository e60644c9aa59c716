using ScheduleZero.Broker.Core.Timing;

namespace ScheduleZero.Broker.Core.Schedules;

/// <summary>
/// Holds the slots of all schedules. Every change of a schedule goes through here, so that the schedule's timer always
/// agrees with what the schedule waits for.
/// </summary>
internal sealed class ScheduleSlots(OfflineStores stores, Firing firing, Backfilling backfilling, TimerHeap wall)
{
    private readonly Dictionary<(string Namespace, string Name), ScheduleSlot> _slots = [];

    public int Count => _slots.Count;

    public IEnumerable<ScheduleSlot> All => _slots.Values;

    public ScheduleSlot? Find(string ns, string name) => _slots.GetValueOrDefault((ns, name));

    /// <summary>Adds a slot, or puts it back. The slot's timer is set with the next <see cref="Arm"/>.</summary>
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

    /// <summary>Does the same as <see cref="Put"/>, but saves nothing when the schedule has not changed.</summary>
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

    /// <summary>Saves which handler has custody of the schedule, and sets the schedule's timer.</summary>
    /// <param name="keeping">The custody; null when no handler has it.</param>
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

    /// <summary>When the timer is to fire, apart from the schedule's backfill; null for never.</summary>
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
