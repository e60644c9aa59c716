using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using NUnit.Framework.Constraints;
using ScheduleZero.Contracts;
using ScheduleZero.Contracts.Handlers;
using ScheduleZero.Hostile;
using ScheduleZero.Zmtp.Connections;
using ScheduleZero.Zmtp.Wire;

namespace ScheduleZero.Bridge.Tests;

/// <summary>A Bridge that waits for its Broker, and who else connects there.</summary>
internal sealed class LinkPeerTests : BridgeFixture
{
    private const string AnyPort = "@tcp://127.0.0.1:0";
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(20);

    [Test]
    public async Task Strangers_who_came_first_do_not_keep_the_broker_out()
    {
        await using var bridge = await StartAsync(Settings(AnyPort));
        await using var mute = await StrangerAsync(bridge);
        await HearHelloAsync(mute);
        var falseHash = ApiKey.Generate().SecretHash();
        using var falseBroker = new FakeBroker(_ => falseHash, Dialled(bridge));
        await falseBroker.HearAsync(MessageKind.BridgeHello);

        using var broker = ABroker(Dialled(bridge));
        await bridge.Linked.WaitAsync(Patience);
        var (handler, number) = await AWelcomedHandlerAsync(bridge, broker);
        await using var _ = handler;
        await broker.SayAsync(number, new Probe("here"));

        await handler.HearAsync(MessageKind.Probe);
        Assert.That(
            falseBroker.TakeAll().Select(heard => heard.Header.Kind),
            Has.None.EqualTo(MessageKind.Open).And.None.EqualTo(MessageKind.BridgeProof)
        );
    }

    [Test]
    public async Task A_stranger_who_comes_later_does_not_displace_the_broker()
    {
        using var log = new LineLog();
        await using var bridge = await StartAsync(Settings(AnyPort), log);
        using var broker = ABroker(Dialled(bridge));
        await bridge.Linked.WaitAsync(Patience);
        var (handler, number) = await AWelcomedHandlerAsync(bridge, broker);
        await using var _ = handler;

        await using var stranger = await StrangerAsync(bridge);
        await HearHelloAsync(stranger);
        Say(stranger, MessageKind.BridgeWelcome, 0, """{"epoch":"e"}""");
        Say(stranger, MessageKind.Refused, 0, """{"code":"unauthenticated","detail":"No."}""");
        Say(stranger, MessageKind.Probe, number, """{"nonce":"false"}""");
        Say(stranger, MessageKind.Beat, 0, "{}");
        stranger.TrySend(new ZmtpMessage(["nonsense"u8.ToArray()]));
        // Refused, it begins anew: all of the above has been read.
        await HearHelloAsync(stranger);

        await handler.SendAsync(MessageKind.Heartbeat, """{"capacity":1,"running":[]}""");
        await broker.HearAsync(MessageKind.Heartbeat);
        await broker.SayAsync(number, new Probe("true"));
        Assert.That(await handler.HearAsync(MessageKind.Probe), Does.Contain("true"));
        Assert.That(bridge.IsLinked, Is.True);
        Assert.That(log.Lines.Select(line => line.Id), Has.None.EqualTo(3202), "No link was lost.");
    }

    [Test]
    public async Task Large_messages_are_taken_from_the_broker_and_not_from_strangers()
    {
        await using var bridge = await StartAsync(Settings(AnyPort));
        using var broker = ABroker(Dialled(bridge));
        await bridge.Linked.WaitAsync(Patience);
        var (handler, number) = await AWelcomedHandlerAsync(bridge, broker);
        await using var _ = handler;
        var large = new string('x', 100_000);
        await using var stranger = await StrangerAsync(bridge);

        Say(stranger, MessageKind.BridgeChallenge, 0, large);
        await broker.SayAsync(number, new Probe(large));

        Assert.That(await handler.HearAsync(MessageKind.Probe), Does.Contain(large));
        await EndOfAsync(stranger);
    }

