using ScheduleZero.Broker.Core;
using ScheduleZero.Broker.Core.Pauses;
using ScheduleZero.Simulation.Runs;

namespace ScheduleZero.Simulation.Invariants;

/// <summary>
/// No attempt of a paused method begins. A pause that the Broker has heard of counts from the commit that writes it.
/// </summary>
internal sealed class PausesAreKept(World world) : Invariant(world)
{
    public override void Committing(Change change)
    {
        if (change is Change.JobAssigned { Id: var id } && World.Disk.Jobs.TryGetValue(id, out var job))
        {
            Require(
                !World.Disk.Pauses.ContainsKey((job.Namespace, PauseSubject.Method, job.Spec.Method)),
                () => $"{id} began while {job.Spec.Method} was paused"
            );
        }
    }
}
