using ScheduleZero.Broker.Core;
using ScheduleZero.Contracts.Ids;
using ScheduleZero.Simulation.Runs;
using ScheduleZero.Triggers;

namespace ScheduleZero.Simulation.Invariants;

/// <summary>When a backfill has finished, each instant of its range has a job, and its counts are right.</summary>
internal sealed class BackfillsAreWhole(World world) : Invariant(world)
{
    // The schedule's version when the backfill began. An edit on the way changes which instants the range has.
    private readonly Dictionary<ScheduleId, (DateTimeOffset RequestedAt, int Version)> _begun = [];

    // Instants of the trigger that wait for the job before, also when another instant takes their place later.
    private readonly HashSet<(ScheduleId, DateTimeOffset)> _queued = [];

    public override void Committing(Change change)
    {
        if (change is Change.ScheduleSaved { Schedule: { Queued: { } queued, Id: var waiting } })
        {
            _queued.Add((waiting, queued));
        }

        if (change is not Change.ScheduleSaved { Schedule: { Backfill: { } backfill } schedule })
        {
            return;
        }

        if (!_begun.TryGetValue(schedule.Id, out var begun) || begun.RequestedAt != backfill.RequestedAt)
        {
            _begun[schedule.Id] = begun = (backfill.RequestedAt, schedule.Version);
        }

        var endsNow =
            !backfill.IsUnderWay
            && World.Disk.Schedules.GetValueOrDefault(schedule.Id)?.Backfill is { IsUnderWay: true };
        // An instant that calendars exclude has no job. The calendars may have changed on the way.
        if (
            schedule.ExcludeCalendars is not null
            || !endsNow
            || backfill.CancelledBy is not null
            || begun.Version != schedule.Version
        )
        {
            return;
        }

        var clock = TriggerClock.TryCreate(schedule.Trigger, schedule.CreatedAt, out _)!;
        var instants = 0;
        for (
            var instant = clock.Next(backfill.From, inclusive: true);
            instant < backfill.To;
            instant = clock.Next(instant.Value, inclusive: false)
        )
        {
            instants++;
            var id = OccurrenceId.Of(schedule.Id, instant.Value);
            Require(
                World.Disk.Holds(id) || _queued.Contains((schedule.Id, instant.Value)),
                () => $"{schedule.Name} was backfilled, and {instant:O} has no job"
            );
        }

        Require(
            backfill.Made + backfill.Present == instants,
            () => $"{backfill.Made} made and {backfill.Present} present are not {instants} instants"
        );
    }
}
