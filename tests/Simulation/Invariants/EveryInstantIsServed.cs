using ScheduleZero.Broker.Core;
using ScheduleZero.Broker.Core.Schedules;
using ScheduleZero.Contracts.Ids;
using ScheduleZero.Simulation.Runs;
using ScheduleZero.Triggers;

namespace ScheduleZero.Simulation.Invariants;

/// <summary>
/// Each instant that a schedule passes has made a job, waits for the job before, or has a row that says why not. Of a
/// run of instants that calendars exclude, the first instant has the row. An instant that no longer waits has its job,
/// or such a row.
/// </summary>
internal sealed class EveryInstantIsServed(World world) : Invariant(world)
{
    private readonly HashSet<(ScheduleId, DateTimeOffset)> _served = [];
    private readonly Dictionary<ScheduleId, DateTimeOffset> _firstExcluded = [];

    // All versions of the calendars: an instant that one version excluded may be passed while the next version holds.
    private readonly List<(string Name, ExcludedDays Days)> _calendars = [];

    public override void Committing(Change change)
    {
        switch (change)
        {
            case Change.JobAdded { Job.Occurrence: { } occurrence }:
                _served.Add((occurrence.ScheduleId, occurrence.Nominal));
                break;
            case Change.OccurrenceMissed missed:
                TakeRun(missed);
                if (missed.Reason.StartsWith("excluded by calendar ", StringComparison.Ordinal))
                {
                    // After the clock was set back, a run may begin before the instants that were seen already.
                    var known = _firstExcluded.GetValueOrDefault(missed.Id, missed.Nominal);
                    _firstExcluded[missed.Id] = missed.Nominal < known ? missed.Nominal : known;
                }

                break;
            case Change.CalendarSaved { Calendar: var calendar }:
                _calendars.Add((calendar.Name, calendar.ToDays()));
                break;
            case Change.ScheduleSaved { Schedule: var now }
                when World.Disk.Schedules.GetValueOrDefault(now.Id) is { } before:
                if (before.Queued is { } queued && now.Queued != queued)
                {
                    Require(_served.Contains((now.Id, queued)), () => $"{now.Name} let {queued:O} wait, and forgot it");
                }

                if (now.Paused || before.Paused || before.Version != now.Version || before.Due is not { } from)
                {
                    break;
                }

                var clock = TriggerClock.TryCreate(now.Trigger, now.CreatedAt, out _)!;
                // A schedule that has made as many jobs as it may has nothing due. After the clock was set back, the
                // last job of the schedule may be of an instant that the clock has not passed again.
                var until = now.Due ?? (now.Passed ?? now.LastNominal)?.AddTicks(1) ?? from;
                for (
                    DateTimeOffset? instant = from;
                    instant < until;
                    instant = clock.Next(instant.Value, inclusive: false)
                )
                {
                    Require(
                        now.Queued == instant
                            || _served.Contains((now.Id, instant.Value))
                            || IsInRun(now, instant.Value),
                        () => $"{now.Name} passed {instant:O} without a job or a reason"
                    );
                }

                break;
            default:
                break;
        }
    }

    // A row of missed instants names the first and the last. Every instant of the trigger between them that no calendar
    // excludes belongs to the row.
    private void TakeRun(Change.OccurrenceMissed missed)
    {
        _served.Add((missed.Id, missed.Nominal));
        if (missed.To is not { } last || World.Disk.Schedules.GetValueOrDefault(missed.Id) is not { } schedule)
        {
            return;
        }

        var clock = TriggerClock.TryCreate(schedule.Trigger, schedule.CreatedAt, out _)!;
        var count = 0L;
        for (
            DateTimeOffset? instant = missed.Nominal;
            instant <= last;
            instant = clock.Next(instant.Value, inclusive: false)
        )
        {
            count++;
            _served.Add((missed.Id, instant.Value));
        }

        Require(
            missed.Count <= count && missed.Count > 1,
            () =>
                $"{schedule.Name} missed {missed.Count} instants from {missed.Nominal:O} to {last:O}, where "
                + $"its trigger has {count}"
        );
    }

    private bool IsInRun(Schedule schedule, DateTimeOffset instant) =>
        _firstExcluded.TryGetValue(schedule.Id, out var first)
        && first < instant
        && _calendars.Exists(calendar =>
            schedule.ExcludeCalendars?.Contains(calendar.Name) == true && calendar.Days.Holds(instant)
        );
}
