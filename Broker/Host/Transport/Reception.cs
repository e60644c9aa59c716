using NetMQ;
using ScheduleZero.Broker.Host.Access;
using ScheduleZero.Broker.Host.Doors;
using ScheduleZero.Broker.Host.Inputs;
using ScheduleZero.Contracts;
using ScheduleZero.Contracts.Handlers;
using ScheduleZero.Edges;

namespace ScheduleZero.Broker.Host.Transport;

/// <summary>
/// Turns frames into inputs of the loop. The reception knows the peers, and passes each message to the reception for
/// its speaker, which knows what that speaker may say. A message that makes no sense costs its sender a strike.
/// </summary>
internal sealed class Reception : IDisposable
{
    private readonly TransportOptions _options;
    private readonly TimeProvider _time;
    private readonly PeerTable _peers;
    private readonly ConnectionTable _connections;
    private readonly LinkRegister _links;
    private readonly LinkNotes _notes;
    private readonly SealRefusals _refusals;
    private readonly StrangerLines _lines;
    private readonly PeerCloser _closer;
    private readonly Strikes _strikes;
    private readonly BridgeReception _bridges;
    private readonly HandlerReception _handlers;
    private readonly StrangerReception _strangers;

    /// <summary>Puts the reception together.</summary>
    /// <param name="edge">Receives the inputs.</param>
    /// <param name="board">Is told which Bridges are linked.</param>
    /// <param name="epoch">Distinguishes this start of the Broker from others, for Bridges.</param>
    public Reception(
        TransportOptions options,
        KeyRing keys,
        OfflineCopies copies,
        IBrokerEdge edge,
        LinkBoard board,
        string epoch,
        TimeProvider time,
        ILogger<Reception> logger
    )
    {
        (_options, _time) = (options, time);
        _peers = new PeerTable(options.PeersMax);
        _connections = new ConnectionTable(edge);
        _links = new LinkRegister(options.LinksPerKeyMax, board);
        _notes = new LinkNotes(edge, time);
        _lines = new StrangerLines(time, logger);
        _refusals = new SealRefusals(edge, _lines, time, logger);
        _closer = new PeerCloser(_connections, _links, _notes, logger);
        _strikes = new Strikes(options.StrikesMax, _closer, _lines, logger);
        _bridges = new BridgeReception(
            options.LinkConnectionsMax,
            copies,
            edge,
            _connections,
            _closer,
            _strikes,
            _links,
            _notes,
            _refusals,
            logger
        );
        _handlers = new HandlerReception(options.HelloInterval, copies, edge, _connections, _strikes, _refusals);
        _strangers = new StrangerReception(
            options.GreetInterval,
            new BridgeAuthentication(keys, _links, _notes, _lines, epoch, logger),
            _closer,
            _strikes
        );
    }

    /// <summary>The number of Bridges that are linked now. Safe from any thread.</summary>
    public int Bridges => _links.Count;

    /// <summary>The milliseconds of the steady clock.</summary>
    private long Now => (long)_time.GetElapsedTime(0).TotalMilliseconds;

    /// <summary>
    /// The target of messages to a connection; null when the connection is closed. Safe from any thread.
    /// </summary>
    public ConnectionTarget? FindTarget(long connection) => _connections.Find(connection);

    public void Receive(NetMQMessage message, IPeerSender sender)
    {
        if (!Route.TryTake(message, _options.HopsMax, out var route))
        {
            _strikes.Log("the frames are not [route …][empty][header][body]", 0);
            return;
        }

        if (PeerOf(route) is not { IsIgnored: false } peer)
        {
            return;
        }

        peer.LastHeard = Now;
        var body = message[message.FrameCount - 1].ToByteArray();
        if (FrameHeader.TryParse(message[message.FrameCount - 2].ToByteArray(), out var header))
        {
            Receive(peer, header, body, sender);
        }
        else
        {
            _strikes.Add(peer, "the header is not one of version SZ1", sender);
        }
    }

    /// <summary>
    /// Whether a line that a stranger has caused may be logged, so that strangers cannot flood the log.
    /// </summary>
    /// <param name="kind">The subject of such lines: a constant, in the plural.</param>
    public bool MayLog(string kind) => _lines.MayWrite(kind, null);

