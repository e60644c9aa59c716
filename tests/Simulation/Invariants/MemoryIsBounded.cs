using ScheduleZero.Simulation.Brokers;
using ScheduleZero.Simulation.Runs;

namespace ScheduleZero.Simulation.Invariants;

/// <summary>Every table of the Core holds only what still exists.</summary>
internal sealed class MemoryIsBounded(World world) : Invariant(world)
{
    public override void Rested(BrokerProcess broker)
    {
        var core = new CoreXray(broker.Core);
        var disk = World.Disk;
        Bound("jobs", core.Jobs, disk.Jobs.Count);
        Bound("running jobs", core.Running, disk.Jobs.Values.Count(job => job.Current is not null));
        Bound("attempts of before the start", core.Unresumed, core.Attempts.Count(attempt => attempt.Offer is null));
        Bound(
            "deduplication keys",
            core.Deduplications,
            disk.Jobs.Values.Count(job => job.Spec.DeduplicationKey is not null) + disk.Deduplications.Count
        );
        Bound("batches", core.Batches, disk.Batches.Values.Count(batch => batch.FinishedAt is null));
        Bound("waits for other jobs", core.Waits, disk.Jobs.Values.Sum(job => job.Chain?.Left.Count ?? 0));
        Bound(
            "concurrency gates",
            core.Gates,
            disk.Jobs.Values.Where(job => job.Spec.ConcurrencyKey is not null)
                .Select(job => (job.Namespace, job.Spec.ConcurrencyKey))
                .Distinct()
                .Count()
        );
        Bound("ready jobs in queues", core.Queued, broker.Core.State.Stats().Ready);
        Bound(
            "timers of the wall clock",
            core.WallTimers,
            disk.Jobs.Count
                + disk.Schedules.Count
                + disk.Pauses.Values.Count(pause => pause.Until is not null)
                + core.Deduplications
                + core.Batches
                + World.Namespaces.Count
        );
        Bound("timers of the steady clock", core.SteadyTimers, core.Running + core.Sessions + disk.Rates.Count);
        Bound("rate limits", core.Rates, disk.Rates.Count);
        Bound("connections", core.Connections, broker.Connections + core.Sessions);
        Bound("namespaces", core.Namespaces, World.Namespaces.Count);
    }

    private void Bound(string what, long count, long most) =>
        Require(count <= most, () => $"{count} {what}, where {most} are alive");
}
