using ScheduleZero.Broker.Core.Jobs;
using ScheduleZero.Broker.Core.Namespaces;
using ScheduleZero.Contracts;
using ScheduleZero.Contracts.Ids;
using ScheduleZero.Contracts.Rest;
using ScheduleZero.Triggers;

namespace ScheduleZero.Broker.Core.Schedules;

/// <summary>
/// Makes the jobs that a range of the past does not have, a portion at a time: the store says which instants have
/// theirs, and the rest are made as the overlap policy and the namespace's room allow. How far it has come is kept with
/// the schedule, so that a start of the Broker goes on from there.
/// </summary>
internal sealed class Backfilling(NamespaceTable namespaces, JobTable jobs)
{
    /// <summary>Instants that the store is asked about at once.</summary>
    private const int PortionMax = 256;

    /// <summary>How long it waits for room in its namespace, before it looks again.</summary>
    private static readonly TimeSpan _roomWait = TimeSpan.FromSeconds(5);

    /// <summary>Why it cannot begin; null when it can.</summary>
    public static (string Code, string Why)? Refusal(
        Schedule schedule,
        BrokerInput.BackfillSchedule asked,
        OfflineStores stores
    ) =>
        schedule.Backfill is { IsUnderWay: true }
            ? (ErrorCodes.Conflict, "A backfill of this schedule is under way: wait for its end, or cancel it.")
        : schedule.Version != asked.Version
            ? (
                ErrorCodes.Conflict,
                $"The schedule was changed meanwhile, and is in version {schedule.Version}: ask again."
            )
        : schedule.Stopped is { } why ? (ErrorCodes.Conflict, $"The schedule stands still: {why}")
        : stores.Holds(schedule)
            ? (
                ErrorCodes.Conflict,
                $"Handler {schedule.Keeping!.Handler} keeps the schedule and has yet to tell what it ran: ask "
                    + "again when it is back."
            )
        : null;

    public static Schedule Begin(Schedule schedule, BrokerInput.BackfillSchedule asked, DateTimeOffset now)
    {
        var backfill = new Backfill
        {
            From = asked.From,
            To = asked.To,
            Total = asked.Total,
            Overlap = asked.Overlap,
            RequestedBy = asked.By,
            RequestedAt = now,
            Next = asked.From,
        };
        return schedule with
        {
            Backfill = backfill,
            BackfilledUntil = schedule.BackfilledUntil > asked.To ? schedule.BackfilledUntil : asked.To,
        };
    }

    public static Schedule Cancel(Schedule schedule, string by, Decision decision) =>
        End(schedule, schedule.Backfill! with { CancelledBy = by }, decision);

    /// <summary>
    /// When there is something to do for it; null while it waits for the store, or for the end of a job.
    /// </summary>
    public DateTimeOffset? Due(ScheduleSlot slot) =>
        slot.Schedule.Backfill switch
        {
            not { IsUnderWay: true } => null,
            _ when slot.Portion is { IsAsked: true } => null,
            { Overlap: OverlapPolicy.Queue, LastJob: { } last } when jobs.Find(last) is not null => null,
            _ => slot.Portion?.RoomAt ?? DateTimeOffset.MinValue,
        };

    /// <summary>The schedule with what could be done.</summary>
    public Schedule GoOn(ScheduleSlot slot, Schedule schedule, Decision decision)
    {
        if (Due(slot) is not { } due || due > decision.Now.Wall || schedule.Backfill is not { } backfill)
        {
            return schedule;
        }

        if (slot.Portion is not { } portion)
        {
            return Ask(slot, schedule, backfill, decision);
        }

        while (portion.Instants.TryPeek(out var nominal))
        {
            var id = OccurrenceId.Of(schedule.Id, nominal);
            if (portion.Present.Contains(id) || jobs.Find(id) is not null || portion.Queued == nominal)
            {
                backfill = backfill with { Present = backfill.Present + 1 };
            }
            else if (backfill is { Overlap: OverlapPolicy.Queue, LastJob: { } last } && jobs.Find(last) is not null)
            {
                return schedule with { Backfill = backfill };
            }
            else if (
                namespaces.Of(schedule.Namespace) is var use
                && !(use.HasRoomForJobs(1) && use.HasRoomForBytes(schedule.Params.Utf8.Length))
            )
            {
                portion.RoomAt = decision.Now.Wall + _roomWait;
                return schedule with { Backfill = backfill };
            }
            else
            {
                var occurrence = new Occurrence(
                    schedule.Id,
                    schedule.Name,
                    schedule.Version,
                    nominal,
                    OccurrenceOrigin.Backfilled
                );
                slot.Doubt = null;
                jobs.Enqueue(
                    new NewJob(id, schedule.Namespace, schedule.Made, schedule.Params, null, backfill.RequestedBy),
                    occurrence,
                    decision
                );
                backfill = backfill with { Made = backfill.Made + 1, LastJob = id };
            }

            portion.Instants.Dequeue();
            backfill = backfill with { Next = portion.Instants.TryPeek(out var next) ? next : nominal.AddTicks(1) };
        }

        slot.Portion = null;
        return schedule with { Backfill = backfill };
    }

    /// <summary>
    /// The store has said which instants have their jobs. An answer to what is no longer asked is let go.
    /// </summary>
    public static bool TryTake(ScheduleSlot slot, BrokerInput.OccurrencesLookedUp found)
    {
        if (slot.Portion is not { IsAsked: true } portion || !ReferenceEquals(portion, found.Asked))
        {
            return false;
        }

        portion.Present = found.Present;
        portion.IsAsked = false;
        return true;
    }

    private static Schedule Ask(ScheduleSlot slot, Schedule schedule, Backfill backfill, Decision decision)
    {
        var portion = new BackfillPortion { Queued = schedule.Queued };
        foreach (
            var nominal in Instants.Between(slot.Clock, slot.Exclusions, backfill.Next, backfill.To).Take(PortionMax)
        )
        {
            portion.Instants.Enqueue(nominal);
        }

        if (portion.Instants.Count == 0)
        {
            return End(schedule, backfill, decision);
        }

        slot.Portion = portion;
        decision.Effects.Add(
            new Effect.LookUpOccurrences(
                portion,
                schedule.Namespace,
                schedule.Name,
                [.. portion.Instants.Select(instant => OccurrenceId.Of(schedule.Id, instant))]
            )
        );
        return schedule;
    }

    private static Schedule End(Schedule schedule, Backfill backfill, Decision decision)
    {
        var how = backfill.CancelledBy is { } by ? $"cancelled by {by}" : "finished";
        Firing.Publish(
            "schedule.backfillEnded",
            schedule,
            $"{how}: {backfill.Made} made, {backfill.Present} had their jobs already",
            decision
        );
        return schedule with { Backfill = backfill with { EndedAt = decision.Now.Wall } };
    }
}

/// <summary>Instants of a backfill that are being seen to.</summary>
internal sealed class BackfillPortion
{
    public Queue<DateTimeOffset> Instants { get; } = new();

    /// <summary>
    /// One that waited for the job before when the store was asked: it is the trigger's, and may have come and gone
    /// since.
    /// </summary>
    public DateTimeOffset? Queued { get; init; }

    /// <summary>The store has not answered yet.</summary>
    public bool IsAsked { get; set; } = true;

    /// <summary>Of these instants, the jobs that there are.</summary>
    public IReadOnlySet<JobId> Present { get; set; } = new HashSet<JobId>();

    /// <summary>The namespace was full: when to look again.</summary>
    public DateTimeOffset? RoomAt { get; set; }
}
