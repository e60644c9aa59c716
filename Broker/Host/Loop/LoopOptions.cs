namespace ScheduleZero.Broker.Host.Loop;

/// <summary>Bounds of the loop.</summary>
internal sealed record LoopOptions
{
    /// <summary>Inputs that may wait; with more, REST answers 503.</summary>
    public int InputsMax { get; init; } = 10_000;

    /// <summary>Inputs taken before the loop looks whether the commit before is done.</summary>
    public int BatchMax { get; init; } = 1_000;

    /// <summary>The loop looks at the clock at least this often, so that a clock that was set is noticed.</summary>
    public TimeSpan LongestSleep { get; init; } = TimeSpan.FromSeconds(1);
}