    [Test]
    public async Task Whoever_does_not_prove_to_be_the_broker_is_cut()
    {
        await using var bridge = await StartAsync(
            Settings(AnyPort, timings: FastLink with { UnprovenMax = TimeSpan.FromMilliseconds(300) })
        );
        using var broker = ABroker(Dialled(bridge));
        await bridge.Linked.WaitAsync(Patience);
        await using var stranger = await StrangerAsync(bridge);

        await EndOfAsync(stranger);
        Assert.That(bridge.IsLinked, Is.True);
    }

    [Test]
    public async Task Half_open_connections_are_few_and_end()
    {
        const int tried = 60;
        var began = Stopwatch.GetTimestamp();
        await using var bridge = await StartAsync(
            Settings(AnyPort, timings: FastLink with { HandshakeMax = TimeSpan.FromSeconds(3) })
        );
        var sockets = new List<Socket>();
        for (var i = 0; i < tried; i++)
        {
            sockets.Add(await ConnectAsync(bridge));
        }

        var ends = sockets.Select(socket => EndOfAsync(socket)).ToList();
        var refused = 0;
        while (refused < tried - 50)
        {
            ends.Remove(await Task.WhenAny(ends).WaitAsync(Patience));
            refused++;
        }

        Assert.That(Stopwatch.GetElapsedTime(began), Is.LessThan(TimeSpan.FromSeconds(3)), "Some are refused at once.");
        await Task.WhenAll(ends).WaitAsync(Patience);
        using var broker = ABroker(Dialled(bridge));
        await bridge.Linked.WaitAsync(Patience);
        sockets.ForEach(socket => socket.Dispose());
    }

    [Test]
    public async Task Strangers_who_take_all_places_keep_the_broker_neither_out_nor_from_staying()
    {
        const int places = 500;
        const int perAddress = 50;
        using var log = new LineLog();
        // No stranger's time runs out while the others come, however slow the machine is.
        var patient = FastLink with
        {
            HandshakeMax = TimeSpan.FromMinutes(5),
            SilenceMax = TimeSpan.FromMinutes(5),
        };
        await using var bridge = await StartAsync(Settings(AnyPort, timings: patient), log);
        var strangers = new List<ZmtpConnection>();
        for (var i = 0; i < places; i++)
        {
            strangers.Add(await StrangerAsync(bridge, $"127.0.1.{1 + (i / perAddress)}"));
        }

        using var broker = ABroker(Dialled(bridge));
        await bridge.Linked.WaitAsync(Patience);
        for (var i = 0; i < places; i++)
        {
            strangers.Add(await StrangerAsync(bridge, $"127.0.2.{1 + (i / perAddress)}"));
        }

        var (handler, _) = await AWelcomedHandlerAsync(bridge, broker);
        await using var __ = handler;
        await EndOfAsync(strangers[0]);
        Assert.That(log.Lines.Select(line => line.Id), Has.None.EqualTo(3202), "No link was lost.");
        Assert.That(() => WordsOf(log, 3266), SoonHasSome("127.0."));
        foreach (var stranger in strangers)
        {
            await stranger.DisposeAsync();
        }
    }

    [Test]
    public async Task Another_broker_that_has_dialled_takes_over()
    {
        await using var bridge = await StartAsync(Settings(AnyPort));
        var first = ABroker(Dialled(bridge));
        await bridge.Linked.WaitAsync(Patience);
        using var second = ABroker(Dialled(bridge));
        await second.HearAsync(MessageKind.BridgeProof);
        var (handler, _) = await AWelcomedHandlerAsync(bridge, first);
        await using var __ = handler;

        first.Dispose();
        await handler.HearAsync(MessageKind.Hold);
        await handler.HearAsync(MessageKind.Greet);
        await WelcomeAsync(handler, second);
    }

