using System.Collections.Concurrent;
using NetMQ;
using NetMQ.Sockets;
using ScheduleZero.Broker.Core;
using ScheduleZero.Broker.Core.Access;
using ScheduleZero.Broker.Host.Doors;
using ScheduleZero.Contracts;
using ScheduleZero.Contracts.Handlers;
using ScheduleZero.Edges;
using ScheduleZero.Sealing;

namespace ScheduleZero.Broker.Host.Transport;

/// <summary>
/// Runs the ROUTER socket on the one thread that owns it. The thread takes frames in bounded bursts and passes them to
/// <see cref="Reception"/>; it sends what the loop has said, with many messages to a Bridge in one frame. The ROUTER's
/// one peer is the <see cref="FrontDoor"/>, through which all others come.
/// </summary>
internal sealed class RouterTransport : IHandlerTransport, IPeerSender, IAsyncDisposable
{
    private const int ReceivedAtOnceMax = 256;
    private static readonly TimeSpan StopLimit = TimeSpan.FromSeconds(2);

    private readonly TransportOptions _options;
    private readonly ILogger _logger;
    private readonly SealHandshakes _handshakes;
    private readonly Reception _reception;
    private readonly FrontDoor _door;
    private readonly RouterSocket _socket = new();
    private readonly PollerSignal _signal = new();
    private readonly NetMQPoller _poller;
    private readonly NetMQTimer _sweep;
    private readonly Thread _thread;

    /// <summary>The steps for the socket's thread, which the loop's side adds.</summary>
    private readonly ConcurrentQueue<Action> _toSend = new();

    /// <summary>The messages that were said to each peer since the last flush. Used only on the loop's side.</summary>
    private readonly Dictionary<Peer, List<Outgoing>> _said = [];
    private volatile bool _isStopping;

    /// <param name="door">The transport owns the door from now on.</param>
    public RouterTransport(
        TransportOptions options,
        FrontDoor door,
        Reception reception,
        SealHandshakes handshakes,
        ILogger<RouterTransport> logger
    )
    {
        _options = options;
        _door = door;
        _reception = reception;
        _handshakes = handshakes;
        _logger = logger;
        _socket.Options.RouterMandatory = true;
        _socket.Options.SendHighWatermark = 10_000;
        _socket.Options.ReceiveHighWatermark = 10_000;
        _sweep = new NetMQTimer(options.Beat);
        _poller = [_socket, _signal.Pollable, _sweep];
        door.Attach(_socket, _poller);
        _socket.ReceiveReady += (_, _) => Receive();
        _signal.Raised += SendSaid;
        _sweep.Elapsed += (_, _) => Guard(Sweep);
        _thread = new Thread(_poller.Run) { IsBackground = true, Name = "router" };
    }

    /// <summary>The endpoints with the ports that the system chose; empty before the start.</summary>
    public IReadOnlyList<string> Endpoints { get; private set; } = [];

    /// <summary>Starts the thread, and opens the front door.</summary>
    /// <exception cref="IOException">Another process has the port.</exception>
    public async Task StartAsync(CancellationToken cancellationToken)
    {
        _thread.Start();
        Endpoints = await _door.StartAsync(cancellationToken);
    }

    // The members below are for the loop's side, which calls them from one thread at a time.

    public void Send(long connection, IBrokerMessage message)
    {
        if (_reception.FindTarget(connection) is { } target)
        {
            if (message is Welcome && target.BridgeConnection == 0)
            {
                Welcome(target.Peer);
                target.Seal.End();
            }

            // An answer belongs to its question, which was not sealed.
            Say(connection, target, message, MessageKinds.IsAnswer(message.Kind) ? null : target.Seal.Used);
        }
    }

    public void SendSealed(long connection, IBrokerMessage answer, string seal)
    {
        if (_reception.FindTarget(connection) is not { } target)
        {
            return;
        }

        if (target.Seal.FindMade(seal) is not { } made)
        {
            Break(connection, target, "Another handshake began meanwhile: say Challenge again.");
            return;
        }

        if (answer is Welcome)
        {
            Welcome(target.Peer);
            target.Seal.Begin(made);
        }

        // A refusal after which the handler tries again says nothing that its Bridge could not say by itself. The
        // Bridge reads its code, so as not to count it against the handler's address.
        var isPlain = answer is Refused { Code: ErrorCodes.Unavailable or ErrorCodes.RateLimited };
        Say(connection, target, answer, isPlain ? null : made);
    }

    public void SendNonce(Effect.SendNonce nonce)
    {
        if (_reception.FindTarget(nonce.Connection) is not { } target)
        {
            return;
        }

        if (_handshakes.Answer(nonce, out var made) is not { } answer)
        {
            const string Reason = "seal.key must be a P-256 key as SubjectPublicKeyInfo.";
            Say(nonce.Connection, target, new Refused(ErrorCodes.Invalid, Reason), null);
            return;
        }

        if (made is not null)
        {
            target.Seal.Offer(made, nonce.KeyId);
        }

        Say(nonce.Connection, target, answer, null);
    }

    public void Close(long connection, string code, string reason)
    {
        Send(connection, new Close(code, reason));
        Flush();
        _toSend.Enqueue(() => _reception.Forget(connection));
        _signal.Set();
    }

    public void KeyChanged(KeyRecord key)
    {
        if (key.RevokedReason == KeyRecord.Cloned)
        {
            _logger.KeyLocked(key.Id, key.Namespace, key.Handler);
        }

        if (key.RevokedAt is not null)
        {
            DropLinks(key, "was revoked");
        }
    }

    public void KeyExpired(KeyRecord key) => DropLinks(key, "has expired");

