using System.Buffers.Binary;
using System.Collections.Concurrent;
using System.Net.Sockets;
using NetMQ;
using NetMQ.Sockets;
using ScheduleZero.Edges;
using ScheduleZero.Zmtp.Connections;
using ScheduleZero.Zmtp.Wire;

namespace ScheduleZero.Broker.Host.Doors;

/// <summary>
/// The only way from the network to the ROUTER and back. The door listens and dials itself; NetMQ sees one peer inside
/// the process, whose messages bear the number of a connection as a proxy would add it. No peer can choose, guess away
/// or take over the number of another, and none can reach NetMQ's own listener, because there is none.
/// </summary>
/// <remarks>
/// Members without a note are for the thread of the poller, which is the ROUTER's. <see cref="ServeAsync"/> runs once
/// for each connection, on the thread pool.
/// </remarks>
internal sealed class FrontDoor : IAsyncDisposable
{
    /// <summary>The bytes of a connection's number, which come first in each message.</summary>
    public const int NumberBytes = 8;

    private const int MessagesAtOnceMax = 256;

    /// <summary>What went out last, such as a Close, is given this long to be written at the end.</summary>
    private static readonly TimeSpan LastWordsLimit = TimeSpan.FromMilliseconds(500);

    private static int _doors;

    private readonly string _address = $"inproc://front-door-{Interlocked.Increment(ref _doors)}";
    private readonly DealerSocket _socket = new();
    private readonly PollerSignal _signal = new();
    private readonly BoundedQueue<Incoming> _incoming;
    private readonly ConcurrentDictionary<ulong, DoorConnection> _connections = [];
    private readonly DoorOptions _options;
    private readonly ByteBudget _budget;
    private readonly ILogger _logger;
    private readonly LinkBoard _links;
    private readonly DoorLog _log;

    /// <summary>Ends connections whose CURVE key was taken away; null where any key may connect.</summary>
    private readonly ClientJudge? _judge;
    private readonly List<ZmtpListener> _listeners = [];
    private readonly List<ZmtpDialler> _diallers = [];

    /// <summary>A message that the ROUTER's queue did not take yet.</summary>
    private Incoming? _held;
    private ulong _lastNumber;

    /// <param name="links">Is told which links stand.</param>
    public FrontDoor(DoorOptions options, LinkBoard links, ILogger<FrontDoor> logger)
    {
        _options = options;
        _links = links;
        _budget = new ByteBudget(options.Listening.IncomingBytesMax);
        _logger = logger;
        _log = new DoorLog(options.Time, links, logger);
        _incoming = new BoundedQueue<Incoming>(
            options.WaitingMessagesMax,
            options.WaitingBytesMax,
            incoming => incoming.Message?.Bytes ?? 0,
            () => _signal.Set()
        );
        _signal.Raised += () => Guard(PassIn);
        _socket.Options.Identity = Identity;
        _socket.Options.SendHighWatermark = _socket.Options.ReceiveHighWatermark = 10_000;
        _socket.ReceiveReady += (_, _) => Guard(() => PassOut());
        _judge = options.Clients is { } clients
            ? new ClientJudge(clients, ClientConnections, options.Time, _log.KeyTakenAway)
            : null;
    }

    /// <summary>How the ROUTER addresses the door: the first frame of each message to it and from it.</summary>
    public static byte[] Identity { get; } = "door"u8.ToArray();

    /// <summary>Connects the door with the ROUTER inside the process.</summary>
    public void Attach(RouterSocket router, NetMQPoller poller)
    {
        router.Bind(_address);
        _socket.Connect(_address);
        poller.Add(_socket);
        poller.Add(_signal.Pollable);
    }

    /// <summary>Listens and dials. Called once, by any thread.</summary>
    /// <returns>The endpoints, with the ports that the system chose.</returns>
    /// <exception cref="IOException">An endpoint cannot be listened at.</exception>
    public async Task<IReadOnlyList<string>> StartAsync(CancellationToken cancellationToken)
    {
        var endpoints = new List<string>();
        foreach (var endpoint in _options.Endpoints)
        {
            endpoints.Add(endpoint.Dials ? Dial(endpoint) : await ListenAsync(endpoint, cancellationToken));
        }

        return endpoints;
    }

