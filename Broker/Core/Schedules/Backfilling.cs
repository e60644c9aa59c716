using ScheduleZero.Broker.Core.Jobs;
using ScheduleZero.Broker.Core.Namespaces;
using ScheduleZero.Contracts;
using ScheduleZero.Contracts.Ids;
using ScheduleZero.Contracts.Rest;
using ScheduleZero.Triggers;

namespace ScheduleZero.Broker.Core.Schedules;

/// <summary>
/// Makes the jobs that a range of the past does not have, a portion of instants at a time: the store says which
/// instants have their jobs, and the other jobs are made as the overlap policy and the namespace's room allow. How far
/// a backfill has come is saved with its schedule, so that the next start of the Broker goes on from there.
/// </summary>
internal sealed class Backfilling(NamespaceTable namespaces, JobTable jobs)
{
    /// <summary>Instants that the store is asked about at once.</summary>
    private const int PortionMax = 256;

    /// <summary>How long a backfill waits for room in its namespace before the room is checked again.</summary>
    private static readonly TimeSpan _roomWait = TimeSpan.FromSeconds(5);

    /// <summary>Why a backfill of the schedule cannot begin; null when it can.</summary>
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
    /// When there is something to do for the backfill of a schedule; null while there is none, or while the backfill
    /// waits for the store or for the end of a job.
    /// </summary>
    public DateTimeOffset? Due(ScheduleSlot slot) =>
        slot.Schedule.Backfill switch
        {
            not { IsUnderWay: true } => null,
            _ when slot.Portion is { IsAsked: true } => null,
            { Overlap: OverlapPolicy.Queue, LastJob: { } last } when jobs.Find(last) is not null => null,
            _ => slot.Portion?.RoomAt ?? DateTimeOffset.MinValue,
        };

    /// <summary>
    /// Lets the backfill of a schedule go on: asks the store about the next portion, or makes the jobs of a portion
    /// about which the store has answered, until one has to wait.
    /// </summary>
    /// <returns>The schedule with its backfill as far as it has come.</returns>
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
            if (Serve(slot, schedule, backfill, portion, nominal, decision) is not { } served)
            {
                return schedule with { Backfill = backfill };
            }

            portion.Instants.Dequeue();
            backfill = served with { Next = portion.Instants.TryPeek(out var next) ? next : nominal.AddTicks(1) };
        }

        slot.Portion = null;
        return schedule with { Backfill = backfill };
    }

    /// <summary>Notes which instants of the portion have their jobs, as the store has answered.</summary>
    /// <returns>False, and nothing changes, for an answer about a portion that is no longer asked about.</returns>
    public static bool TryReceive(ScheduleSlot slot, BackfillPortion asked, IReadOnlySet<JobId> present)
    {
        if (slot.Portion is not { IsAsked: true } portion || portion != asked)
        {
            return false;
        }

        portion.Present = present;
        portion.IsAsked = false;
        return true;
    }

    /// <summary>Makes the job of one instant, unless the instant has its job already.</summary>
    /// <returns>The backfill with the instant counted; null when the instant has to wait: for the end of the job
    /// before, or for room in the namespace.</returns>
    private Backfill? Serve(
        ScheduleSlot slot,
        Schedule schedule,
        Backfill backfill,
        BackfillPortion portion,
        DateTimeOffset nominal,
        Decision decision
    )
    {
        var id = OccurrenceId.Of(schedule.Id, nominal);
        if (portion.Present.Contains(id) || jobs.Find(id) is not null || portion.Queued == nominal)
        {
            return backfill with { Present = backfill.Present + 1 };
        }

        if (backfill is { Overlap: OverlapPolicy.Queue, LastJob: { } last } && jobs.Find(last) is not null)
        {
            return null;
        }

        if (!HasRoom(schedule))
        {
            portion.RoomAt = decision.Now.Wall + _roomWait;
            return null;
        }

        slot.Doubt = null; // An answer of the store from before this job was made does not know the job.
        jobs.Enqueue(
            new NewJob(id, schedule.Namespace, schedule.Made, schedule.Params, null, backfill.RequestedBy),
            new Occurrence(schedule.Id, schedule.Name, schedule.Version, nominal, OccurrenceOrigin.Backfilled),
            decision
        );
        return backfill with { Made = backfill.Made + 1, LastJob = id };
    }

    private bool HasRoom(Schedule schedule) =>
        namespaces.Of(schedule.Namespace) is var quota
        && quota.HasRoomForJobs(1)
        && quota.HasRoomForBytes(schedule.Params.Utf8.Length);

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
                new OccurrenceQuestion.OfBackfill(schedule.Namespace, schedule.Name, portion),
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

/// <summary>The instants of a backfill whose jobs are made next.</summary>
internal sealed class BackfillPortion
{
    /// <summary>The nominal instants that are still to be served, earliest first.</summary>
    public Queue<DateTimeOffset> Instants { get; } = new();

    /// <summary>
    /// The nominal instant that waited for the job before when the store was asked; null when none did. The trigger
    /// serves this instant, and its job may have come and gone since.
    /// </summary>
    public DateTimeOffset? Queued { get; init; }

    /// <summary>True until the store has answered which of the instants have their jobs.</summary>
    public bool IsAsked { get; set; } = true;

    /// <summary>
    /// The ids of those jobs of the instants that the store holds. Empty until the store has answered.
    /// </summary>
    public IReadOnlySet<JobId> Present { get; set; } = new HashSet<JobId>();

    /// <summary>When to check again whether the full namespace has room; null while it was not found full.</summary>
    public DateTimeOffset? RoomAt { get; set; }
}
