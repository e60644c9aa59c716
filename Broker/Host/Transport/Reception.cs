using System.Collections.Concurrent;
using NetMQ;
using ScheduleZero.Broker.Core;
using ScheduleZero.Broker.Host.Access;
using ScheduleZero.Broker.Host.Inputs;
using ScheduleZero.Contracts;
using ScheduleZero.Contracts.Handlers;

namespace ScheduleZero.Broker.Host.Transport;

/// <summary>
/// Turns frames into inputs. Knows the peers, what each may say (an allow-list by kind of peer), and whose connection
/// is whose. Everything that makes no sense costs its sender a strike, and after a few its hearing.
/// </summary>
internal sealed class Reception(
    TransportOptions options,
    KeyRing keys,
    OfflineCopies copies,
    string epoch,
    TimeProvider time,
    ILogger<Reception> logger
) : IDisposable
{
    private readonly Dictionary<Route, Peer> _peers = [];
    private readonly Queue<Peer> _unproved = new();
    private readonly ConcurrentDictionary<long, Target> _targets = [];
    private readonly LinkHandshake _handshake = new(keys, options.LinksPerKeyMax, epoch, time, logger);
    private IBrokerEdge _edge = null!;
    private long _lastConnection;

    /// <summary>Bridges that are linked now.</summary>
    public int Bridges => _handshake.Links.Count;

    private long Now => (long)time.GetElapsedTime(0).TotalMilliseconds;

    /// <summary>Where inputs go; set once, before the socket starts.</summary>
    public void DeliverTo(IBrokerEdge edge) => _edge = _handshake.Notes.Edge = edge;

    /// <summary>Whom a connection's messages go to; null when it is gone. Safe from any thread.</summary>
    public Target? FindTarget(long connection) => _targets.GetValueOrDefault(connection);

    public void Take(NetMQMessage message, IPeerSender sender)
    {
        if (!Route.TryTake(message, options.HopsMax, out var route))
        {
            LogStrike("the frames are not [route …][empty][header][body]", 0);
            return;
        }

        if (PeerOf(route) is not { IsIgnored: false } peer)
        {
            return;
        }

        peer.LastHeard = Now;
        var body = message[message.FrameCount - 1].ToByteArray();
        if (!FrameHeader.TryParse(message[message.FrameCount - 2].ToByteArray(), out var header))
        {
            Strike(peer, "the header is not one of version SZ1", sender);
        }
        else if (header.Kind is MessageKind.BridgeHello or MessageKind.BridgeProof)
        {
            Shake(peer, header.Kind, body, sender);
        }
        else if (peer.Link is { IsWelcome: true } link)
        {
            TakeFromBridge(peer, link, header, body, sender);
        }
        else
        {
            TakeFromHandler(peer, header, body, sender);
        }
    }

    /// <summary>
    /// Asks for a line of the log that a stranger has caused. A ROUTER does not know addresses, so all of them share
    /// the bound.
    /// </summary>
    /// <param name="kind">A constant, in the plural.</param>
    public bool MayLog(string kind) => _handshake.Lines.TryTake(kind, null);

    /// <summary>Writes down what the log has left out. The socket's thread has ended.</summary>
    public void Dispose() => _handshake.Dispose();

    /// <summary>Keeps links alive, and forgets who has been silent too long.</summary>
    public void Sweep(IPeerSender sender)
    {
        var now = Now;
        _handshake.Notes.Sweep();
        foreach (var peer in _peers.Values.ToList())
        {
            sender.SendBacklog(peer);
            var silence = now - peer.LastHeard;
            if (peer.Link is { IsWelcome: true } link)
            {
                if (silence > options.LinkTimeout.TotalMilliseconds)
                {
                    Lose(peer, $"silent for {silence / 1000} s");
                }
                else
                {
                    sender.SendTo(peer, Outgoing.Of(new Beat()));
                }
            }
            else if (silence > options.PeerTimeout.TotalMilliseconds)
            {
                Lose(peer, "silent");
            }
        }
    }

    /// <summary>
    /// A peer that cannot be reached any more: its connections are closed, its sessions wait for the handlers to
    /// return.
    /// </summary>
    public void Lose(Peer peer, string reason)
    {
        DropLink(peer, reason);
        if (peer.Connection != 0)
        {
            CloseConnection(peer.Connection, reason);
            peer.Connection = 0;
        }

        peer.Backlog.Clear();
        _peers.Remove(peer.Route);
    }

    /// <summary>A bridge's key was revoked.</summary>
    public void DropLinks(string keyId, IPeerSender sender)
    {
        foreach (var peer in _peers.Values.Where(peer => peer.Link?.Hello.KeyId == keyId).ToList())
        {
            Refuse(peer, new Refused(ErrorCodes.Revoked, "The bridge's key was revoked."), sender);
            DropLink(peer, "its key was revoked");
        }
    }

    /// <summary>The Broker said Close on it.</summary>
    public void Forget(long connection)
    {
        if (_targets.TryRemove(connection, out var target))
        {
            target.Peer.Link?.Connections.Remove(target.BridgeConnection);
            if (target.Peer.Connection == connection)
            {
                target.Peer.Connection = 0;
            }

            // What was said on it between the decision and now may have made Core know it again.
            _edge.Put(new BrokerInput.ConnectionClosed(connection, "the Broker closed it"));
        }
    }

    private Peer? PeerOf(Route route)
    {
        if (!_peers.TryGetValue(route, out var peer))
        {
            if (_peers.Count >= options.PeersMax && !TryEvict())
            {
                return null;
            }

            _peers[route] = peer = new Peer(route, Now);
            Await(peer);
        }

        return peer;
    }

    // Whoever speaks may invent routes, each a peer. When all places are taken, the one goes that has waited longest
    // without proving anything, so that a flood of strangers keeps out nobody who can.
    private bool TryEvict()
    {
        while (_unproved.TryDequeue(out var oldest))
        {
            if (!oldest.IsProved && _peers.GetValueOrDefault(oldest.Route) == oldest)
            {
                Lose(oldest, "all places were taken, and it had not proved who it is");
                return true;
            }
        }

        return false;
    }

    private void Await(Peer peer)
    {
        _unproved.Enqueue(peer);
        if (_unproved.Count > 2 * options.PeersMax)
        {
            // Those that have gone by themselves, or proved themselves, are still in it.
            var waiting = _unproved
                .Where(other => !other.IsProved && _peers.GetValueOrDefault(other.Route) == other)
                .ToList();
            _unproved.Clear();
            waiting.ForEach(_unproved.Enqueue);
        }
    }

    private void Shake(Peer peer, MessageKind kind, byte[] body, IPeerSender sender)
    {
        if (peer.Link is { IsWelcome: true })
        {
            if (kind == MessageKind.BridgeProof)
            {
                return; // It answered a challenge that was repeated for it; the first answer did.
            }

            DropLink(peer, "it began anew");
        }

        if (_handshake.Answer(peer, kind, body) is not { } answer)
        {
            Strike(peer, $"{kind} out of order, or not valid", sender);
            return;
        }

        sender.SendTo(peer, answer);
    }

    private void TakeFromBridge(
        Peer peer,
        BridgeLink link,
        FrameHeader header,
        ReadOnlyMemory<byte> body,
        IPeerSender sender
    )
    {
        if (header.Kind == MessageKind.Beat)
        {
            return;
        }

        if (header.Sequence != link.LastReceived + 1)
        {
            // Something was lost or said twice. What it was cannot be known, so both sides begin anew; sessions and
            // outboxes repair the rest.
            var problem = $"message {header.Sequence} came after {link.LastReceived}";
            Refuse(peer, new Refused(ErrorCodes.Unavailable, problem), sender);
            DropLink(peer, problem);
            return;
        }

        link.LastReceived = header.Sequence;
        if (header.Kind != MessageKind.Pack)
        {
            TakeFromConnection(peer, link, header, body, sender);
            return;
        }

        while (Pack.TryRead(ref body, out var inner, out var innerBody))
        {
            TakeFromConnection(peer, link, inner, innerBody, sender);
        }

        if (!body.IsEmpty)
        {
            Strike(peer, "the pack does not hold whole messages", sender);
        }
    }

    private void TakeFromConnection(
        Peer peer,
        BridgeLink link,
        FrameHeader header,
        ReadOnlyMemory<byte> body,
        IPeerSender sender
    )
    {
        if (header.Kind == MessageKind.Open)
        {
            OpenConnection(peer, link, header.Connection, body, sender);
            return;
        }

        if (!link.Connections.TryGetValue(header.Connection, out var connection))
        {
            return; // It was closed here while the message was on its way.
        }

        if (header.Kind == MessageKind.Closed)
        {
            link.Connections.Remove(header.Connection);
            CloseConnection(connection, "the handler's connection to the bridge ended");
            return;
        }

        if (
            HandlerInputs.Read(connection, header.Kind, body.Span, speaksForItself: false, copies, out var problem) is
            { } input
        )
        {
            _edge.Put(input);
            return;
        }

        // The handler's fault, not its bridge's: the handler pays.
        LogStrike(problem, 1);
        sender.SendTo(peer, Outgoing.Of(new Close(ErrorCodes.Invalid, problem), header.Connection));
        link.Connections.Remove(header.Connection);
        CloseConnection(connection, problem);
    }

    private void OpenConnection(
        Peer peer,
        BridgeLink link,
        ulong bridgeConnection,
        ReadOnlyMemory<byte> body,
        IPeerSender sender
    )
    {
        if (bridgeConnection == 0 || !ProtocolJson.TryRead<Open>(body.Span, out var open, out _))
        {
            Strike(peer, "Open makes no sense", sender);
            return;
        }

        if (link.Connections.Remove(bridgeConnection, out var old))
        {
            CloseConnection(old, "it was opened anew");
        }

        if (link.Connections.Count >= options.LinkConnectionsMax)
        {
            TurnAway(peer, link, bridgeConnection, sender);
            return;
        }

        var connection = ++_lastConnection;
        link.Connections[bridgeConnection] = connection;
        _targets[connection] = new Target(peer, bridgeConnection);
        _edge.Put(
            new BrokerInput.Opened(
                connection,
                link.Name,
                open.RemoteAddress,
                HandlerInputs.ClaimOf(open.ApiKey),
                open.UserAgent
            )
        );
    }

    // The Bridge bounds its own connections below this, so a link that comes here is none of a Bridge as it should be.
    private void TurnAway(Peer peer, BridgeLink link, ulong bridgeConnection, IPeerSender sender)
    {
        var reason = $"Its Bridge carries {options.LinkConnectionsMax} connections already.";
        sender.SendTo(peer, Outgoing.Of(new Close(ErrorCodes.Unavailable, reason), bridgeConnection));
        _handshake.TellFull(link, options.LinkConnectionsMax);
    }

    private void TakeFromHandler(Peer peer, FrameHeader header, byte[] body, IPeerSender sender)
    {
        if (header.Connection != 0 || header.Sequence != 0)
        {
            // A Bridge of before this Broker's start: it must prove itself again.
            Refuse(peer, new Refused(ErrorCodes.Unauthenticated, "No link: say BridgeHello."), sender);
            return;
        }

        var now = Now;
        if (header.Kind == MessageKind.Hello)
        {
            if (now - peer.LastHello < options.HelloInterval.TotalMilliseconds)
            {
                return;
            }

            peer.LastHello = now;
        }
        else if (HandlerInputs.IsFirst(header.Kind))
        {
            if (now - peer.LastAsked < options.HelloInterval.TotalMilliseconds)
            {
                return;
            }

            peer.LastAsked = now;
        }
        else if (peer.Connection == 0)
        {
            GreetStranger(peer, now, sender);
            return;
        }

        if (peer.Connection == 0)
        {
            peer.Connection = ++_lastConnection;
            _targets[peer.Connection] = new Target(peer, 0);
        }

        if (
            HandlerInputs.Read(peer.Connection, header.Kind, body, speaksForItself: true, copies, out var problem) is
            { } input
        )
        {
            peer.Strikes = 0;
            _edge.Put(input);
        }
        else
        {
            sender.SendTo(peer, Outgoing.Of(new Refused(ErrorCodes.Invalid, problem)));
            Strike(peer, problem, sender);
        }
    }

    // No strikes: after a restart every handler's first words come here, and a proxy may have kept many of them. One
    // Greet answers them all.
    private void GreetStranger(Peer peer, long now, IPeerSender sender)
    {
        if (now - peer.LastGreet >= options.GreetInterval.TotalMilliseconds)
        {
            peer.LastGreet = now;
            sender.SendTo(peer, Outgoing.Of(new Greet("No session: say Hello.")));
        }
    }

    private void Strike(Peer peer, string problem, IPeerSender sender)
    {
        peer.Strikes++;
        LogStrike(problem, peer.Strikes);
        if (peer.Strikes < options.StrikesMax)
        {
            return;
        }

        if (peer.Connection != 0)
        {
            sender.SendTo(peer, Outgoing.Of(new Close(ErrorCodes.Invalid, problem)));
            CloseConnection(peer.Connection, problem);
            peer.Connection = 0;
        }

        DropLink(peer, problem);
        peer.IsIgnored = true;
    }

    private void LogStrike(string problem, int strikes)
    {
        if (MayLog("messages that make no sense"))
        {
            logger.Strike(problem, strikes);
        }
    }

    private static void Refuse(Peer peer, Refused refused, IPeerSender sender) =>
        sender.SendTo(peer, Outgoing.Of(refused));

    private void DropLink(Peer peer, string reason)
    {
        if (peer.Link is not { } link)
        {
            return;
        }

        peer.Link = null;
        if (!link.IsWelcome)
        {
            return;
        }

        _handshake.Links.Remove(link);
        logger.BridgeLost(link.Name, reason);
        _handshake.Notes.Closed(link, reason);
        foreach (var connection in link.Connections.Values)
        {
            CloseConnection(connection, "its bridge's link was lost");
        }
    }

    private void CloseConnection(long connection, string reason)
    {
        if (_targets.TryRemove(connection, out _))
        {
            _edge.Put(new BrokerInput.ConnectionClosed(connection, reason));
        }
    }

    internal sealed record Target(Peer Peer, ulong BridgeConnection);
}
