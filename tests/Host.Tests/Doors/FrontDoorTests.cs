using System.Net;
using System.Net.Sockets;
using System.Text;
using System.Threading.Channels;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Time.Testing;
using NetMQ;
using NetMQ.Sockets;
using ScheduleZero.Broker.Host.Doors;
using ScheduleZero.Zmtp.Connections;
using ScheduleZero.Zmtp.Wire;

namespace ScheduleZero.Host.Tests.Doors;

/// <summary>A front door with a bare ROUTER behind it, which hears and answers what the test says.</summary>
[FixtureLifeCycle(LifeCycle.InstancePerTestCase)]
internal sealed class FrontDoorTests : IAsyncDisposable
{
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(30);

    /// <summary>The limits of connections on which time passes while their peers say nothing.</summary>
    private static readonly ZmtpLimits Patient = new()
    {
        PingEvery = TimeSpan.FromDays(1),
        SilenceMax = TimeSpan.FromDays(2),
    };

    private readonly RouterSocket _router = new();
    private readonly NetMQPoller _poller = [];
    private readonly Channel<NetMQMessage> _heard = Channel.CreateUnbounded<NetMQMessage>();

    /// <summary>What a ROUTER that is behind waits for.</summary>
    private readonly ManualResetEventSlim _goOn = new();
    private FrontDoor _door = null!;
    private string _address = "";

    [Test]
    public async Task Two_peers_that_give_themselves_one_identity_are_both_heard_and_answered()
    {
        await StartAsync(Echo);
        using var first = Dial("same");
        using var second = Dial("same");
        Say(first, "one");
        Say(second, "two");
        Assert.That(Hear(first), Is.EqualTo("one"));
        Assert.That(Hear(second), Is.EqualTo("two"));
    }

    [Test]
    public async Task The_end_of_a_connection_is_told_after_all_that_came_by_it()
    {
        await StartAsync(message => _heard.Writer.TryWrite(message));
        using (var peer = Dial("peer"))
        {
            Say(peer, "one");
            Say(peer, "two");
        }

        var first = await _heard.Reader.ReadAsync();
        await _heard.Reader.ReadAsync();
        var end = await _heard.Reader.ReadAsync();
        Assert.That(FrontDoor.TryReadEnd(first, out _), Is.False);
        Assert.That(FrontDoor.TryReadEnd(end, out var ended), Is.True);
        Assert.That(ended, Is.EqualTo(first[0].ToByteArray()));
    }

    [Test]
    public async Task A_peer_cannot_say_that_another_has_ended()
    {
        await StartAsync(message => _heard.Writer.TryWrite(message));
        using var peer = Dial("peer");
        // The door's own message, as a peer would forge it.
        var number = new byte[FrontDoor.NumberBytes];
        peer.SendMultipartMessage(new NetMQMessage([new byte[FrontDoor.NumberBytes], number]));
        Assert.That(FrontDoor.TryReadEnd(await _heard.Reader.ReadAsync(), out _), Is.False);
    }

    [Test]
    public async Task A_connection_that_the_broker_ends_is_cut()
    {
        await StartAsync(message =>
        {
            var number = message[0].ToByteArray();
            Echo(message);
            _door.EndAfterSending(number, "The test says so.");
        });
        await using var peer = await ConnectAsync();
        peer.TrySend(new ZmtpMessage([new byte[1]]));
        Assert.That((await peer.ReceiveAsync(CancellationToken.None)).Frames, Has.Length.EqualTo(1));
        Assert.That(async () => await peer.ReceiveAsync(CancellationToken.None), Throws.TypeOf<ZmtpException>());
    }

