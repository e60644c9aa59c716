namespace ScheduleZero.Simulation.Runs;

/// <summary>Thrown when a promise was not kept.</summary>
internal sealed class BrokenException(string invariant, string detail) : Exception($"{invariant}: {detail}")
{
    public string Invariant => invariant;
}
