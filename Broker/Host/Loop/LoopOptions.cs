namespace ScheduleZero.Broker.Host.Loop;

/// <summary>The bounds of the loop.</summary>
internal sealed record LoopOptions
{
    /// <summary>How many inputs one turn takes before the loop looks whether the commit before is done.</summary>
    public int InputsPerTurnMax { get; init; } = 1_000;

    /// <summary>
    /// The longest sleep. The loop wakes at least this often, so that it notices when the clock was set.
    /// </summary>
    public TimeSpan LongestSleep { get; init; } = TimeSpan.FromSeconds(1);
}