    [Test]
    public async Task Connections_on_which_nobody_is_welcomed_in_time_are_cut_and_others_stay()
    {
        var time = new FakeTimeProvider();
        await StartAsync(Echo, Patient, time);
        await using var stranger = await ConnectAsync();
        await using var known = await ConnectAsync();
        // The first connection has the number 1.
        stranger.TrySend(new ZmtpMessage([new byte[1]]));
        await stranger.ReceiveAsync(CancellationToken.None);
        known.TrySend(new ZmtpMessage([new byte[1]]));
        await known.ReceiveAsync(CancellationToken.None);

        time.Advance(
            new DoorOptions
            {
                Endpoints = [],
                Time = time,
                Draw = () => 0,
            }.UnprovedMax
        );
        await OnPollerAsync(() => _door.Sweep(number => number[^1] == 2));

        Assert.That(async () => await stranger.ReceiveAsync(CancellationToken.None), Throws.TypeOf<ZmtpException>());
        known.TrySend(new ZmtpMessage([new byte[1]]));
        await known.ReceiveAsync(CancellationToken.None);
    }

    [Test]
    public async Task A_connection_has_the_whole_time_again_after_its_session_has_ended()
    {
        var time = new FakeTimeProvider();
        await StartAsync(Echo, Patient, time);
        await using var peer = await ConnectAsync();
        // The door serves the connection from now on.
        peer.TrySend(new ZmtpMessage([new byte[1]]));
        await peer.ReceiveAsync(CancellationToken.None);
        var limit = new DoorOptions
        {
            Endpoints = [],
            Time = time,
            Draw = () => 0,
        }.UnprovedMax;
        time.Advance(limit);
        await OnPollerAsync(() => _door.Sweep(_ => true));
        time.Advance(limit - TimeSpan.FromSeconds(1));
        await OnPollerAsync(() => _door.Sweep(_ => false));
        peer.TrySend(new ZmtpMessage([new byte[1]]));
        await peer.ReceiveAsync(CancellationToken.None);

        time.Advance(TimeSpan.FromSeconds(1));
        await OnPollerAsync(() => _door.Sweep(_ => false));
        Assert.That(async () => await peer.ReceiveAsync(CancellationToken.None), Throws.TypeOf<ZmtpException>());
    }

    [Test]
    public async Task A_peer_that_does_not_read_is_cut_and_others_are_served()
    {
        await StartAsync(Echo, new ZmtpLimits { WaitingBytesMax = 100_000 });
        await using var greedy = await ConnectAsync();
        while (!greedy.Ended.IsCancellationRequested)
        {
            if (!greedy.TrySend(new ZmtpMessage([new byte[50_000]])))
            {
                await Task.Delay(1);
            }
        }

        using var other = Dial("other");
        Say(other, "hello");
        Assert.That(Hear(other), Is.EqualTo("hello"));
    }

    [Test]
    public async Task What_waits_for_a_ROUTER_that_is_behind_is_bounded_and_comes_when_it_goes_on()
    {
        const int frameBytes = 12_000;
        const int messageBytes = 16 * frameBytes;
        const int waitingMax = 2 * messageBytes;
        const int incomingMax = 4 * messageBytes;
        const int tries = 30;
        var isBehind = new TaskCompletionSource();
        await StartAsync(
            message =>
            {
                isBehind.TrySetResult();
                _goOn.Wait(Limit);
                Echo(message);
            },
            edit: options =>
                options with
                {
                    WaitingBytesMax = waitingMax,
                    Listening = new ListenerLimits { IncomingBytesMax = incomingMax },
                }
        );
        var message = new ZmtpMessage([
            .. Enumerable.Range(0, 16).Select(_ => (ReadOnlyMemory<byte>)new byte[frameBytes]),
        ]);
        var peers = new List<ZmtpConnection>();
        for (var i = 0; i < tries; i++)
        {
            peers.Add(await ConnectAsync(1024 * 1024));
            peers[^1].TrySend(message);
            if (i == 0)
            {
                await isBehind.Task.WaitAsync(Limit);
            }
        }

        // One is at the ROUTER, two wait for it, one more found the queue not full, and the budget holds four, less
        // what each connection has without it.
        const int most = 1 + 2 + 1 + (incomingMax / (messageBytes - (16 * 1024)));
        var answers = peers.Select(peer => peer.ReceiveAsync(CancellationToken.None).AsTask()).ToList();
        for (var cut = 0; cut < tries - most; cut++)
        {
            var end = await Task.WhenAny(answers).WaitAsync(Limit);
            answers.Remove(end);
            Assert.That(async () => await end, Throws.TypeOf<ZmtpException>());
        }

        _goOn.Set();
        var echoed = (await Task.WhenAll(answers.Select(FramesAsync)).WaitAsync(Limit)).Count(frames => frames == 16);
        Assert.That(echoed, Is.GreaterThanOrEqualTo(3));
        foreach (var peer in peers)
        {
            await peer.DisposeAsync();
        }
    }

