using ScheduleZero.Broker.Core;
using ScheduleZero.Broker.Core.Jobs;
using ScheduleZero.Contracts.Rest;
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
                var method = World.Disk.Jobs[assigned.Id].Spec.Method;
                RequireRoom(World.TenantLimits.PerMethod, method, assigned, job => job.Spec.Method == method);
                var handler = assigned.Attempt.Handler;
                RequireRoom(World.TenantLimits.PerHandler, handler, assigned, job => job.Current!.Handler == handler);
                break;
            case Change.JobAdded { Job: { Namespace: Limited } added }:
                var unfinished = Count(_ => true);
                // Running jobs may come back to wait.
                var most = World.TenantLimits.WaitingJobs + World.TenantLimits.RunningJobs;
                Require(unfinished < most, () => $"{added.Id} came while {unfinished} were unfinished");
                break;
            default:
                break;
        }
    }

    private void RequireRoom(
        IReadOnlyDictionary<string, WorkLimits>? limits,
        string name,
        Change.JobAssigned assigned,
        Func<Job, bool> counts
    )
    {
        if (World.WorkLimitsOf(limits, Limited, name)?.RunningJobs is { } max)
        {
            var running = Count(job => job.Current is not null && counts(job));
            Require(running < max, () => $"{assigned.Id} began while {running} of {max} ran for {name}");
        }
    }

    private int Count(Func<Job, bool> counts) =>
        World.Disk.Jobs.Values.Count(job => job.Namespace == Limited && counts(job));
}
