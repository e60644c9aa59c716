using ScheduleZero.Benchmarks.Load;

namespace ScheduleZero.Benchmarks.Compare;

/// <summary>A broker with its settings, as one row of the table.</summary>
internal sealed record Contestant
{
    public required string Name { get; init; }

    /// <summary>What <c>--peers</c> calls it; null for ScheduleZero, which is always measured.</summary>
    public string? Peer { get; init; }

    public required string Title { get; init; }

    /// <summary>What is true of a job when the call that posts it returns.</summary>
    public required string Acknowledged { get; init; }

    /// <summary>How many jobs a round has at most: a slow broker would take minutes.</summary>
    public int JobsMax { get; init; } = int.MaxValue;

    /// <summary>Why it cannot be measured here; null when it can.</summary>
    public Func<string?> Missing { get; init; } = () => null;

    /// <summary>Whether the clients are those of the project <c>Benchmarks.Peers</c>.</summary>
    public bool NeedsPeersProject { get; init; }

    /// <summary>Starts its servers.</summary>
    public required Func<LoadOptions, Task<IJobSystem>> StartAsync { get; init; }
}
