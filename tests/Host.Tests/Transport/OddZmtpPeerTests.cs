using System.Text.Json;
using ScheduleZero.Contracts;
using ScheduleZero.Contracts.Rest;
using ScheduleZero.Host.Tests.Fuzz;
using static ScheduleZero.Host.Tests.Transport.RawZmtp;

namespace ScheduleZero.Host.Tests.Transport;

/// <summary>
/// Handlers that speak ZMTP in ways that are legal and that no library has: the ROUTER of a whole Broker welcomes them,
/// and they run jobs.
/// </summary>
internal sealed class OddZmtpPeerTests
{
    private static readonly (string, byte[]) Dealer = ("Socket-Type", "DEALER"u8.ToArray());

    private static readonly (string, byte[]) NoIdentity = ("Identity", []);

    // The way in which a greeting, a READY and the frames of a message are sent: the writes, each as one send.
    private static readonly (string Name, Func<string, byte[][]> Writes)[] Ways =
    [
        ("a write for each frame", hello => [Greeting(), Ready(Dealer, NoIdentity), .. Message("Hello", hello)]),
        (
            "everything in one write",
            hello =>
                [
                    [
                        .. Greeting(),
                        .. Ready(Dealer, NoIdentity),
                        .. Message("Hello", hello).SelectMany(frame => frame),
                    ],
                ]
        ),
        (
            "byte by byte",
            hello =>
                [
                    .. new[] { Greeting(), Ready(Dealer, NoIdentity) }
                        .Concat(Message("Hello", hello))
                        .SelectMany(frame => frame)
                        .Select(single => new[] { single }),
                ]
        ),
        (
            "the greeting in the pieces that older peers wait for",
            hello =>
                [
                    Greeting()[..10],
                    Greeting()[10..11],
                    Greeting()[11..12],
                    Greeting()[12..],
                    Ready(Dealer, NoIdentity),
                    .. Message("Hello", hello),
                ]
        ),
        (
            "long frames for short contents",
            hello => [Greeting(), Ready(Dealer, NoIdentity), .. Message("Hello", hello, isLong: true)]
        ),
        ("a later minor version", hello => [Greeting(minor: 1), Ready(Dealer, NoIdentity), .. Message("Hello", hello)]),
        ("no identity said", hello => [Greeting(), Ready(Dealer), .. Message("Hello", hello)]),
        (
            "properties in another order, and some that nobody knows",
            hello =>
                [
                    Greeting(),
                    Ready(("X-Later", [1, 2, 3]), NoIdentity, Dealer, ("Resource", "r"u8.ToArray())),
                    .. Message("Hello", hello),
                ]
        ),
        (
            "a READY in a long frame",
            hello => [Greeting(), Ready(Dealer, ("X-Long", new byte[300])), .. Message("Hello", hello)]
        ),
        (
            "an identity of 255 bytes",
            hello =>
                [
                    Greeting(),
                    Ready(Dealer, ("Identity", [.. Enumerable.Repeat((byte)'i', 255)])),
                    .. Message("Hello", hello),
                ]
        ),
        (
            "frames of a proxy before the empty one",
            hello =>
                [
                    Greeting(),
                    Ready(Dealer, NoIdentity),
                    .. Message("Hello", hello, false, [1, 2, 3], "second proxy"u8.ToArray()),
                ]
        ),
    ];

    private RealBroker _broker = null!;
    private int _made;

    [OneTimeSetUp]
    public async Task StartAsync() => _broker = await RealBroker.StartAsync();

    [OneTimeTearDown]
    public async Task StopAsync() => await _broker.DisposeAsync();

    private static IEnumerable<TestCaseData> Cases() =>
        Ways.Select(way =>
            new TestCaseData(
                way.Writes,
                way.Name.StartsWith("frames of a proxy", StringComparison.Ordinal)
            ).SetArgDisplayNames(way.Name)
        );

    [TestCaseSource(nameof(Cases))]
    public async Task A_legal_peer_is_welcomed(Func<string, byte[][]> writes, bool isRouted)
    {
        var (name, hello) = await AHandlerAsync();
        using var peer = await ConnectAsync(_broker.Router);
        foreach (var bytes in writes(hello))
        {
            await peer.WriteAsync(bytes);
        }

        await peer.ReadHandshakeAsync();
        if (!isRouted)
        {
            using var welcome = JsonDocument.Parse(await peer.HearAsync("Welcome"));
            Assert.That(welcome.RootElement.GetProperty("namespace").GetString(), Is.EqualTo("calm"));
        }
        else
        {
            // The answer has the same routing frames, which this reader does not understand. The Broker's REST says
            // what arrived.
            await UntilConnectedAsync(name);
        }

        Assert.That((await _broker.Client.Handlers.GetAsync(name)).Sessions, Has.Count.EqualTo(1));
    }

