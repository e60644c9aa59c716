namespace ScheduleZero.Simulation.Runs;

/// <summary>A promise was not kept.</summary>
internal sealed class BrokenException(string invariant, string detail) : Exception($"{invariant}: {detail}")
{
    public string Invariant => invariant;
}