    public async ValueTask DisposeAsync()
    {
        _goOn.Set();
        if (_poller.IsRunning)
        {
            _poller.Stop();
        }

        _poller.Dispose();
        await _door.DisposeAsync();
        _router.Dispose();
        _goOn.Dispose();
    }

    /// <summary>The number of frames that came; 0 for a connection that was cut.</summary>
    private static async Task<int> FramesAsync(Task<ZmtpMessage> answer)
    {
        try
        {
            return (await answer).Frames.Length;
        }
        catch (ZmtpException)
        {
            return 0;
        }
    }

    private async Task<ZmtpConnection> ConnectAsync(long budget = 1024)
    {
        var socket = new Socket(SocketType.Stream, ProtocolType.Tcp);
        await socket.ConnectAsync(IPEndPoint.Parse(_address["tcp://".Length..]));
        return await ZmtpHandshake.RunAsync(
            socket,
            new ZmtpSecurity.Plaintext(),
            new ZmtpOptions("DEALER", ["ROUTER"], new ZmtpLimits(), TimeProvider.System),
            new(budget),
            CancellationToken.None
        );
    }

    private Task OnPollerAsync(Action step) =>
        Task.Factory.StartNew(step, CancellationToken.None, TaskCreationOptions.None, _poller);

    private async Task StartAsync(
        Action<NetMQMessage> hear,
        ZmtpLimits? limits = null,
        TimeProvider? time = null,
        Func<DoorOptions, DoorOptions>? edit = null
    )
    {
        var options = new DoorOptions
        {
            Endpoints =
            [
                new DoorEndpoint(new ZmtpEndpoint("127.0.0.1", 0), Dials: false, [new ZmtpSecurity.Plaintext()]),
            ],
            Time = time ?? TimeProvider.System,
            Draw = () => 0,
            Limits = limits ?? new ZmtpLimits(),
        };
        _door = new FrontDoor(
            edit is null ? options : edit(options),
            new LinkBoard(TimeProvider.System),
            NullLogger<FrontDoor>.Instance
        );
        _poller.Add(_router);
        _router.ReceiveReady += (_, _) =>
        {
            var message = _router.ReceiveMultipartMessage();
            Assert.That(message.Pop().ToByteArray(), Is.EqualTo(FrontDoor.Identity));
            hear(message);
        };
        _door.Attach(_router, _poller);
        _poller.RunAsync();
        _address = (await _door.StartAsync(CancellationToken.None))[0];
    }

    private void Echo(NetMQMessage message)
    {
        if (!FrontDoor.TryReadEnd(message, out _))
        {
            message.Push(FrontDoor.Identity);
            _router.SendMultipartMessage(message);
        }
    }

    private DealerSocket Dial(string identity)
    {
        var dealer = new DealerSocket();
        dealer.Options.Identity = Encoding.ASCII.GetBytes(identity);
        dealer.Options.Linger = Limit;
        dealer.Connect(_address);
        return dealer;
    }

    private static void Say(DealerSocket dealer, string text) => dealer.SendFrame(text);

    private static string Hear(DealerSocket dealer)
    {
        Assert.That(dealer.TryReceiveFrameString(Limit, out var text), Is.True, "Nothing came back.");
        return text!;
    }
}
