using ScheduleZero.Contracts.Handlers;

namespace ScheduleZero.Broker.Host.Transport;

/// <summary>Whoever speaks from one route. Owned by the socket's thread.</summary>
internal sealed class Peer(Route route, long now)
{
    private volatile bool _isWelcome;

    public Route Route { get; } = route;

    /// <summary>Milliseconds of the steady clock.</summary>
    public long LastHeard { get; set; } = now;

    public long LastHello { get; set; } = long.MinValue / 2;

    /// <summary>Challenge or Enrol.</summary>
    public long LastAsked { get; set; } = long.MinValue / 2;

    public long LastGreet { get; set; } = long.MinValue / 2;

    public int Strikes { get; set; }

    /// <summary>After too many strikes: a ROUTER cannot hang up, only stop listening.</summary>
    public bool IsIgnored { get; set; }

    /// <summary>Of a handler that speaks for itself; 0 while it has not said Hello.</summary>
    public long Connection { get; set; }

    /// <summary>Of a Bridge that has begun its handshake.</summary>
    public BridgeLink? Link { get; set; }

    /// <summary>
    /// A handler that was welcome, or a Bridge that has proved its key: no stranger takes its place. Set from the
    /// sender's thread.
    /// </summary>
    public bool IsProved => _isWelcome || Link is { IsWelcome: true };

    public void Welcome() => _isWelcome = true;

    /// <summary>What its full queue did not take. Bounded.</summary>
    public Queue<Outgoing> Backlog { get; } = new();
}

/// <summary>One Bridge's link, from its first Hello on.</summary>
internal sealed class BridgeLink(BridgeHello hello, string brokerNonce)
{
    public BridgeHello Hello { get; } = hello;

    public string BrokerNonce { get; } = brokerNonce;

    public string Name => Hello.Bridge;

    /// <summary>The bridge has proved its key.</summary>
    public bool IsWelcome { get; set; }

    /// <summary>It has carried as many connections as it may, and the log has told so.</summary>
    public bool WasFull { get; set; }

    public ulong LastReceived { get; set; }

    public ulong LastSent { get; set; }

    /// <summary>The bridge's own numbers of its connections, and ours.</summary>
    public Dictionary<ulong, long> Connections { get; } = [];
}

/// <summary>A message on its way to a peer. The link's count is added when it is sent.</summary>
/// <param name="BridgeConnection">The handler's connection as its Bridge numbers it; 0 when no Bridge stands between,
/// and for a message to the Bridge itself.</param>
internal readonly record struct Outgoing(MessageKind Kind, ulong BridgeConnection, ReadOnlyMemory<byte> Body)
{
    public static Outgoing Of(IMessage message, ulong bridgeConnection = 0) =>
        new(message.Kind, bridgeConnection, ProtocolJson.Write(message));
}
