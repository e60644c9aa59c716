namespace ScheduleZero.Broker.Host.Transport;

/// <summary>The bounds of what the ROUTER takes and sends.</summary>
internal sealed record TransportOptions
{
    /// <summary>The most proxies between a handler and the Broker, plus one for the handler itself.</summary>
    public int HopsMax { get; init; } = 8;

    /// <summary>How many peers are known at once; with more, strangers make room.</summary>
    public int PeersMax { get; init; } = 20_000;

    /// <summary>
    /// How many links one Bridge's key may have at once. More than one, since a Bridge that restarts leaves a link
    /// behind for as long as <see cref="LinkTimeout"/>.
    /// </summary>
    public int LinksPerKeyMax { get; init; } = 8;

    /// <summary>
    /// How many connections of handlers one link carries at once: those of a full Bridge, and some that just end.
    /// </summary>
    public int LinkConnectionsMax { get; init; } = 12_000;

    /// <summary>The number of messages that make no sense after which a peer is no longer heard.</summary>
    public int StrikesMax { get; init; } = 8;

    /// <summary>How many messages wait for a peer whose queue is full, before the peer is given up.</summary>
    public int BacklogMax { get; init; } = 4_096;

    /// <summary>The interval at which links are kept alive and silent peers are looked for.</summary>
    public TimeSpan Beat { get; init; } = TimeSpan.FromSeconds(2);

    /// <summary>The silence after which a Bridge's link is ended.</summary>
    public TimeSpan LinkTimeout { get; init; } = TimeSpan.FromSeconds(10);

    /// <summary>
    /// The silence after which a peer that is no Bridge is removed; its session has ended long before.
    /// </summary>
    public TimeSpan PeerTimeout { get; init; } = TimeSpan.FromMinutes(5);

    /// <summary>The shortest time between two Hellos of one peer that are both answered.</summary>
    public TimeSpan HelloInterval { get; init; } = TimeSpan.FromMilliseconds(50);

    /// <summary>The shortest time between two Greets, which tell a peer without a session to say Hello.</summary>
    public TimeSpan GreetInterval { get; init; } = TimeSpan.FromSeconds(1);
}