    [Test]
    public async Task A_peer_that_says_everything_byte_by_byte_and_in_long_frames_runs_a_job()
    {
        var (_, hello) = await AHandlerAsync("odd.echo");
        using var peer = await ConnectAsync(_broker.Router);
        await peer.WriteAsync(Greeting());
        await peer.WriteAsync(Ready(Dealer, NoIdentity));
        await peer.ReadHandshakeAsync();
        await SlowlyAsync(peer, "Hello", hello);
        await peer.HearAsync("Welcome");
        using var probe = JsonDocument.Parse(await peer.HearAsync("Probe"));
        await SlowlyAsync(
            peer,
            "Report",
            $$"""{"events":[{"type":"pong","nonce":"{{probe.RootElement.GetProperty("nonce").GetString()}}"}]}"""
        );
        var running = _broker.Client.Jobs.EnqueueAndWaitAsync(
            new JobRequest { Method = "odd.echo", Params = RawJson.Parse("""{"n":7}""") },
            TimeSpan.FromSeconds(50)
        );
        using var assign = JsonDocument.Parse(await peer.HearAsync("Assign"));
        var attempt = assign.RootElement.GetProperty("attempts")[0];
        var held =
            $"\"attemptId\":\"{attempt.GetProperty("attemptId").GetString()}\",\"fencingToken\":"
            + $"{attempt.GetProperty("fencingToken").GetInt32()}";
        await SlowlyAsync(
            peer,
            "Report",
            $$"""{"events":[{"type":"started",{{held}}},{"type":"succeeded",{{held}},"result":{"said":"byte by byte"} }]}"""
        );
        var job = await running;
        Assert.That(
            (job.State, job.Result.ToString()),
            Is.EqualTo((JobState.Succeeded, """{"said":"byte by byte"}"""))
        );
    }

    [Test]
    public async Task Several_messages_in_one_write_are_heard_in_their_order()
    {
        var (name, hello) = await AHandlerAsync();
        using var peer = await ConnectAsync(_broker.Router);
        byte[][] said =
        [
            Greeting(),
            Ready(Dealer, NoIdentity),
            .. Message("Hello", hello),
            .. Message("Heartbeat", """{"capacity":1,"running":[]}"""),
            .. Message("Heartbeat", """{"capacity":3,"running":[]}""", isLong: true),
            .. Message("Bye", """{"reason":"said all"}"""),
        ];
        await peer.WriteAsync([.. said.SelectMany(bytes => bytes)]);
        await peer.ReadHandshakeAsync();
        await peer.HearAsync("Welcome");
        await UntilAsync(async () => (await _broker.Client.Handlers.GetAsync(name)).Sessions.Count == 0);
    }

    private static async Task SlowlyAsync(RawZmtp peer, string kind, string body)
    {
        foreach (var single in Message(kind, body, isLong: true).SelectMany(frame => frame))
        {
            await peer.WriteAsync([single]);
        }
    }

    private async Task<(string Name, string Hello)> AHandlerAsync(string method = "odd.nothing")
    {
        var name = $"odd-{Interlocked.Increment(ref _made)}";
        var key = await _broker.Client.Keys.CreateAsync(new KeyRequest { Kind = KeyKind.Handler, Handler = name });
        return (
            name,
            $$"""{"protocol":1,"handler":"{{name}}","instance":"i","apiKey":"{{key.Key}}","methods":[{"name":"{{method}}"}],"capacity":1,"later":{"field":1} }"""
        );
    }

    private Task UntilConnectedAsync(string name) =>
        UntilAsync(async () =>
            (await _broker.Client.Handlers.ListAsync()).Items.Any(handler =>
                handler.Name == name && handler.Sessions.Count == 1
            )
        );

    // Repeats a check that no event announces. Only a broken test reaches the deadline.
    private static async Task UntilAsync(Func<Task<bool>> isSo)
    {
        using var limit = new CancellationTokenSource(TimeSpan.FromSeconds(60));
        while (!await isSo())
        {
            limit.Token.ThrowIfCancellationRequested();
        }
    }
}
