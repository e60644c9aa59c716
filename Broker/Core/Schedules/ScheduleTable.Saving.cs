using ScheduleZero.Contracts.Rest;
using ScheduleZero.Triggers;

namespace ScheduleZero.Broker.Core.Schedules;

/// <summary>
/// Saves a schedule that somebody made or edited, and lets it go on from where its old version stood.
/// </summary>
internal sealed partial class ScheduleTable
{
    /// <summary>Whether the namespace may hold so many more schedules.</summary>
    public bool HasRoom(string ns, int more) =>
        more <= 0
        || namespaces.Of(ns) is not { Limits.Schedules: { } max, Schedules: var count }
        || count + more <= max;

    /// <summary>Makes a schedule, or the next version of one.</summary>
    public Schedule Save(Schedule draft, TriggerClock clock, Decision decision)
    {
        var now = decision.Now.Wall;
        var slot = Find(draft.Namespace, draft.Name);
        if (slot is not null)
        {
            ServeBeforeEdit(slot, decision);
        }

        var old = slot?.Schedule;
        var schedule = NextVersion(old, _interner.Intern(draft, ref clock, slots.Count), now);
        if (slot is null)
        {
            slot = new ScheduleSlot(schedule, clock);
            namespaces.Of(schedule.Namespace).Schedules++;
        }

        Reset(slot, schedule, clock);
        slots.Add(slot);

        // An edit starts counting from now: what the old trigger would have done, and the past of the new one, are not
        // made up for.
        var from = old is null && schedule.Trigger.Kind == TriggerKinds.Once ? DateTimeOffset.MinValue : now;
        slots.Put(slot, Plan(slot, UpdateStandstill(slot, schedule), from), decision);
        decision.Changes.Add(new Change.ScheduleVersioned(slot.Schedule));
        Firing.Publish("schedule.saved", schedule, null, decision);
        PublishStandstillChange(old, slot.Schedule, decision);
        custody.Changed(old, slot, decision);
        return slot.Schedule;
    }

    /// <summary>
    /// Serves the instants of a schedule that came due before an edit, with the trigger and the job as they were then.
    /// </summary>
    private void ServeBeforeEdit(ScheduleSlot slot, Decision decision)
    {
        slot.Schedule = RewindIfSetBack(slot, slot.Schedule, decision);
        if (
            slot.Schedule is { Paused: false, Due: { } due }
            && due <= decision.Now.Wall
            && !stores.Holds(slot.Schedule)
        )
        {
            if (slot.Schedule.Stopped is null)
            {
                Tick(slot, decision);
            }

            RecordBacklogAsMissed(slot, decision);
        }
    }

    /// <summary>
    /// Records the instants that are still due as missed, in one row: an edit does not wait until a long backlog is
    /// made up for.
    /// </summary>
    private static void RecordBacklogAsMissed(ScheduleSlot slot, Decision decision)
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

    /// <summary>
    /// The draft as the next version of a schedule, which goes on from where the old version stood. A pause that stays
    /// has the note and the end that it had.
    /// </summary>
    /// <param name="old">The version before; null for a new schedule.</param>
    private static Schedule NextVersion(Schedule? old, Schedule draft, DateTimeOffset now) =>
        draft with
        {
            PauseNote = draft.Paused ? old?.PauseNote : null,
            ResumeAt = draft.Paused ? old?.ResumeAt : null,
            Id = old?.Id ?? draft.Id,
            Version = (old?.Version ?? 0) + 1,
            CreatedAt = old?.CreatedAt ?? now,
            CreatedBy = old?.CreatedBy ?? draft.CreatedBy,
            GivenTo = draft.GivenTo ?? old?.GivenTo,
            ChangedAt = now,
            LastNominal = old?.LastNominal,
            Passed = old?.Passed,
            ServedAhead = old?.ServedAhead,
            Queued = old?.Queued,
            CoveredUntil = old?.CoveredUntil ?? default,
            Backfill = old?.Backfill,
            BackfilledUntil = old?.BackfilledUntil ?? default,
            Keeping = old?.Keeping,
            Occurrences = old?.Occurrences ?? 0,
            Missed = old?.Missed ?? 0,
        };

    /// <summary>
    /// Gives the slot the trigger and the calendars of a saved schedule, and forgets what went by the old.
    /// </summary>
    private void Reset(ScheduleSlot slot, Schedule schedule, TriggerClock clock)
    {
        slot.Clock = clock;
        slot.TriggerProblem = null;
        slot.Exclusions = calendars.Of(schedule.Namespace, schedule.ExcludeCalendars);
        slot.IsStale = false;
        slot.Doubt = null;
        slot.MissedRange = null; // The saved row has instants of the old trigger; those of the new begin a row.
        slot.Portion = null; // A backfill that is under way goes on, with the instants of the new trigger.
    }
}
