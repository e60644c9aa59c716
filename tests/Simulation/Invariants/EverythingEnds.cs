using ScheduleZero.Simulation.Runs;

namespace ScheduleZero.Simulation.Invariants;

/// <summary>Once faults stop, every job ends.</summary>
internal sealed class EverythingEnds(World world) : Invariant(world)
{
    public override void Ended() =>
        Require(
            World.IsOver,
            () =>
                $"{World.Disk.Jobs.Count} jobs have no end, such as {World.Disk.Jobs.Values.FirstOrDefault()}; "
                + $"asks are {(World.Desk.IsEmpty ? "answered" : "open")}"
        );
}
