using ScheduleZero.Broker.Core;
using ScheduleZero.Broker.Core.Jobs;
using ScheduleZero.Simulation.Runs;

namespace ScheduleZero.Simulation.Invariants;

internal sealed class NamespaceLimitsAreKept(World world) : Invariant(world)
{
    private const string Limited = "tenant";

    public override void Committing(Change change)
    {
        switch (change)
        {
            case Change.JobAssigned assigned when World.NamespaceOf(assigned.Id) == Limited:
                var running = Count(job => job.Current is not null);
                Require(running < World.TenantLimits.RunningJobs, () => $"{assigned.Id} began while {running} ran");
                break;
            case Change.JobAdded { Job: { Namespace: Limited } added }:
                var unfinished = Count(_ => true);
                // What runs may come back to wait.
                var most = World.TenantLimits.WaitingJobs + World.TenantLimits.RunningJobs;
                Require(unfinished < most, () => $"{added.Id} came while {unfinished} were unfinished");
                break;
            default:
                break;
        }
    }

    private int Count(Func<Job, bool> counts) => World.Disk.Jobs.Values.Count(job => job.Namespace == Limited && counts(job));
}
