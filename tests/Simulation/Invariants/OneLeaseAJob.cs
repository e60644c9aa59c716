using ScheduleZero.Broker.Core;
using ScheduleZero.Simulation.Runs;

namespace ScheduleZero.Simulation.Invariants;

internal sealed class OneLeaseAJob(World world) : Invariant(world)
{
    public override void Committing(Change change)
    {
        if (change is Change.JobAssigned assigned)
        {
            var job = World.Disk.Jobs.GetValueOrDefault(assigned.Id);
            Require(
                job is { Current: null },
                () => $"{assigned.Id} got attempt {assigned.Attempt.Token} while it was {job}"
            );
        }
    }
}