    /// <summary>Reads the door's own message, by which it tells the ROUTER that a connection has ended.</summary>
    /// <param name="message">A message of the door without the door's identity.</param>
    /// <param name="ended">The first routing frame of all that came by the connection.</param>
    public static bool TryReadEnd(NetMQMessage message, out byte[] ended)
    {
        var isEnd = BinaryPrimitives.ReadUInt64BigEndian(message[0].Buffer) == 0;
        ended = isEnd ? message[1].ToByteArray() : [];
        return isEnd;
    }

    /// <summary>
    /// Ends a connection, because of something that came by it or did not come. What the ROUTER has sent to it is
    /// written before.
    /// </summary>
    public void EndAfterSending(ReadOnlySpan<byte> number, string reason)
    {
        PassOutRest();
        if (_connections.TryGetValue(BinaryPrimitives.ReadUInt64BigEndian(number), out var connection))
        {
            _ = connection.Zmtp.EndAfterSendingAsync(reason, LastWordsLimit);
        }
    }

    /// <summary>
    /// Notes that a connection leads to somebody who has proved who it is, so that it makes room for no stranger. Safe
    /// from any thread.
    /// </summary>
    public void Keep(ReadOnlySpan<byte> number)
    {
        if (_connections.TryGetValue(DoorConnection.NumberOf(number), out var connection))
        {
            connection.Place?.Prove();
        }
    }

    /// <summary>
    /// Ends connections that have led to nobody who proved who it is for too long. A connection that the door has
    /// dialled goes on: its address is that of a proxy or a Bridge, whose handlers may come later.
    /// </summary>
    /// <param name="isProved">Whether a connection, named by its number, leads to somebody who has proved it.</param>
    public void Sweep(Func<byte[], bool> isProved)
    {
        var now = _options.Time.GetTimestamp();
        foreach (var (number, connection) in _connections)
        {
            var name = DoorConnection.NameOf(number);
            if (connection.IsDialled || isProved(name))
            {
                connection.UnprovedSince = now;
            }
            else if (_options.Time.GetElapsedTime(connection.UnprovedSince, now) >= _options.UnprovedMax)
            {
                _log.NobodyProved(connection.Zmtp.Remote, _options.UnprovedMax);
                EndAfterSending(name, "Nobody has proved who it is.");
            }
        }
    }

    /// <summary>Passes out what the ROUTER has sent, all of it. For the poller's thread, before it ends.</summary>
    public void PassOutRest()
    {
        while (PassOut()) { }
    }

    /// <summary>Ends all connections, and stops listening and dialling. The poller has ended.</summary>
    public async ValueTask DisposeAsync()
    {
        if (_judge is not null)
        {
            await _judge.DisposeAsync();
        }

        await Task.WhenAll(
            _connections.Values.Select(connection =>
                connection.Zmtp.EndAfterSendingAsync("The Broker stops.", LastWordsLimit)
            )
        );
        foreach (var listener in _listeners)
        {
            await listener.DisposeAsync();
        }

        foreach (var dialler in _diallers)
        {
            await dialler.DisposeAsync();
        }

        _signal.Dispose();
        _socket.Dispose();
        _log.Dispose();
    }

    private async Task<string> ListenAsync(DoorEndpoint endpoint, CancellationToken cancellationToken)
    {
        var listener = new ZmtpListener(
            endpoint.Security[0],
            _options.Zmtp,
            _options.Listening,
            _budget,
            _options.IsAdmitted,
            (connection, place, cancellationToken) => ServeAsync(connection, place, null, cancellationToken),
            _log
        );
        _listeners.Add(listener);
        try
        {
            return $"tcp://{listener.Start(await endpoint.Address.ListenAtAsync(cancellationToken))}";
        }
        catch (SocketException e)
        {
            throw new IOException($"{endpoint.Address}: {e.Message}", e);
        }
    }