    /// <summary>Logs how many lines were left out. Called when the socket's thread has ended.</summary>
    public void Dispose()
    {
        _lines.Dispose();
        _links.Dispose();
        _refusals.Dispose();
    }

    /// <summary>Keeps links alive, and forgets peers that have been silent too long.</summary>
    public void Sweep(IPeerSender sender)
    {
        var now = Now;
        _notes.Sweep();
        _refusals.Sweep();
        foreach (var peer in _peers.All())
        {
            sender.SendBacklog(peer);
            var silence = now - peer.LastHeard;
            if (peer.Link is { IsWelcome: true })
            {
                if (silence > _options.LinkTimeout.TotalMilliseconds)
                {
                    Lose(peer, $"silent for {silence / 1000} s");
                }
                else
                {
                    sender.SendTo(peer, Outgoing.Of(new Beat()));
                }
            }
            else if (silence > _options.PeerTimeout.TotalMilliseconds)
            {
                Lose(peer, "silent");
            }
        }
    }

    /// <summary>
    /// Removes a peer that cannot be reached any more. The connections of the peer are closed; the sessions on them
    /// wait for their handlers to return.
    /// </summary>
    public void Lose(Peer peer, string reason)
    {
        _closer.DropLink(peer, reason);
        _closer.CloseConnection(peer, reason);
        peer.Backlog.Clear();
        _peers.Remove(peer);
    }

    /// <summary>Whether a connection leads to a handler that was welcomed, or to a Bridge that has proved its key.
    /// </summary>
    /// <param name="connection">The first frame of the routes of those who came by it.</param>
    public bool IsProved(byte[] connection) => _peers.IsProved(connection);

    /// <summary>Forgets all peers that came by a connection that has ended.</summary>
    /// <param name="connection">The first frame of their routes.</param>
    public void LoseAll(byte[] connection)
    {
        foreach (var peer in _peers.AllBehind(connection))
        {
            Lose(peer, "its connection ended");
        }
    }

    /// <summary>Ends the links of a Bridge's key that is not valid any more.</summary>
    /// <param name="end">What has happened to the key, in words.</param>
    public void DropLinks(string keyId, string end, IPeerSender sender)
    {
        foreach (var peer in _peers.All().Where(peer => peer.Link?.Hello.KeyId == keyId))
        {
            sender.SendTo(peer, Outgoing.Of(new Refused(ErrorCodes.Revoked, $"The bridge's key {end}.")));
            _closer.DropLink(peer, $"its key {end}");
        }
    }

    /// <summary>Removes a connection on which the Broker has said Close.</summary>
    public void Forget(long connection) => _connections.Forget(connection);

    private void Receive(Peer peer, FrameHeader header, byte[] body, IPeerSender sender)
    {
        if (header.Kind is MessageKind.BridgeHello or MessageKind.BridgeProof)
        {
            _strangers.Shake(peer, header.Kind, body, sender);
        }
        else if (peer.Link is { IsWelcome: true } link)
        {
            _bridges.Receive(peer, link, header, body, sender);
        }
        else if (header.Connection != 0 || header.Sequence != 0)
        {
            StrangerReception.AskForHandshake(peer, sender);
        }
        else if (peer.Connection == 0 && !HandlerInputs.IsFirst(header.Kind))
        {
            _strangers.Greet(peer, Now, sender);
        }
        else
        {
            _handlers.Receive(peer, header.Kind, body, Now, sender);
        }
    }

    private Peer? PeerOf(Route route)
    {
        if (_peers.Find(route) is { } known)
        {
            return known;
        }

        // Whoever speaks may invent routes, and each counts as a peer. When all places are taken, the peer goes that
        // has been here longest without proving who it is, so that a flood of strangers keeps out nobody who can prove
        // it.
        if (_peers.IsFull)
        {
            if (_peers.NextUnproved() is not { } oldest)
            {
                return null;
            }

            Lose(oldest, "all places were taken, and it had not proved who it is");
        }

        return _peers.Add(route, Now);
    }
}
