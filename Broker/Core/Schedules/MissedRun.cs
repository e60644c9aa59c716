namespace ScheduleZero.Broker.Core.Schedules;

/// <summary>
/// Instants of a schedule that follow each other, that made no job, and all for one reason: one row of the store, which
/// grows with them.
/// </summary>
/// <param name="From">The first, by which the row is known.</param>
/// <param name="To">The last so far.</param>
/// <param name="Next">The instant that would follow; null when there is none.</param>
/// <param name="Untold">How many of them no event has told of yet.</param>
internal sealed record MissedRun(
    DateTimeOffset From,
    DateTimeOffset To,
    long Count,
    string Reason,
    DateTimeOffset? Next,
    long Untold
)
{
    /// <summary>Notes that an instant was missed. What another reason, or a gap, has ended is told at once.</summary>
    /// <param name="schedule">The schedule with the instant behind it.</param>
    public static Schedule Miss(
        ScheduleSlot slot,
        Schedule schedule,
        DateTimeOffset nominal,
        string reason,
        Decision decision
    )
    {
        if (slot.Run is { } open && open.Next == nominal && open.Reason == reason)
        {
            slot.Run = open with
            {
                To = nominal,
                Count = open.Count + 1,
                Next = schedule.Due,
                Untold = open.Untold + 1,
            };
        }
        else
        {
            Tell(slot, decision);
            slot.Run = new MissedRun(nominal, nominal, 1, reason, schedule.Due, Untold: 1);
        }

        return schedule with
        {
            Missed = schedule.Missed + 1,
        };
    }

    /// <summary>Writes the row as it stands, and tells of what has come to it.</summary>
    public static void Tell(ScheduleSlot slot, Decision decision)
    {
        if (slot.Run is not { Untold: > 0 } run)
        {
            return;
        }

        slot.Run = run with { Untold = 0 };
        decision.Changes.Add(
            new Change.OccurrenceMissed(
                slot.Schedule.Id,
                run.From,
                run.Reason,
                run.Count == 1 ? null : run.To,
                run.Count
            )
        );
        var which = run.Count == 1 ? $"{run.From:O}" : $"{run.Count} instants from {run.From:O} to {run.To:O}";
        Firing.Publish("schedule.missed", slot.Schedule, $"{which}: {run.Reason}", decision, run.Untold);
    }

    /// <summary>The clock was set back: instants that are still to come were not missed after all.</summary>
    public static Schedule TakeBack(ScheduleSlot slot, Schedule schedule, DateTimeOffset now, Decision decision)
    {
        if (slot.Run is not { } run || run.To <= now)
        {
            return schedule;
        }

        slot.Run = null;
        decision.Changes.Add(new Change.OccurrenceMade(schedule.Id, run.From));
        var (count, last) = (0L, run.From);
        foreach (
            var instant in Instants
                .Between(slot.Clock, slot.Exclusions, run.From, now.AddTicks(1))
                .TakeWhile(_ => count < run.Count)
        )
        {
            (count, last) = (count + 1, instant);
        }

        if (count > 0)
        {
            decision.Changes.Add(
                new Change.OccurrenceMissed(schedule.Id, run.From, run.Reason, count == 1 ? null : last, count)
            );
        }

        return schedule with
        {
            Missed = Math.Max(0, schedule.Missed - (run.Count - count)),
        };
    }
}
