namespace ScheduleZero.Broker.Core.Schedules;

/// <summary>
/// A range of missed instants: instants of one schedule that follow each other and made no job, all for the same
/// reason. The store has one row for the range, which grows with it.
/// </summary>
/// <param name="From">The first instant, which is the key of the row.</param>
/// <param name="To">The last instant so far.</param>
/// <param name="Count">The number of instants so far.</param>
/// <param name="Next">The instant that would follow; null when the schedule has no more.</param>
/// <param name="Unpublished">How many of the instants no event has mentioned yet.</param>
internal sealed record MissedRange(
    DateTimeOffset From,
    DateTimeOffset To,
    long Count,
    string Reason,
    DateTimeOffset? Next,
    long Unpublished
)
{
    /// <summary>
    /// Adds a missed instant to the slot's range. An instant with another reason, or behind a gap, saves the range and
    /// begins a new one.
    /// </summary>
    /// <param name="schedule">The schedule, planned beyond the instant.</param>
    public static Schedule Add(
        ScheduleSlot slot,
        Schedule schedule,
        DateTimeOffset nominal,
        string reason,
        Decision decision
    )
    {
        if (slot.MissedRange is { } open && open.Next == nominal && open.Reason == reason)
        {
            slot.MissedRange = open with
            {
                To = nominal,
                Count = open.Count + 1,
                Next = schedule.Due,
                Unpublished = open.Unpublished + 1,
            };
        }
        else
        {
            Save(slot, decision);
            slot.MissedRange = new MissedRange(nominal, nominal, 1, reason, schedule.Due, Unpublished: 1);
        }

        return schedule with
        {
            Missed = schedule.Missed + 1,
        };
    }

    /// <summary>Saves the row of the slot's range as it stands, and publishes the instants that were added.</summary>
    public static void Save(ScheduleSlot slot, Decision decision)
    {
        if (slot.MissedRange is not { Unpublished: > 0 } range)
        {
            return;
        }

        slot.MissedRange = range with { Unpublished = 0 };
        decision.Changes.Add(
            new Change.OccurrenceMissed(
                slot.Schedule.Id,
                range.From,
                range.Reason,
                range.Count == 1 ? null : range.To,
                range.Count
            )
        );
        var which =
            range.Count == 1 ? $"{range.From:O}" : $"{range.Count} instants from {range.From:O} to {range.To:O}";
        Firing.Publish("schedule.missed", slot.Schedule, $"{which}: {range.Reason}", decision, range.Unpublished);
    }

    /// <summary>
    /// Cuts the slot's range at the time to which the wall clock was set back: the instants that are still to come were
    /// not missed after all.
    /// </summary>
    public static Schedule CutAt(DateTimeOffset now, ScheduleSlot slot, Schedule schedule, Decision decision)
    {
        if (slot.MissedRange is not { } range || range.To <= now)
        {
            return schedule;
        }

        slot.MissedRange = null;
        decision.Changes.Add(new Change.OccurrenceMade(schedule.Id, range.From));
        var (count, last) = (0L, range.From);
        foreach (var instant in Instants.Between(slot.Clock, slot.Exclusions, range.From, now.AddTicks(1)))
        {
            (count, last) = (count + 1, instant);
        }

        if (count > 0)
        {
            decision.Changes.Add(
                new Change.OccurrenceMissed(schedule.Id, range.From, range.Reason, count == 1 ? null : last, count)
            );
        }

        return schedule with
        {
            Missed = Math.Max(0, schedule.Missed - (range.Count - count)),
        };
    }
}
