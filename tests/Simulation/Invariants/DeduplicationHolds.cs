using ScheduleZero.Broker.Core;
using ScheduleZero.Broker.Core.Jobs;
using ScheduleZero.Simulation.Runs;

namespace ScheduleZero.Simulation.Invariants;

internal sealed class DeduplicationHolds(World world) : Invariant(world)
{
    private readonly Dictionary<(string Namespace, string Key), Job> _newest = [];

    public override void Committing(Change change)
    {
        if (change is not Change.JobAdded { Job: { Spec.DeduplicationKey: { } key } job })
        {
            return;
        }

        if (_newest.TryGetValue((job.Namespace, key), out var first))
        {
            Require(
                !World.Disk.Jobs.ContainsKey(first.Id),
                () => $"{job.Id} was made under {key} while {first.Id} is unfinished"
            );
            var until = first.EnqueuedAt + (first.Spec.DeduplicationWindow ?? TimeSpan.Zero);
            Require(
                World.IsWallSet || job.EnqueuedAt >= until,
                () => $"{job.Id} was made under {key}, which belongs to {first.Id} until {until:O}"
            );
        }

        _newest[(job.Namespace, key)] = job;
    }
}
