using ScheduleZero.Broker.Core.Jobs;
using ScheduleZero.Broker.Core.Namespaces;
using ScheduleZero.Contracts.Rest;
using ScheduleZero.Triggers;

namespace ScheduleZero.Broker.Core.Schedules;

/// <summary>
/// What becomes of one nominal instant that has come: a job, a place behind the job before, or a row that says why
/// neither.
/// </summary>
internal sealed class Firing(CoreOptions options, NamespaceTable namespaces, JobTable jobs)
{
    /// <summary>The job of an occurrence before is unfinished.</summary>
    public bool IsHeldUp(ScheduleSlot slot) =>
        slot.RunningOffline is { Count: > 0 } || slot.LastJob is { } last && jobs.Find(last) is not null;

    /// <summary>The schedule with the instant behind it.</summary>
    public Schedule Serve(ScheduleSlot slot, Schedule schedule, DateTimeOffset nominal, Decision decision)
    {
        var next = NextInstant.After(schedule, slot.Clock, slot.Exclusions, nominal, inclusive: false);
        if (slot.Exclusions.ReasonAt(nominal) is { } excluded)
        {
            return Exclude(
                schedule with
                {
                    NextNominal = next.At,
                    ExcludedFrom = null,
                    Passed = nominal,
                },
                nominal,
                excluded,
                decision
            );
        }

        var (missed, covered) = WhyMissed(schedule, nominal, next.At, decision.Now.Wall);
        var moved = schedule with
        {
            NextNominal = next.At,
            ExcludedFrom = next.ExcludedFrom,
            Passed = nominal,
            CoveredUntil = covered,
        };
        if ((missed ?? WhyNoRoom(schedule)) is { } reason)
        {
            return MissedRun.Miss(slot, moved, nominal, reason, decision);
        }

        return Overlap(slot, moved, nominal, decision);
    }

    /// <summary>The occurrence that waited for the job before has its turn.</summary>
    public Schedule MakeQueued(ScheduleSlot slot, Schedule schedule, Decision decision) =>
        Make(slot, schedule with { Queued = null }, schedule.Queued!.Value, decision);

    public static DateTimeOffset? NextAfter(Schedule schedule, TriggerClock clock, DateTimeOffset after, bool inclusive)
    {
        var steps = AllOfClock.SearchStepsMax;
        return NextAfter(schedule, clock, after, inclusive, ref steps);
    }

    /// <param name="steps">What a search may look at; what it looked at is taken off.</param>
    public static DateTimeOffset? NextAfter(
        Schedule schedule,
        TriggerClock clock,
        DateTimeOffset after,
        bool inclusive,
        ref int steps
    )
    {
        var taken = schedule.Occurrences + (schedule.Queued is null ? 0 : 1);
        if (schedule.MaxOccurrences is { } max && taken >= max)
        {
            return null;
        }

        if (schedule.StartAt is { } start && start > after)
        {
            (after, inclusive) = (start, true);
        }

        return clock.Find(after, inclusive, ref steps) is { } next && (schedule.EndAt is not { } end || next <= end)
            ? next
            : null;
    }

    public static void Publish(string type, Schedule schedule, string? detail, Decision decision, long count = 1) =>
        decision.Effects.Add(
            new Effect.Publish(
                new Happened(type, schedule.Namespace, schedule.Name, decision.Now.Wall, Detail: detail, Count: count)
            )
        );

    // Also how far the one that runs for all of them covers.
    private (string? Reason, DateTimeOffset Covered) WhyMissed(
        Schedule schedule,
        DateTimeOffset nominal,
        DateTimeOffset? next,
        DateTimeOffset now
    )
    {
        var covered = schedule.CoveredUntil;
        if (now - nominal <= options.MisfireThreshold)
        {
            return (null, covered);
        }

        if (nominal < now - schedule.CatchUpWindow)
        {
            return ("older than the catch-up window", covered);
        }

        return schedule.Misfire switch
        {
            MisfirePolicy.None => ("missed, and the misfire policy is none", covered),
            MisfirePolicy.Latest when next <= now => ("missed, and a later one was due too", covered),
            MisfirePolicy.Earliest when nominal <= covered => ("missed, and an earlier one ran for it", covered),
            MisfirePolicy.Earliest => (null, now),
            _ => (null, covered),
        };
    }

