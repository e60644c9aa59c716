using ScheduleZero.Broker.Core;
using ScheduleZero.Contracts.Ids;
using ScheduleZero.Simulation.Runs;

namespace ScheduleZero.Simulation.Invariants;

/// <summary>While a schedule moves on, each instant that it passes has made a job, or has left a row that says why not.</summary>
internal sealed class EveryInstantIsServed(World world) : Invariant(world)
{
    private readonly HashSet<(ScheduleId, DateTimeOffset)> _served = [];

    public override void Committing(Change change)
    {
        switch (change)
        {
            case Change.JobAdded { Job.Occurrence: { } occurrence }:
                _served.Add((occurrence.ScheduleId, occurrence.Nominal));
                break;
            case Change.OccurrenceMissed missed:
                _served.Add((missed.Id, missed.Nominal));
                break;
            case Change.ScheduleSaved { Schedule: { Paused: false } now } when World.Disk.Schedules.GetValueOrDefault(now.Id) is { Paused: false } before
                && before.Version == now.Version && before.NextNominal is { } from:
                var clock = Broker.Core.Schedules.TriggerClock.TryCreate(now.Trigger, now.CreatedAt, out _)!;
                var until = now.NextNominal ?? now.LastNominal?.AddTicks(1) ?? from;
                for (DateTimeOffset? instant = from; instant < until; instant = clock.Next(instant.Value, inclusive: false))
                {
                    Require(_served.Contains((now.Id, instant.Value)), () => $"{now.Name} passed {instant:O} without a job or a reason");
                }

                break;
            default:
                break;
        }
    }
}