    public void Flush()
    {
        if (_said.Count == 0)
        {
            return;
        }

        foreach (var (peer, messages) in _said)
        {
            foreach (var outgoing in Packer.Pack(peer, messages))
            {
                _toSend.Enqueue(() => SendTo(peer, outgoing));
            }
        }

        _said.Clear();
        _signal.Set();
    }

    public async ValueTask DisposeAsync()
    {
        _isStopping = true;
        _signal.Set();
        if (_thread.IsAlive && !_thread.Join(StopLimit))
        {
            // The sockets belong to the poller's thread, so nobody else may close them.
            _logger.RouterStuck(StopLimit.TotalSeconds);
            return;
        }

        _poller.Dispose();
        await _door.DisposeAsync();
        _signal.Dispose();
        _socket.Dispose();
    }

    // The members below are for the socket's thread.

    public void SendTo(Peer peer, Outgoing outgoing)
    {
        if (peer.Backlog.Count == 0 && TrySend(peer, outgoing))
        {
            return;
        }

        if (peer.Backlog.Count >= _options.BacklogMax)
        {
            if (_reception.MayLog("peers that do not read"))
            {
                _logger.PeerStuck(peer.Backlog.Count);
            }

            _reception.Lose(peer, "it does not read");
            return;
        }

        peer.Backlog.Enqueue(outgoing);
    }

    public void SendBacklog(Peer peer)
    {
        while (peer.Backlog.TryPeek(out var outgoing) && TrySend(peer, outgoing))
        {
            peer.Backlog.TryDequeue(out _);
        }
    }

    public void KeepConnection(Peer peer) => _door.Keep(peer.Route.Frames[0]);

    public void EndConnection(Peer peer, string reason)
    {
        if (peer.Route.Frames is [var number])
        {
            _door.EndAfterSending(number, reason);
        }
    }

    private void Sweep()
    {
        _reception.Sweep(this);
        _door.Sweep(_reception.IsProved);
    }

    private bool TrySend(Peer peer, Outgoing outgoing)
    {
        var link =
            peer.Link is { IsWelcome: true } welcome && LinkMessages.IsCounted(outgoing.Kind, outgoing.BridgeConnection)
                ? welcome
                : null;
        var header = new FrameHeader(outgoing.Kind, outgoing.BridgeConnection, link is null ? 0 : link.LastSent + 1);
        var message = new NetMQMessage(peer.Route.Frames.Length + 4);
        message.Append(FrontDoor.Identity);
        foreach (var frame in peer.Route.Frames)
        {
            message.Append(frame);
        }

        message.AppendEmptyFrame();
        message.Append(header.ToFrame());
        message.Append(outgoing.Body.ToArray());
        if (!_socket.TrySendMultipartMessage(TimeSpan.Zero, message))
        {
            return false;
        }

        if (link is not null)
        {
            link.LastSent++;
        }

        return true;
    }

    private void Receive()
    {
        var message = new NetMQMessage();
        for (var i = 0; i < ReceivedAtOnceMax; i++)
        {
            try
            {
                if (!_socket.TryReceiveMultipartMessage(ref message!))
                {
                    break;
                }
            }
            catch (NetMQException e)
            {
                LogFailure(e);
                break;
            }

            var received = message;
            Guard(() => Receive(received));
            message = new NetMQMessage();
        }
    }

    private void Receive(NetMQMessage message)
    {
        message.Pop(); // The door's identity.
        if (FrontDoor.TryReadEnd(message, out var ended))
        {
            _reception.LoseAll(ended);
        }
        else
        {
            _reception.Receive(message, this);
        }
    }

    private void SendSaid()
    {
        while (_toSend.TryDequeue(out var send))
        {
            Guard(send);
        }

        if (_isStopping)
        {
            _door.PassOutRest();
            _poller.Stop();
        }
    }

    private void Guard(Action step)
    {
        try
        {
            step();
        }
        catch (Exception e) when (e is not OutOfMemoryException)
        {
            LogFailure(e);
        }
    }

    private void LogFailure(Exception failure)
    {
        if (_reception.MayLog("messages that could not be taken"))
        {
            _logger.MessageFailed(failure);
        }
    }

    private void DropLinks(KeyRecord key, string end)
    {
        if (key.Kind == Contracts.Rest.KeyKind.Bridge)
        {
            _toSend.Enqueue(() => _reception.DropLinks(key.Id, end, this));
            _signal.Set();
        }
    }

    private void Welcome(Peer peer)
    {
        peer.Welcome();
        KeepConnection(peer);
    }

    /// <param name="channel">The session in which the message is sealed; null for a message that is not.</param>
    private void Say(long connection, ConnectionTarget target, IBrokerMessage message, SealedChannel? channel)
    {
        if (channel is null)
        {
            Collect(target.Peer, Outgoing.Of(message, target.BridgeConnection));
        }
        else if (channel.Seal(message.Kind, ProtocolJson.Write(message)) is { } body)
        {
            Collect(target.Peer, new Outgoing(message.Kind, target.BridgeConnection, body));
        }
        else
        {
            Break(connection, target, SealFaults.Text(SealFault.UsedUp));
        }
    }

    /// <summary>Ends a connection that cannot go on as it is; its handler may say Hello on another one.</summary>
    private void Break(long connection, ConnectionTarget target, string reason)
    {
        Collect(target.Peer, Outgoing.Of(new Close(ErrorCodes.Unavailable, reason), target.BridgeConnection));
        Flush();
        _toSend.Enqueue(() => _reception.Forget(connection));
        _signal.Set();
    }

    private void Collect(Peer peer, Outgoing outgoing)
    {
        if (!_said.TryGetValue(peer, out var messages))
        {
            _said[peer] = messages = [];
        }

        messages.Add(outgoing);
    }
}
