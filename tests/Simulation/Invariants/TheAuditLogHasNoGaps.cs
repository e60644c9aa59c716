using ScheduleZero.Broker.Core;
using ScheduleZero.Simulation.Runs;

namespace ScheduleZero.Simulation.Invariants;

internal sealed class TheAuditLogHasNoGaps(World world) : Invariant(world)
{
    public override void Committing(Change change)
    {
        if (change is Change.AuditAppended { Block: var block })
        {
            var last = World.Disk.AuditTail.Sequence;
            Require(block.First == last + 1, () => $"event {block.First} came after {last}");
        }
    }
}
