using System.Net;
using System.Net.Sockets;
using ScheduleZero.Zmtp.Connections;
using ScheduleZero.Zmtp.Curve;
using ScheduleZero.Zmtp.Wire;

namespace ScheduleZero.Zmtp.Tests;

/// <summary>Strangers of many addresses who take all places of a listener, and an honest client who comes in.</summary>
[FixtureLifeCycle(LifeCycle.InstancePerTestCase)]
public sealed class CrowdTests
{
    private static readonly IPEndPoint AnyPort = new(IPAddress.Loopback, 0);

    private readonly Observer _observer = new();
    private readonly CurveKeyPair _server = CurveKeyPair.Generate();
    private readonly CurveKeyPair _client = CurveKeyPair.Generate();

    [Test]
    public async Task Ten_addresses_that_hold_all_handshakes_open_keep_nobody_out([Values] bool withCurve)
    {
        var limits = new ListenerLimits();
        await using var listener = Echo(withCurve, limits);
        var address = listener.Start(AnyPort);
        var strangers = new List<Socket>();
        for (var i = 0; i < limits.HandshakesMax; i++)
        {
            strangers.Add(await HoldAsync(address, Stranger(i / limits.HandshakesPerAddressMax)));
        }

        await using var honest = await DialAsync(address, withCurve);

        await AssertEchoesAsync(honest);
        var refusal = await _observer.NextRefusalAsync();
        Assert.That(refusal.Failure, Is.EqualTo(ZmtpFailure.Displaced));
        Assert.That(refusal.Message, Does.Contain("Too many handshakes"));
        strangers.ForEach(stranger => stranger.Dispose());
    }

    [Test]
    public async Task Strangers_who_come_again_whenever_they_are_cut_keep_nobody_out([Values] bool withCurve)
    {
        // No handshake of a stranger ends by itself, so only those who come later end it.
        await using var listener = Echo(
            withCurve,
            new ListenerLimits { HandshakesMax = 40, HandshakesPerAddressMax = 4 },
            new ZmtpLimits { HandshakeMax = TimeSpan.FromDays(1) }
        );
        var address = listener.Start(AnyPort);
        using var enough = new CancellationTokenSource();
        using var held = new SemaphoreSlim(0);
        var strangers = Enumerable.Range(0, 60).Select(i => InsistAsync(address, Stranger(i / 4), held, enough.Token));
        var insisting = Task.WhenAll(strangers.ToList());
        for (var i = 0; i < 40; i++)
        {
            Assert.That(await held.WaitAsync(TimeSpan.FromSeconds(30)), Is.True);
        }

        for (var i = 0; i < 20; i++)
        {
            await using var honest = await DialAsync(address, withCurve);
            await AssertEchoesAsync(honest);
        }

        await enough.CancelAsync();
        await insisting;
    }

    [Test]
    public async Task Connections_that_have_proved_nothing_make_room_and_others_do_not()
    {
        await using var listener = Echo(
            withCurve: false,
            new ListenerLimits { ConnectionsMax = 10, ConnectionsPerAddressMax = 4 },
            proves: connection => !IsStranger(connection)
        );
        var address = listener.Start(AnyPort);
        await using var known = await DialAsync(address, withCurve: false);
        await AssertEchoesAsync(known);
        var strangers = new List<ZmtpConnection>();
        for (var i = 0; i < 9; i++)
        {
            strangers.Add(await DialAsync(address, withCurve: false, Stranger(i / 3)));
        }

        await using var honest = await DialAsync(address, withCurve: false);
        await AssertEchoesAsync(honest);

        Assert.That(
            await Sides.FailureOf(async () => await strangers[0].ReceiveAsync(default)),
            Is.EqualTo(ZmtpFailure.Closed)
        );
        var end = await _observer.NextEndAsync();
        Assert.That(end.Failure, Is.EqualTo(ZmtpFailure.Displaced));
        Assert.That(end.Message, Does.Contain("Too many connections"));
        await AssertEchoesAsync(known);
        foreach (var stranger in strangers)
        {
            await stranger.DisposeAsync();
        }
    }

    [Test]
    public async Task A_handshake_makes_room_for_a_connection()
    {
        await using var listener = Echo(
            withCurve: false,
            new ListenerLimits { ConnectionsMax = 2 },
            proves: connection => !IsStranger(connection)
        );
        var address = listener.Start(AnyPort);
        await using var known = await DialAsync(address, withCurve: false);
        await AssertEchoesAsync(known);
        using var half = await HoldAsync(address, Stranger(0));

        await using var honest = await DialAsync(address, withCurve: false);

        await AssertEchoesAsync(honest);
        Assert.That((await _observer.NextRefusalAsync()).Message, Does.Contain("Too many connections"));
        await AssertEchoesAsync(known);
    }

    private static IPAddress Stranger(int number) => IPAddress.Parse($"127.0.1.{number + 1}");

    private static bool IsStranger(ZmtpConnection connection) =>
        connection.Remote.Address.ToString().StartsWith("127.0.1.", StringComparison.Ordinal);

    private ZmtpListener Echo(
        bool withCurve,
        ListenerLimits limits,
        ZmtpLimits? each = null,
        Func<ZmtpConnection, bool>? proves = null
    ) =>
        new(
            withCurve ? Sides.ServerOf(_server, _client.Public.Equals) : Sides.Plaintext,
            each is null ? Sides.Router : Sides.Router with { Limits = each },
            limits,
            Sides.Budget(),
            _ => true,
            async (connection, place, cancellationToken) =>
            {
                while (true)
                {
                    var message = await connection.ReceiveAsync(cancellationToken);
                    if (proves?.Invoke(connection) == true)
                    {
                        place.Prove();
                    }

                    connection.TrySend(message);
                }
            },
            _observer
        );

    private static async Task<Socket> ConnectAsync(IPEndPoint address, IPAddress from)
    {
        var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        socket.Bind(new IPEndPoint(from, 0));
        await socket.ConnectAsync(address);
        return socket;
    }

    /// <summary>Connects, and says nothing.</summary>
    private static async Task<Socket> HoldAsync(IPEndPoint address, IPAddress from)
    {
        var socket = await ConnectAsync(address, from);
        Assert.That(await socket.ReceiveAsync(new byte[1]), Is.EqualTo(1), "The listener's greeting.");
        return socket;
    }

    /// <summary>Connects and says nothing, again and again.</summary>
    private static async Task InsistAsync(
        IPEndPoint address,
        IPAddress from,
        SemaphoreSlim held,
        CancellationToken enough
    )
    {
        while (!enough.IsCancellationRequested)
        {
            using var socket = await ConnectAsync(address, from);
            try
            {
                var buffer = new byte[1024];
                while (await socket.ReceiveAsync(buffer, enough) > 0)
                {
                    held.Release();
                }
            }
            catch (Exception e) when (e is SocketException or OperationCanceledException)
            {
                // Displaced, or enough.
            }
        }
    }

    private async Task<ZmtpConnection> DialAsync(IPEndPoint address, bool withCurve, IPAddress? from = null) =>
        await (await ConnectAsync(address, from ?? IPAddress.Loopback)).DialAsync(
            withCurve ? new ZmtpSecurity.CurveClient(_client, _server.Public) : Sides.Plaintext
        );

    private static async Task AssertEchoesAsync(ZmtpConnection connection)
    {
        connection.TrySend(Sides.Message([7]));
        Assert.That((await connection.ReceiveAsync(default)).Frames(), Is.EqualTo(new byte[][] { [7] }));
    }
}