    [Test]
    public async Task Only_allowed_addresses_may_connect()
    {
        using var log = new LineLog();
        await using var bridge = await StartAsync(Settings(AnyPort, allowFrom: ["203.0.113.0/24"]), log);
        using var socket = await ConnectAsync(bridge);

        Assert.That(await EndOfAsync(socket), Is.Zero, "Not even a greeting.");
        Assert.That(() => WordsOf(log, 3262), SoonHasSome("address"));
    }

    [Test]
    public async Task What_waits_is_sent_when_the_bridge_stops()
    {
        var bridge = await StartAsync(Settings(AnyPort));
        await using var _ = bridge;
        using var broker = ABroker(Dialled(bridge));
        await bridge.Linked.WaitAsync(Patience);
        await using var handler = await RawHandler.ConnectAsync(bridge, TestHandler.Key);
        var open = await broker.HearAsync(MessageKind.Open);

        await bridge.DisposeAsync();

        Assert.That((await broker.HearAsync(MessageKind.Closed)).Header.Connection, Is.EqualTo(open.Header.Connection));
    }

    private static string[] WordsOf(LineLog log, int id) =>
        [.. log.Lines.Where(line => line.Id == id).Select(line => line.Words)];

    // The line is written by a watcher of the socket, so the peer may see the end before the line stands.
    private static IConstraint SoonHasSome(string words) =>
        Has.Some.Contains(words).After((int)Patience.TotalMilliseconds, pollingInterval: 20);

    private static string Dialled(RunningBridge bridge) => $">{bridge.Brokers[0].TrimStart('@')}";

    private static void Say(ZmtpConnection stranger, MessageKind kind, ulong connection, string body) =>
        stranger.TrySend(
            new ZmtpMessage([
                ReadOnlyMemory<byte>.Empty,
                new FrameHeader(kind, connection, connection == 0 ? 0u : 1u).ToFrame(),
                System.Text.Encoding.UTF8.GetBytes(body),
            ])
        );

    private static async Task HearHelloAsync(ZmtpConnection stranger)
    {
        using var patience = new CancellationTokenSource(Patience);
        var hello = await stranger.ReceiveAsync(patience.Token);
        Assert.That(FrameHeader.TryParse(hello.Frames[1].Span, out var header), Is.True);
        Assert.That(header.Kind, Is.EqualTo(MessageKind.BridgeHello));
    }

    /// <summary>Somebody who speaks ZMTP and knows no key.</summary>
    private static async Task<ZmtpConnection> StrangerAsync(RunningBridge bridge, string from = "127.0.0.1") =>
        await ZmtpHandshake.RunAsync(
            await ConnectAsync(bridge, from),
            new ZmtpSecurity.Plaintext(),
            new ZmtpOptions("ROUTER", ["DEALER"], new ZmtpLimits(), TimeProvider.System),
            new ByteBudget(1_000_000),
            CancellationToken.None
        );

    private static async Task<Socket> ConnectAsync(RunningBridge bridge, string from = "127.0.0.1")
    {
        var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        socket.Bind(new IPEndPoint(IPAddress.Parse(from), 0));
        await socket.ConnectAsync(IPAddress.Loopback, new Uri(bridge.Brokers[0].TrimStart('@')).Port);
        return socket;
    }

    /// <summary>Waits until the Bridge ends the connection.</summary>
    private static async Task EndOfAsync(ZmtpConnection stranger)
    {
        using var patience = new CancellationTokenSource(Patience);
        while (true)
        {
            try
            {
                await stranger.ReceiveAsync(patience.Token);
            }
            catch (ZmtpException)
            {
                return;
            }
        }
    }

    /// <summary>Waits until the Bridge ends the connection.</summary>
    /// <returns>The bytes that came before.</returns>
    private static async Task<int> EndOfAsync(Socket socket)
    {
        using var patience = new CancellationTokenSource(Patience);
        var bytes = 0;
        var buffer = new byte[1024];
        try
        {
            for (int read; (read = await socket.ReceiveAsync(buffer, patience.Token)) > 0; )
            {
                bytes += read;
            }
        }
        catch (SocketException)
        {
            // Reset, which is an end too.
        }

        return bytes;
    }
}
