using ScheduleZero.Simulation.Brokers;
using ScheduleZero.Simulation.Runs;

namespace ScheduleZero.Simulation.Invariants;

internal sealed class CountsAddUp(World world) : Invariant(world)
{
    public override void Rested(BrokerProcess broker)
    {
        var stats = broker.Core.State.Stats();
        var running = World.Disk.Jobs.Values.Count(job => job.Current is not null);
        Require(stats.Running == running, () => $"{stats.Running} are counted as running, {running} run");
        Require(
            stats.Ready + stats.Scheduled + stats.Running == World.Disk.Jobs.Count,
            () =>
                $"{stats.Ready} ready, {stats.Scheduled} scheduled and {stats.Running} running are not "
                + $"{World.Disk.Jobs.Count}"
        );
        Require(
            stats.Schedules == World.Disk.Schedules.Count,
            () => $"{stats.Schedules} schedules are counted, {World.Disk.Schedules.Count} are on the disk"
        );
    }
}
