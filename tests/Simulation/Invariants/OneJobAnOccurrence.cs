using ScheduleZero.Broker.Core;
using ScheduleZero.Contracts.Ids;
using ScheduleZero.Contracts.Rest;
using ScheduleZero.Simulation.Runs;

namespace ScheduleZero.Simulation.Invariants;

/// <summary>Each occurrence has at most one job, across restarts, edits, and clocks that were set.</summary>
internal sealed class OneJobAnOccurrence(World world) : Invariant(world)
{
    private readonly HashSet<(ScheduleId, DateTimeOffset)> _fired = [];

    public override void Committing(Change change)
    {
        if (change is not Change.JobAdded { Job: var job })
        {
            return;
        }

        Require(!World.Disk.Holds(job.Id), () => $"{job.Id} was made twice");
        if (job.Occurrence is { Origin: not OccurrenceOrigin.Triggered } occurrence)
        {
            Require(_fired.Add((occurrence.ScheduleId, occurrence.Nominal)), () => $"{occurrence} fired twice");
        }
    }
}