    private string Dial(DoorEndpoint endpoint)
    {
        var dialled = _links.Dial($"{endpoint.Address}");
        var log = new DialLog(endpoint.Address, dialled, _log, _logger);
        var dialler = new ZmtpDialler(
            endpoint.Address,
            endpoint.Security,
            _options.Zmtp,
            new DialTimings(),
            _budget,
            (connection, cancellationToken) =>
            {
                log.Connected();
                return ServeAsync(connection, null, dialled, cancellationToken);
            },
            log,
            _options.Draw
        );
        _diallers.Add(dialler);
        dialler.Start();
        return $">{endpoint.Address}";
    }

    /// <summary>Passes in what one connection says, until it ends.</summary>
    /// <param name="place">The connection's place; null where the door has dialled.</param>
    /// <param name="dialled">The endpoint that the door has dialled; null where the peer has dialled.</param>
    private async Task ServeAsync(
        ZmtpConnection connection,
        ConnectionPlace? place,
        LinkBoard.Dialled? dialled,
        CancellationToken cancellationToken
    )
    {
        if (_options.Clients is not null)
        {
            place?.Prove(); // Its CURVE key is on a list.
        }

        var number = Interlocked.Increment(ref _lastNumber);
        _connections[number] = new DoorConnection(connection, place, _options.Time.GetTimestamp());
        _links.Connected(number, connection.Remote, dialled);
        if (dialled is null)
        {
            _judge?.Judge(connection);
        }

        ZmtpException? end = null;
        try
        {
            while (true)
            {
                var message = await connection.ReceiveAsync(cancellationToken);
                await _incoming.EnqueueAsync(new Incoming(number, message), cancellationToken);
            }
        }
        catch (ZmtpException e)
        {
            end = e;
            throw;
        }
        finally
        {
            _connections.TryRemove(number, out _);
            _links.Ended(number, end);
            _incoming.Enqueue(new Incoming(number, null));
        }
    }

    private IEnumerable<ZmtpConnection> ClientConnections() =>
        _connections.Values.Where(connection => !connection.IsDialled).Select(connection => connection.Zmtp);

    private void PassIn()
    {
        for (var i = 0; i < MessagesAtOnceMax; i++)
        {
            if (_held is not { } incoming && !_incoming.TryDequeue(out incoming))
            {
                return;
            }

            if (!incoming.TrySend(_socket))
            {
                _held = incoming;
                break;
            }

            _held = null;
        }

        // Through the poller, so that the ROUTER and what goes out get their turn.
        _signal.Set();
    }

    /// <returns>Whether there was anything.</returns>
    private bool PassOut()
    {
        var message = new NetMQMessage();
        for (var i = 0; i < MessagesAtOnceMax; i++)
        {
            if (!_socket.TryReceiveMultipartMessage(ref message!))
            {
                return i > 0;
            }

            PassOut(message);
            message = new NetMQMessage();
        }

        return true;
    }

    private void PassOut(NetMQMessage message)
    {
        var number = BinaryPrimitives.ReadUInt64BigEndian(message[0].Buffer);
        if (!_connections.TryGetValue(number, out var connection))
        {
            return; // The connection has ended, and the ROUTER will learn it.
        }

        var frames = new ReadOnlyMemory<byte>[message.FrameCount - 1];
        for (var i = 0; i < frames.Length; i++)
        {
            frames[i] = message[i + 1].Buffer.AsMemory(0, message[i + 1].MessageSize);
        }

        if (!connection.Zmtp.TrySend(new ZmtpMessage(frames)))
        {
            _log.PeerStuck(connection.Zmtp.Remote);
            connection.Zmtp.End("It does not read.");
        }
    }

    // An exception on the poller's thread would end it silently.
    private void Guard(Action step)
    {
        try
        {
            step();
        }
        catch (Exception e) when (e is not OutOfMemoryException)
        {
            if (_log.MayTellOfFailure())
            {
                _logger.DoorFailed(e);
            }
        }
    }
}
