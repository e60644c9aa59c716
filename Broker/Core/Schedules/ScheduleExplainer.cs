using ScheduleZero.Broker.Core.Jobs;
using ScheduleZero.Contracts.Rest;

namespace ScheduleZero.Broker.Core.Schedules;

/// <summary>Says what a schedule's next occurrence waits for.</summary>
internal static class ScheduleExplainer
{
    /// <summary>Lists the gates that the next occurrence has passed, and the one that holds it.</summary>
    /// <param name="isHeld">Whether the schedule came due while the disk was nearly full, and waits for room.</param>
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

        return new ScheduleExplanation(schedule.Name, gates[^1].Gate, gates, schedule.Queued ?? schedule.NextNominal);
    }

    /// <summary>
    /// The gates in the order in which an occurrence passes them; the last one never lets anything pass.
    /// </summary>
    private static IEnumerable<ScheduleGateView> GatesOf(
        ScheduleSlot slot,
        bool isHeld,
        JobTable jobs,
        OfflineStores stores,
        DateTimeOffset now
    )
    {
        var schedule = slot.Schedule;
        yield return PauseGate(schedule);
        yield return StandstillGate(schedule);
        yield return CustodyGate(schedule, stores);
        yield return DiskGate(isHeld);
        yield return OverlapGate(slot, jobs);
        yield return ExclusionGate(slot, now);
        if (schedule.NextNominal is not { } next)
        {
            yield return Hold(ScheduleGateCode.Ended, Ended(schedule, now), "It is saved with more to come.");
            yield break;
        }

        yield return Pass(ScheduleGateCode.Ended, "More is to come.");
        yield return TimeGate(schedule, next, now);
        yield return ServiceGate(slot, next);
    }

    private static ScheduleGateView PauseGate(Schedule schedule) =>
        schedule.Paused
            ? Hold(
                ScheduleGateCode.Paused,
                $"It is paused{(schedule.PauseNote is { } note ? $": {note}" : "")}.",
                "It is resumed.",
                schedule.ResumeAt
            )
            : Pass(ScheduleGateCode.Paused, "It is not paused.");

    private static ScheduleGateView StandstillGate(Schedule schedule) =>
        schedule.Stopped is { } why
            ? Hold(
                ScheduleGateCode.Stopped,
                $"It stands still: {why}",
                "What is wrong is mended: save it anew, or start the Broker where it is understood."
            )
            : Pass(ScheduleGateCode.Stopped, "Its trigger and calendars are understood here.");

    private static ScheduleGateView CustodyGate(Schedule schedule, OfflineStores stores) =>
        stores.Holds(schedule)
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

    private static ScheduleGateView DiskGate(bool isHeld) =>
        isHeld
            ? Hold(
                ScheduleGateCode.DiskFull,
                "Its time has come, and the Broker's disk is nearly full: schedules stand still.",
                "The disk has room again; then the misfire policy says what becomes of what was due."
            )
            : Pass(ScheduleGateCode.DiskFull, "The Broker's disk does not hold it up.");

    private static ScheduleGateView OverlapGate(ScheduleSlot slot, JobTable jobs) =>
        slot.Schedule.Queued is { } queued
            ? Hold(
                ScheduleGateCode.Overlap,
                $"The occurrence of {queued:u} waits for job {slot.LastJob}, that of the occurrence before.",
                "That job ends."
            )
            : Pass(ScheduleGateCode.Overlap, Unfinished(slot, jobs));

    private static ScheduleGateView ExclusionGate(ScheduleSlot slot, DateTimeOffset now) =>
        slot.Schedule.NextNominal is null
        && Firing.NextAfter(slot.Schedule, slot.Clock, now, inclusive: true) is { } excluded
        && slot.Exclusions.ReasonAt(excluded) is { } reason
            ? Hold(
                ScheduleGateCode.Excluded,
                $"Its trigger is due again at {excluded:u}, but its calendars exclude that and all that is to "
                    + $"come: {reason}.",
                "A calendar is changed, or the schedule is saved without it."
            )
            : Pass(ScheduleGateCode.Excluded, "Its calendars leave something of what is to come.");

    private static ScheduleGateView TimeGate(Schedule schedule, DateTimeOffset next, DateTimeOffset now) =>
        next > now
            ? Hold(
                ScheduleGateCode.NotDue,
                $"Its next instant has not come.{Ahead(schedule)}",
                "The instant comes.",
                next
            )
            : Pass(ScheduleGateCode.NotDue, "Its instant has come.");

    private static ScheduleGateView ServiceGate(ScheduleSlot slot, DateTimeOffset next) =>
        slot.Doubt is { IsAsked: true } && ClockSetBack.IsInDoubt(slot.Schedule, next)
            ? Hold(
                ScheduleGateCode.Due,
                $"It is due, and the store is asked whether it has its job already.{Ahead(slot.Schedule)}",
                "The store answers."
            )
            : Hold(ScheduleGateCode.Due, "It is due, and the Broker is at it.", "The Broker has come to it.");

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
