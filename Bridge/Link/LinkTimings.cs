namespace ScheduleZero.Bridge.Link;

/// <summary>
/// The times of a link. The times are part of the protocol, so there are no options for them; tests run a link faster.
/// </summary>
internal sealed record LinkTimings
{
    public TimeSpan HelloEvery { get; init; } = TimeSpan.FromSeconds(1);

    public TimeSpan BeatEvery { get; init; } = TimeSpan.FromSeconds(2);

    /// <summary>The time after which a link on which nothing arrived is lost.</summary>
    public TimeSpan SilenceMax { get; init; } = TimeSpan.FromSeconds(10);

    /// <summary>How long a welcome may take after the Bridge's proof; then a new handshake begins.</summary>
    public TimeSpan WelcomeMax { get; init; } = TimeSpan.FromSeconds(5);

    /// <summary>
    /// How long a peer that has connected to the Bridge may take to prove that it is the Broker; then it is cut.
    /// </summary>
    public TimeSpan UnprovenMax { get; init; } = TimeSpan.FromSeconds(30);

    /// <summary>How long the ZMTP handshake of a connection may take; then the connection is cut.</summary>
    public TimeSpan HandshakeMax { get; init; } = TimeSpan.FromSeconds(10);

    /// <summary>The time until a refused handshake is tried again.</summary>
    public TimeSpan RetryRefusedAfter { get; init; } = TimeSpan.FromSeconds(5);

    /// <summary>How long connections wait for the link that they lost before they move to another.</summary>
    public TimeSpan MoveAfter { get; init; } = TimeSpan.FromSeconds(10);

    /// <summary>The interval at which a link checks its times.</summary>
    public TimeSpan Tick { get; init; } = TimeSpan.FromMilliseconds(200);
}
