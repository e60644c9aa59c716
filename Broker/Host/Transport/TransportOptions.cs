namespace ScheduleZero.Broker.Host.Transport;

/// <summary>Where the ROUTER listens or dials, and its bounds.</summary>
internal sealed record TransportOptions
{
    /// <summary><c>tcp://…</c> to bind, <c>&gt;tcp://…</c> to dial. Port 0 takes any free one.</summary>
    public IReadOnlyList<string> Endpoints { get; init; } = ["tcp://127.0.0.1:4242"];

    /// <summary>Of one frame.</summary>
    public int FrameBytesMax { get; init; } = 16 * 1024 * 1024;

    /// <summary>Proxies between a handler and the Broker, plus the handler itself.</summary>
    public int HopsMax { get; init; } = 8;

    public int PeersMax { get; init; } = 20_000;

    /// <summary>
    /// Links that one Bridge's key may have at once: a Bridge that restarts leaves one behind for as long as <see
    /// cref="LinkTimeout"/>.
    /// </summary>
    public int LinksPerKeyMax { get; init; } = 8;

    /// <summary>
    /// Handlers' connections that one link carries at once: those of a full Bridge, and some that end at this moment.
    /// </summary>
    public int LinkConnectionsMax { get; init; } = 12_000;

    /// <summary>Messages that do not make sense, before a peer is no longer listened to.</summary>
    public int StrikesMax { get; init; } = 8;

    /// <summary>Messages kept for a peer whose queue is full, before it is given up.</summary>
    public int BacklogMax { get; init; } = 4_096;

    public TimeSpan Beat { get; init; } = TimeSpan.FromSeconds(2);

    /// <summary>Silence that ends a Bridge's link.</summary>
    public TimeSpan LinkTimeout { get; init; } = TimeSpan.FromSeconds(10);

    /// <summary>Silence after which a peer that is no Bridge is forgotten; its session has ended long before.</summary>
    public TimeSpan PeerTimeout { get; init; } = TimeSpan.FromMinutes(5);

    /// <summary>Hellos of one peer closer together than this are not answered.</summary>
    public TimeSpan HelloInterval { get; init; } = TimeSpan.FromMilliseconds(50);

    /// <summary>How often a peer without a session is told to say Hello.</summary>
    public TimeSpan GreetInterval { get; init; } = TimeSpan.FromSeconds(1);
}