    private string? WhyNoRoom(Schedule schedule) =>
        namespaces.Of(schedule.Namespace) is var use
        && use.HasRoomForJobs(1)
        && use.HasRoomForBytes(schedule.Params.Utf8.Length)
            ? null
            : "the namespace has as many waiting jobs, or stored bytes, as it may";

    private Schedule Overlap(ScheduleSlot slot, Schedule schedule, DateTimeOffset nominal, Decision decision)
    {
        switch (OverlapRule.Decide(schedule.Overlap, IsHeldUp(slot), isOneWaiting: schedule.Queued is not null))
        {
            case OverlapAnswer.MissBehindUnfinished:
                return MissedRun.Miss(
                    slot,
                    schedule,
                    nominal,
                    "the job of the occurrence before is unfinished",
                    decision
                );
            case OverlapAnswer.MissBehindWaiting:
                return MissedRun.Miss(
                    slot,
                    schedule,
                    nominal,
                    "the job of the occurrence before is unfinished, "
                        + $"and that of {schedule.Queued:O} waits for it already",
                    decision
                );
            case OverlapAnswer.Wait:
                return Queue(schedule, nominal, decision);
            case OverlapAnswer.TakePlace:
                var queued = schedule.Queued is { } older
                    ? Miss(
                        schedule with
                        {
                            Queued = null,
                        },
                        older,
                        $"that of {nominal:O} took its place before its turn came",
                        decision
                    )
                    : schedule;
                if (slot.LastJob is { } last && jobs.Find(last) is { } previous)
                {
                    jobs.Cancel(previous, options.CancelGrace, decision);
                }

                return IsHeldUp(slot) ? Queue(queued, nominal, decision) : Make(slot, queued, nominal, decision);
            default:
                return Make(slot, schedule, nominal, decision);
        }
    }

    private static Schedule Queue(Schedule schedule, DateTimeOffset nominal, Decision decision)
    {
        Publish("schedule.queued", schedule, $"{nominal:O}", decision);
        return CloseIfFull(schedule with { Queued = nominal });
    }

    // One row for the whole run: the next instant is behind it.
    private static Schedule Exclude(Schedule schedule, DateTimeOffset nominal, string reason, Decision decision)
    {
        decision.Changes.Add(
            new Change.OccurrenceMissed(
                schedule.Id,
                nominal,
                $"{reason}, as are those after it up to the next that may run"
            )
        );
        Publish("schedule.excluded", schedule, $"{nominal:O}: {reason}", decision);
        return schedule;
    }

    public static Schedule Miss(Schedule schedule, DateTimeOffset nominal, string reason, Decision decision)
    {
        decision.Changes.Add(new Change.OccurrenceMissed(schedule.Id, nominal, reason));
        Publish("schedule.missed", schedule, $"{nominal:O}: {reason}", decision);
        return schedule with { Missed = schedule.Missed + 1 };
    }

    private Schedule Make(ScheduleSlot slot, Schedule schedule, DateTimeOffset nominal, Decision decision)
    {
        var id = OccurrenceId.Of(schedule.Id, nominal);
        DateTimeOffset? effective =
            schedule.Jitter > TimeSpan.Zero ? OccurrenceId.Effective(id, nominal, schedule.Jitter) : null;
        var occurrence = new Occurrence(
            schedule.Id,
            schedule.Name,
            schedule.Version,
            nominal,
            OccurrenceOrigin.Due,
            effective
        );
        jobs.Enqueue(
            new NewJob(id, schedule.Namespace, schedule.Made, schedule.Params, effective, $"schedule:{schedule.Name}"),
            occurrence,
            decision
        );
        slot.LastJob = id;
        Publish("schedule.fired", schedule, $"{nominal:O}", decision);
        return CloseIfFull(schedule with { LastNominal = nominal, Occurrences = schedule.Occurrences + 1 });
    }

    private static Schedule CloseIfFull(Schedule schedule) =>
        schedule.Occurrences + (schedule.Queued is null ? 0 : 1) >= schedule.MaxOccurrences
            ? schedule with
            {
                NextNominal = null,
                ExcludedFrom = null,
            }
            : schedule;
}
