using ScheduleZero.Broker.Core.Jobs;
using ScheduleZero.Broker.Core.Namespaces;
using ScheduleZero.Contracts.Rest;
using ScheduleZero.Triggers;

namespace ScheduleZero.Broker.Core.Schedules;

/// <summary>
/// Serves one nominal instant that is due: makes its job, lets it wait for the end of the job before, or writes a row
/// that says why it makes no job.
/// </summary>
internal sealed class Firing(CoreOptions options, NamespaceTable namespaces, JobTable jobs)
{
    /// <summary>Whether the job of an earlier occurrence is unfinished.</summary>
    public bool IsHeldUp(ScheduleSlot slot) =>
        slot.RunningOffline is { Count: > 0 } || slot.LastJob is { } last && jobs.Find(last) is not null;

    /// <summary>Serves an instant.</summary>
    /// <returns>The schedule, planned beyond the instant.</returns>
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
            return MissedRange.Add(slot, moved, nominal, reason, decision);
        }

        return Overlap(slot, moved, nominal, decision);
    }

    /// <summary>Makes the job of the occurrence that waited for the end of the job before.</summary>
    public Schedule MakeQueued(ScheduleSlot slot, Schedule schedule, Decision decision) =>
        Make(slot, schedule with { Queued = null }, schedule.Queued!.Value, decision);

    /// <summary>
    /// The next nominal instant of the schedule, whether calendars exclude it or not; null when there is none.
    /// </summary>
    public static DateTimeOffset? NextAfter(Schedule schedule, TriggerClock clock, DateTimeOffset after, bool inclusive)
    {
        var steps = AllOfClock.SearchStepsMax;
        return NextAfter(schedule, clock, after, inclusive, ref steps);
    }

    /// <summary>
    /// The next nominal instant of the schedule, whether calendars exclude it or not; null when there is none, or when
    /// the search has used up its steps.
    /// </summary>
    /// <param name="steps">How many instants the search may try. The tried ones are subtracted.</param>
    public static DateTimeOffset? NextAfter(
        Schedule schedule,
        TriggerClock clock,
        DateTimeOffset after,
        bool inclusive,
        ref int steps
    )
    {
        var made = schedule.Occurrences + (schedule.Queued is null ? 0 : 1);
        if (schedule.MaxOccurrences is { } max && made >= max)
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

    // Says why the instant makes no job, null when it makes one; and up to which instant the job that is made for the
    // earliest missed instant stands for the others.
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
        namespaces.Of(schedule.Namespace) is var quota
        && quota.HasRoomForJobs(1)
        && quota.HasRoomForBytes(schedule.Params.Utf8.Length)
            ? null
            : "the namespace has as many waiting jobs, or stored bytes, as it may";

    private Schedule Overlap(ScheduleSlot slot, Schedule schedule, DateTimeOffset nominal, Decision decision)
    {
        switch (OverlapRule.Decide(schedule.Overlap, IsHeldUp(slot), isOneWaiting: schedule.Queued is not null))
        {
            case OverlapAnswer.MissBehindUnfinished:
                return MissedRange.Add(
                    slot,
                    schedule,
                    nominal,
                    "the job of the occurrence before is unfinished",
                    decision
                );
            case OverlapAnswer.MissBehindWaiting:
                return MissedRange.Add(
                    slot,
                    schedule,
                    nominal,
                    "the job of the occurrence before is unfinished, "
                        + $"and that of {schedule.Queued:O} waits for it already",
                    decision
                );
            case OverlapAnswer.Wait:
                return Queue(schedule, nominal, decision);
            case OverlapAnswer.ReplacePrevious:
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

    // One row stands for all excluded instants up to the next instant that is not excluded.
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
