using Microsoft.Extensions.Logging;

namespace ScheduleZero.Testing;

/// <summary>The settings with which a simulation begins.</summary>
public sealed record SimulationOptions
{
    /// <summary>The instant at which all clocks of the simulation begin.</summary>
    public DateTimeOffset StartAt { get; init; } = new(2026, 1, 1, 0, 0, 0, TimeSpan.Zero);

    /// <summary>
    /// How long code may take in real time, at one instant of virtual time, before the simulation gives up waiting for
    /// it.
    /// </summary>
    public TimeSpan RealTimeLimit { get; init; } = TimeSpan.FromSeconds(10);

    /// <summary>The seed of the random draws, such as those of jitter and backoff.</summary>
    public int Seed { get; init; } = 1;

    /// <summary>Adds destinations for the logs of Broker and agents; nothing is logged when not given.</summary>
    public Action<ILoggingBuilder>? Logging { get; init; }
}
