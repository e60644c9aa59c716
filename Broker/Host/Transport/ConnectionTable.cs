using System.Collections.Concurrent;
using ScheduleZero.Broker.Core;
using ScheduleZero.Broker.Host.Inputs;

namespace ScheduleZero.Broker.Host.Transport;

/// <summary>
/// The open connections of handlers, by the numbers that Core knows them by. Changed only on the socket's thread;
/// <see cref="Find"/> is safe from any thread.
/// </summary>
internal sealed class ConnectionTable(IBrokerEdge edge)
{
    private readonly ConcurrentDictionary<long, ConnectionTarget> _targets = [];

    /// <summary>The number of the newest connection.</summary>
    private long _last;

    /// <summary>The target of messages to a connection; null when the connection is closed.</summary>
    public ConnectionTarget? Find(long connection) => _targets.GetValueOrDefault(connection);

    /// <summary>
    /// Gives a new connection its number. The loop learns of the connection by the first input that bears the number.
    /// </summary>
    /// <param name="bridgeConnection">The connection as its Bridge numbers it; 0 without a Bridge.</param>
    public long Open(Peer peer, ulong bridgeConnection)
    {
        _targets[++_last] = new ConnectionTarget(peer, bridgeConnection);
        return _last;
    }

    /// <summary>Closes a connection and tells the loop; does nothing when the connection is closed already.</summary>
    public void Close(long connection, string reason)
    {
        if (_targets.TryRemove(connection, out var target))
        {
            target.Seal.Dispose();
            edge.Put(new BrokerInput.ConnectionClosed(connection, reason));
        }
    }

    /// <summary>Removes a connection on which the Broker has said Close.</summary>
    public void Forget(long connection)
    {
        if (_targets.TryRemove(connection, out var target))
        {
            target.Seal.Dispose();
            target.Peer.Link?.Connections.Remove(target.BridgeConnection);
            if (target.Peer.Connection == connection)
            {
                target.Peer.Connection = 0;
                target.Peer.Part();
            }

            // The loop is told, since a message that came between its decision and now may have made Core know the
            // connection again.
            edge.Put(new BrokerInput.ConnectionClosed(connection, "the Broker closed it"));
        }
    }
}

/// <summary>The target of messages to a connection.</summary>
/// <param name="BridgeConnection">The connection as its Bridge numbers it; 0 without a Bridge.</param>
internal sealed record ConnectionTarget(Peer Peer, ulong BridgeConnection)
{
    public ConnectionSeal Seal { get; } = new();
}
