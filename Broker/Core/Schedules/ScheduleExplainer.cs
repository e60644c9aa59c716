using ScheduleZero.Broker.Core.Jobs;
using ScheduleZero.Contracts.Rest;

namespace ScheduleZero.Broker.Core.Schedules;

/// <summary>Says what a schedule's next occurrence waits for.</summary>
internal static class ScheduleExplainer
{
    /// <param name="isHeld">Its time has come while the disk was nearly full.</param>
    public static ScheduleExplanation Explain(
        ScheduleSlot slot,
        bool isHeld,
        JobTable jobs,
        OfflineStores stores,
        DateTimeOffset now
    )
    {
        var schedule = slot.Schedule;
        var gates = new List<ScheduleGateView>();
        foreach (var gate in GatesOf(slot, isHeld, jobs, stores, now))
        {
            gates.Add(gate);
            if (!gate.Passed)
            {
                break;
            }
        }

        return new ScheduleExplanation(schedule.Name, schedule.Queued ?? schedule.NextNominal, gates[^1].Gate, gates);
    }

    private static IEnumerable<ScheduleGateView> GatesOf(
        ScheduleSlot slot,
        bool isHeld,
        JobTable jobs,
        OfflineStores stores,
        DateTimeOffset now
    )
    {
        var schedule = slot.Schedule;
        yield return schedule.Paused
            ? Hold(
                ScheduleGateCode.Paused,
                $"It is paused{(schedule.PauseNote is { } note ? $": {note}" : "")}.",
                "It is resumed.",
                schedule.ResumeAt
            )
            : Pass(ScheduleGateCode.Paused, "It is not paused.");
        yield return schedule.Stopped is { } why
            ? Hold(
                ScheduleGateCode.Stopped,
                $"It stands still: {why}",
                "What is wrong is mended: save it anew, or start the Broker where it is understood."
            )
            : Pass(ScheduleGateCode.Stopped, "Its trigger and calendars are understood here.");
        yield return stores.Holds(schedule)
            ? Hold(
                ScheduleGateCode.Kept,
                $"Handler {schedule.Keeping!.Handler} keeps it and is out of reach, or has not told yet what "
                    + "it ran meanwhile.",
                "The handler comes back, or its time as keeper is over.",
                OfflineStores.EndOf(schedule.Keeping)
            )
            : Pass(
                ScheduleGateCode.Kept,
                schedule.Keeping is { } keeping
                    ? $"Handler {keeping.Handler} keeps it, and is here."
                    : "No handler keeps it."
            );
        yield return isHeld
            ? Hold(
                ScheduleGateCode.DiskFull,
                "Its time has come, and the Broker's disk is nearly full: schedules stand still.",
                "The disk has room again; then the misfire policy says what becomes of what was due."
            )
            : Pass(ScheduleGateCode.DiskFull, "The Broker's disk does not hold it up.");
        yield return schedule.Queued is { } queued
            ? Hold(
                ScheduleGateCode.Overlap,
                $"The occurrence of {queued:u} waits for job {slot.LastJob}, that of the occurrence before.",
                "That job ends."
            )
            : Pass(ScheduleGateCode.Overlap, Unfinished(slot, jobs));
        if (
            schedule.NextNominal is null
            && Firing.NextAfter(schedule, slot.Clock, now, inclusive: true) is { } excluded
            && slot.Exclusions.ReasonAt(excluded) is { } reason
        )
        {
            yield return Hold(
                ScheduleGateCode.Excluded,
                $"Its trigger is due again at {excluded:u}, but its calendars exclude that and all that is to "
                    + $"come: {reason}.",
                "A calendar is changed, or the schedule is saved without it."
            );
            yield break;
        }

        yield return Pass(ScheduleGateCode.Excluded, "Its calendars leave something of what is to come.");
        if (schedule.NextNominal is not { } next)
        {
            yield return Hold(ScheduleGateCode.Ended, Ended(schedule, now), "It is saved with more to come.");
            yield break;
        }

        yield return Pass(ScheduleGateCode.Ended, "More is to come.");
        yield return next > now
            ? Hold(
                ScheduleGateCode.NotDue,
                $"Its next instant has not come.{Ahead(schedule)}",
                "The instant comes.",
                next
            )
            : Pass(ScheduleGateCode.NotDue, "Its instant has come.");
        if (slot.Doubt is { IsAsked: true } && ClockSetBack.IsInDoubt(schedule, next))
        {
            yield return Hold(
                ScheduleGateCode.Due,
                $"It is due, and the store is asked whether it has its job already.{Ahead(schedule)}",
                "The store answers."
            );
            yield break;
        }

        yield return Hold(ScheduleGateCode.Due, "It is due, and the Broker is at it.", "The Broker has come to it.");
    }

    private static string Unfinished(ScheduleSlot slot, JobTable jobs)
    {
        if (slot.LastJob is not { } last || jobs.Find(last) is null)
        {
            return "The job of the occurrence before has ended.";
        }

        var then = slot.Schedule.Overlap switch
        {
            OverlapPolicy.Skip => "is the next one's time to come before its end, that is skipped",
            OverlapPolicy.Queue => "the next one waits for its end",
            OverlapPolicy.CancelPrevious => "the next one cancels it",
            _ => "the next one is made beside it",
        };
        return $"Job {last} of the occurrence before is unfinished; {then}.";
    }

    private static string Ahead(Schedule schedule) =>
        schedule.ServedAhead is { } ahead
            ? $" The Broker's clock stood ahead, at {ahead:u} at least, and was set back: instants up to then "
                + "that have their jobs already are left out."
            : "";

    private static string Ended(Schedule schedule, DateTimeOffset now) =>
        schedule.Occurrences >= schedule.MaxOccurrences
            ? $"It has made as many jobs as it may: {schedule.MaxOccurrences}."
        : schedule.EndAt <= now ? $"It ended at {schedule.EndAt:u}."
        : "Its trigger is not due again.";

    private static ScheduleGateView Pass(ScheduleGateCode gate, string sentence) => new(gate, Passed: true, sentence);

    private static ScheduleGateView Hold(
        ScheduleGateCode gate,
        string sentence,
        string opensWhen,
        DateTimeOffset? opensAt = null
    ) => new(gate, Passed: false, sentence, opensWhen, opensAt);
}
