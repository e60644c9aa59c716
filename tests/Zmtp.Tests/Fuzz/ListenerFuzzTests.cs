using System.Collections.Concurrent;
using System.Net;
using System.Net.Sockets;
using CsCheck;
using ScheduleZero.Hostile;
using ScheduleZero.Zmtp.Connections;
using ScheduleZero.Zmtp.Curve;
using ScheduleZero.Zmtp.Wire;

namespace ScheduleZero.Zmtp.Tests.Fuzz;

/// <summary>
/// Connections whose client is true, with or without CURVE, and whose bytes are meddled with on the way at a place of
/// their own: in the greeting, in the handshake, in frames. A calm client works beside them all the time.
/// </summary>
[FixtureLifeCycle(LifeCycle.InstancePerTestCase)]
public sealed class ListenerFuzzTests
{
    // Two greetings of 64 bytes, the handshake of CURVE and the messages below are some 2,000 bytes.
    private const int LastPlace = 2_200;
    private const int AtOnce = 48;

    private static readonly byte[][] Messages =
    [
        [],
        [7],
        [.. Enumerable.Range(0, 700).Select(i => (byte)i)],
    ];

    private static readonly ZmtpLimits Limits = new()
    {
        HandshakeMax = TimeSpan.FromSeconds(2),
        MessageTimeMax = TimeSpan.FromSeconds(2),
    };

    private static readonly TimeSpan Patience = TimeSpan.FromMilliseconds(100);

    private static readonly Gen<Meddle> Meddles = Gen.Select(
        Gen.Int[0, 5],
        Gen.Int[0, LastPlace],
        Gen.Byte.Array[1, 40],
        (kind, at, bytes) => new Meddle((Meddling)kind, at, bytes)
    );

    private readonly CurveKeyPair _serverKey = CurveKeyPair.Generate();
    private readonly CurveKeyPair _clientKey = CurveKeyPair.Generate();
    private readonly Faults _faults = new();
    private readonly ConcurrentBag<string> _forged = [];
    private int _served;

    [Test]
    public async Task No_bytes_break_the_listener_or_disturb_others([Values] bool withCurve)
    {
        var run = await FuzzRun.StartAsync($"listener, {(withCurve ? "CURVE" : "plaintext")}");
        var listener = new ZmtpListener(
            withCurve ? Sides.ServerOf(_serverKey, _clientKey.Public.Equals) : Sides.Plaintext,
            Sides.Router with
            {
                Limits = Limits,
            },
            new ListenerLimits { ConnectionsPerAddressMax = 4 * AtOnce, HandshakesPerAddressMax = 4 * AtOnce },
            Sides.Budget(),
            _ => true,
            (connection, _, cancellationToken) => EchoAsync(connection, cancellationToken),
            _faults
        );
        await using (listener)
        {
            var address = listener.Start(new IPEndPoint(IPAddress.Loopback, 0));
            using var enough = new CancellationTokenSource();
            var calm = WorkCalmlyAsync(address, withCurve, enough.Token);
            var growth = new Growth();
            await Parallel.ForAsync(
                0,
                run.Cases,
                new ParallelOptions { MaxDegreeOfParallelism = AtOnce },
                async (number, _) => await PlayAsync(address, withCurve, run.Case(Meddles, number))
            );
            growth.Check(0, 0);
            await enough.CancelAsync();
            Assert.That(await calm, Is.GreaterThan(run.Cases / AtOnce), "messages of the calm client");
        }

        Assert.Multiple(() =>
        {
            Assert.That(_served, Is.Zero, "connections that are still served");
            Assert.That(_faults.All, Is.Empty);
            // Without CURVE nothing tells an altered message from a true one.
            Assert.That(_forged, withCurve ? Is.Empty : Is.Not.Empty, "messages that no client has sent");
        });
    }

    private async Task EchoAsync(ZmtpConnection connection, CancellationToken cancellationToken)
    {
        Interlocked.Increment(ref _served);
        try
        {
            while (true)
            {
                var message = await connection.ReceiveAsync(cancellationToken);
                if (!message.Frames().All(frame => Messages.Any(frame.SequenceEqual)))
                {
                    _forged.Add(Convert.ToHexString(message.Frames()[0]));
                }

                connection.TrySend(message);
            }
        }
        finally
        {
            Interlocked.Decrement(ref _served);
        }
    }

    private ZmtpSecurity SecurityOf(bool withCurve) =>
        withCurve ? new ZmtpSecurity.CurveClient(_clientKey, _serverKey.Public) : Sides.Plaintext;

    private async Task PlayAsync(IPEndPoint address, bool withCurve, Meddle meddle)
    {
        var (socket, ended) = await MeddlingRelay.ConnectAsync(address, meddle);
        using var patience = new CancellationTokenSource(Patience);
        try
        {
            await using var connection = await ZmtpHandshake.RunAsync(
                socket,
                SecurityOf(withCurve),
                Sides.Dealer,
                Sides.Budget(),
                patience.Token
            );
            foreach (var message in Messages)
            {
                connection.TrySend(Sides.Message(message));
            }

            for (var i = 0; i < Messages.Length; i++)
            {
                await connection.ReceiveAsync(patience.Token);
            }
        }
        catch (Exception e) when (e is ZmtpException or OperationCanceledException)
        {
            // What the client sees of meddling is the business of other tests.
        }

        await ended;
    }

    // Returns how many messages came back.
    private async Task<int> WorkCalmlyAsync(IPEndPoint address, bool withCurve, CancellationToken enough)
    {
        var socket = new Socket(SocketType.Stream, ProtocolType.Tcp);
        await socket.ConnectAsync(address, CancellationToken.None);
        await using var connection = await socket.DialAsync(SecurityOf(withCurve));
        var count = 0;
        for (; !enough.IsCancellationRequested; count++)
        {
            var sent = Messages[count % Messages.Length];
            connection.TrySend(Sides.Message(sent));
            Assert.That((await connection.ReceiveAsync(CancellationToken.None)).Frames()[0], Is.EqualTo(sent));
        }

        return count;
    }

    /// <summary>Notes what may never happen at a listener.</summary>
    private sealed class Faults : IZmtpObserver
    {
        public ConcurrentBag<string> All { get; } = [];

        public void Refused(IPEndPoint? remote, ZmtpException reason) { }

        public void Ended(IPEndPoint remote, ZmtpException reason) { }

        public void Failed(IPEndPoint remote, Exception reason) => All.Add(reason.ToString());

        public void AcceptFailed(Exception reason) => All.Add(reason.ToString());
    }
}
