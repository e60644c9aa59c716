using ScheduleZero.Contracts.Handlers;

namespace ScheduleZero.Broker.Host.Transport;

/// <summary>
/// One party that speaks from one route. Used only on the socket's thread, apart from <see cref="Welcome"/>.
/// </summary>
internal sealed class Peer(Route route, long now)
{
    private volatile bool _isWelcome;

    public Route Route { get; } = route;

    /// <summary>When the last message came; milliseconds of the steady clock, as all times here.</summary>
    public long LastHeard { get; set; } = now;

    /// <summary>When the last Hello came that was answered.</summary>
    public long LastHello { get; set; } = long.MinValue / 2;

    /// <summary>When the last Challenge or Enrol came that was answered.</summary>
    public long LastAsked { get; set; } = long.MinValue / 2;

    /// <summary>When the peer was last told to say Hello.</summary>
    public long LastGreet { get; set; } = long.MinValue / 2;

    /// <summary>The number of messages that made no sense since the last one that did.</summary>
    public int Strikes { get; set; }

    /// <summary>Whether the peer is no longer heard, after too many strikes.</summary>
    public bool IsIgnored { get; set; }

    /// <summary>
    /// The number of the connection of a handler that speaks for itself; 0 before its first Hello, and for a Bridge.
    /// </summary>
    public long Connection { get; set; }

    /// <summary>The link of a Bridge that has begun its handshake; null for a handler.</summary>
    public BridgeLink? Link { get; set; }

    /// <summary>
    /// Whether the peer is a handler that was welcomed, or a Bridge that has proved its key. No stranger takes the
    /// place of such a peer.
    /// </summary>
    public bool IsProved => _isWelcome || Link is { IsWelcome: true };

    /// <summary>Marks a handler as welcomed. Called on the loop's speaking thread.</summary>
    public void Welcome() => _isWelcome = true;

    /// <summary>Marks a handler as a stranger again, whose session has ended by a Bye or a Close.</summary>
    public void Part() => _isWelcome = false;

    /// <summary>The messages that the peer's full queue did not accept; bounded by the transport's options.</summary>
    public Queue<Outgoing> Backlog { get; } = new();
}

/// <summary>The link of one Bridge, from its first Hello on.</summary>
internal sealed class BridgeLink(BridgeHello hello, string brokerNonce)
{
    public BridgeHello Hello { get; } = hello;

    public string BrokerNonce { get; } = brokerNonce;

    public string Name => Hello.Bridge;

    /// <summary>Whether the Bridge has proved its key.</summary>
    public bool IsWelcome { get; set; }

    /// <summary>Whether the link once carried as many connections as it may, and that was logged.</summary>
    public bool WasFull { get; set; }

    /// <summary>The number of the last message that came by this link.</summary>
    public ulong LastReceived { get; set; }

    /// <summary>The number of the last message that was sent by this link.</summary>
    public ulong LastSent { get; set; }

    /// <summary>The connections by the Bridge's own number, with the number that Core knows each by.</summary>
    public Dictionary<ulong, long> Connections { get; } = [];
}

/// <summary>A message on its way to a peer. The number of the message on a link is added when it is sent.</summary>
/// <param name="BridgeConnection">The handler's connection as its Bridge numbers it; 0 when no Bridge stands between,
/// and for a message to the Bridge itself.</param>
internal readonly record struct Outgoing(MessageKind Kind, ulong BridgeConnection, ReadOnlyMemory<byte> Body)
{
    public static Outgoing Of(IMessage message, ulong bridgeConnection = 0) =>
        new(message.Kind, bridgeConnection, ProtocolJson.Write(message));
}
