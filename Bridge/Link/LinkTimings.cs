namespace ScheduleZero.Bridge.Link;

/// <summary>The clockwork of a link. Part of the protocol, so no options; tests run it faster.</summary>
internal sealed record LinkTimings
{
    public TimeSpan HelloEvery { get; init; } = TimeSpan.FromSeconds(1);

    public TimeSpan BeatEvery { get; init; } = TimeSpan.FromSeconds(2);

    /// <summary>A link on which nothing came for this long is lost.</summary>
    public TimeSpan SilenceMax { get; init; } = TimeSpan.FromSeconds(10);

    /// <summary>How long a welcome may take after the Bridge's proof; then a new handshake begins.</summary>
    public TimeSpan WelcomeMax { get; init; } = TimeSpan.FromSeconds(5);

    /// <summary>Until a refused handshake is tried again.</summary>
    public TimeSpan RetryRefusedAfter { get; init; } = TimeSpan.FromSeconds(5);

    /// <summary>Connections wait this long for the link they lost, before they go to another.</summary>
    public TimeSpan MoveAfter { get; init; } = TimeSpan.FromSeconds(10);

    /// <summary>Granularity of all the above.</summary>
    public TimeSpan Tick { get; init; } = TimeSpan.FromMilliseconds(200);
}
