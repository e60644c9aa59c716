using ScheduleZero.Broker.Core;
using ScheduleZero.Simulation.Runs;

namespace ScheduleZero.Simulation.Invariants;

internal sealed class ConcurrencyLimitsAreKept(World world) : Invariant(world)
{
    public override void Committing(Change change)
    {
        if (
            change is Change.JobAssigned assigned
            && World.Disk.Jobs.GetValueOrDefault(assigned.Id) is { Spec.ConcurrencyKey: { } key } job
        )
        {
            var running = World.Disk.Jobs.Values.Count(other =>
                other.Current is not null && other.Namespace == job.Namespace && other.Spec.ConcurrencyKey == key
            );
            Require(
                running < job.Spec.ConcurrencyLimit,
                () => $"{assigned.Id} began while {running} of {job.Spec.ConcurrencyLimit} ran under {key}"
            );
        }
    }
}
