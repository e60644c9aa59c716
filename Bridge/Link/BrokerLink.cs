using System.Collections.Concurrent;
using System.Net.Sockets;
using System.Security.Cryptography;
using ScheduleZero.Contracts;
using ScheduleZero.Edges;
using ScheduleZero.Zmtp.Connections;
using ScheduleZero.Zmtp.Wire;

namespace ScheduleZero.Bridge.Link;

/// <summary>
/// The link by one Broker endpoint: dials it, or listens at it. Each connection has a session of its own, so that a
/// stranger who connects does not stand between the Bridge and its Broker.
/// </summary>
internal sealed class BrokerLink : IAsyncDisposable
{
    /// <summary>How long a stop waits for the loops, which have a second to send what waits.</summary>
    private static readonly TimeSpan StopLimit = TimeSpan.FromSeconds(5);

    /// <summary>
    /// The bounds of an endpoint at which the Bridge listens. Few connections are those of a Broker; the rest is room
    /// for Brokers that dial while strangers try.
    /// </summary>
    private static readonly ListenerLimits Listening = new()
    {
        ConnectionsMax = 500,
        ConnectionsPerAddressMax = 50,
        HandshakesMax = 250,
        HandshakesPerAddressMax = 25,
    };

    private static readonly DialTimings Dialling = new() { WaitMax = TimeSpan.FromSeconds(1) };

    private readonly LinkContext _context;
    private readonly LinkWatch _watch;
    private readonly ConcurrentDictionary<LinkLoop, bool> _loops = [];
    private ZmtpListener? _listener;
    private ZmtpDialler? _dialler;

    /// <summary>Ends connections whose CURVE key was taken off the list; null without a list.</summary>
    private ClientJudge? _judge;
    private volatile bool _isStopping;

    public BrokerLink(BrokerEndpoint endpoint, ApiKey key, LinkContext context)
    {
        Endpoint = endpoint;
        Key = key;
        _context = context;
        _watch = new LinkWatch(endpoint, context);
    }

    public BrokerEndpoint Endpoint { get; }

    public ApiKey Key { get; }

    public LinkWatch Watch => _watch;

    public bool IsStopping => _isStopping;

    /// <summary>Begins to dial or to listen.</summary>
    /// <returns>The endpoint as it is, with the port that the system chose.</returns>
    /// <exception cref="IOException">
    /// The endpoint cannot be listened at, or a file of keys has changed since the settings were validated.
    /// </exception>
    public async Task<string> StartAsync(CancellationToken cancellationToken)
    {
        var budget = new ByteBudget(Listening.IncomingBytesMax);
        if (Endpoint.Listens)
        {
            return await ListenAsync(budget, cancellationToken);
        }

        _dialler = new ZmtpDialler(
            Endpoint.Address,
            _context.Settings.Curve.Dialling(),
            Options(),
            Dialling,
            budget,
            (connection, cancellationToken) => ServeAsync(connection, null, cancellationToken),
            _watch,
            // A draw that nobody has to foresee or repeat: it only spreads the attempts of many diallers.
            static () => RandomNumberGenerator.GetInt32(1 << 20) / (double)(1 << 20)
        );
        _dialler.Start();
        return Endpoint.ToString();
    }

    /// <summary>
    /// Sends what waits, for a second at most, and ends all connections. Nobody enqueues any more.
    /// </summary>
    public async ValueTask DisposeAsync()
    {
        _isStopping = true;
        foreach (var loop in _loops.Keys)
        {
            loop.Wake();
        }

        try
        {
            await Task.WhenAll(_loops.Keys.Select(loop => loop.Ended)).WaitAsync(StopLimit);
        }
        catch (TimeoutException)
        {
            // Listener and dialler are not disposed: their end would wait for the same loops.
            _context.Log.LinkStuck(Endpoint, StopLimit.TotalSeconds);
            return;
        }

        if (_judge is not null)
        {
            await _judge.DisposeAsync();
        }

        if (_listener is not null)
        {
            await _listener.DisposeAsync();
        }

        if (_dialler is not null)
        {
            await _dialler.DisposeAsync();
        }

        await _watch.DisposeAsync();
    }

    private async Task<string> ListenAsync(ByteBudget budget, CancellationToken cancellationToken)
    {
        var allowed = new AddressRanges(_context.Settings.AllowFrom);
        var clients = _context.Settings.Curve.Clients(
            _context.Settings.Time,
            problem => _context.Log.AllowListFailed(Endpoint, problem)
        );
        if (clients is not null)
        {
            _judge = new ClientJudge(
                clients,
                () => _loops.Keys.Select(loop => loop.Connection),
                _context.Settings.Time,
                connection => _context.Log.KeyTakenAway(Endpoint, connection.PeerKey!.Text, connection.Remote)
            );
        }

        _listener = new ZmtpListener(
            _context.Settings.Curve.Listening(clients),
            Options(),
            Listening,
            budget,
            address => allowed.IsEmpty || allowed.Holds(address),
            (connection, place, cancellationToken) =>
            {
                if (_judge is not null)
                {
                    place.Prove(); // Its CURVE key is on a list.
                }

                return ServeAsync(connection, place, cancellationToken);
            },
            _watch
        );
        try
        {
            return $"@tcp://{_listener.Start(await Endpoint.Address.ListenAtAsync(cancellationToken))}";
        }
        catch (SocketException e)
        {
            throw new IOException($"{Endpoint}: {e.Message}", e);
        }
    }

    private ZmtpOptions Options()
    {
        var timings = _context.Settings.LinkTimings;
        var limits = new ZmtpLimits
        {
            HandshakeMax = timings.HandshakeMax,
            MessageBytesMax = _context.Settings.Limits.LinkFrameBytesMax,
            // Little, so that what the Broker does not take waits in the queue, which makes handlers wait.
            WaitingMessagesMax = 256,
            WaitingBytesMax = 1024 * 1024,
            PingEvery = timings.BeatEvery,
            SilenceMax = timings.SilenceMax,
        };
        return new ZmtpOptions("DEALER", ["ROUTER", "DEALER"], limits, _context.Settings.Time);
    }

    /// <param name="place">The connection's place; null where the Bridge has dialled.</param>
    private async Task ServeAsync(
        ZmtpConnection connection,
        ConnectionPlace? place,
        CancellationToken cancellationToken
    )
    {
        var loop = new LinkLoop(this, connection, place, _context);
        _loops[loop] = true;
        if (place is not null)
        {
            _judge?.Judge(connection);
        }

        _watch.Connected();
        try
        {
            await loop.RunAsync(cancellationToken);
        }
        finally
        {
            _loops.TryRemove(loop, out _);
        }
    }
}
