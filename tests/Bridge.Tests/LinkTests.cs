using ScheduleZero.Contracts;
using ScheduleZero.Contracts.Handlers;

namespace ScheduleZero.Bridge.Tests;

internal sealed class LinkTests : BridgeFixture
{
    [Test]
    public async Task Link_is_welcomed_after_both_sides_proved_themselves()
    {
        using var broker = ABroker();
        await using var bridge = await StartAsync(Settings(broker.Endpoint));
        var hello = await broker.HearAsync(MessageKind.BridgeHello);
        await bridge.Linked.WaitAsync(TimeSpan.FromSeconds(20));

        Assert.That(ProtocolJson.TryRead<BridgeHello>(hello.Body, out var said, out _), Is.True);
        Assert.That(said!.Bridge, Is.EqualTo("bridge-1"));
        Assert.That(said.KeyId, Is.EqualTo(BridgeKey.Id));
        Assert.That(hello.Text, Does.Not.Contain(BridgeKey.Reveal()[20..]));
        Assert.That(bridge.IsLinked, Is.True);
    }

    [Test]
    public async Task Bridge_whose_key_is_unknown_is_not_linked_and_asks_again()
    {
        using var broker = ABroker();
        await using var bridge = await StartAsync(Settings(broker.Endpoint, key: ApiKey.Generate().Reveal()));
        var first = await broker.HearAsync(MessageKind.BridgeHello);
        var second = await broker.HearAsync(MessageKind.BridgeHello);

        Assert.That(bridge.IsLinked, Is.False);
        Assert.That(second.Text, Is.Not.EqualTo(first.Text), "A new handshake has a new nonce.");
    }

    [Test]
    public async Task False_broker_is_shown_no_handler()
    {
        var falseHash = ApiKey.Generate().SecretHash();
        using var broker = new FakeBroker(_ => falseHash);
        await using var bridge = await StartAsync(Settings(broker.Endpoint));
        await using var handler = await TestHandler.ConnectAsync(bridge);
        Assert.That(() => handler.HelloAsync(), Throws.Exception.Message.StartsWith(ErrorCodes.Unavailable));
        await broker.HearAsync(MessageKind.BridgeHello);
        await broker.HearAsync(MessageKind.BridgeHello);
        await broker.HearAsync(MessageKind.BridgeHello);

        Assert.That(
            broker.TakeAll().Select(heard => heard.Header.Kind),
            Has.None.EqualTo(MessageKind.Open).And.None.EqualTo(MessageKind.BridgeProof)
        );
        Assert.That(bridge.IsLinked, Is.False);
    }

    [Test]
    public async Task Gap_in_the_brokers_count_starts_the_link_anew_and_greets_handlers()
    {
        using var broker = ABroker();
        await using var bridge = await StartLinkedAsync(broker);
        var (handler, number) = await AWelcomedHandlerAsync(bridge, broker);
        await using var _ = handler;

        await broker.LoseOneAsync();
        await broker.SayAsync(number, new Probe("lost"));

        var open = await broker.HearAsync(MessageKind.Open);
        await handler.HearAsync(MessageKind.Hold);
        await handler.HearAsync(MessageKind.Greet);
        Assert.That(open.Header.Connection, Is.EqualTo(number));
        Assert.That(await WelcomeAsync(handler, broker), Is.EqualTo(number));
        Assert.That(handler.HasHeardNothing, Is.True, "The message after the gap is not delivered.");
    }

    [Test]
    public async Task Broker_that_hangs_makes_handlers_hold_and_its_return_greets_them()
    {
        using var broker = ABroker();
        await using var bridge = await StartLinkedAsync(broker);
        var (handler, number) = await AWelcomedHandlerAsync(bridge, broker);
        await using var _ = handler;

        broker.IsMute = true;
        await handler.HearAsync(MessageKind.Hold);
        Assert.That(bridge.IsLinked, Is.False);
        Assert.That(() => handler.HelloAsync(), Throws.Exception.Message.StartsWith(ErrorCodes.Unavailable));

        broker.IsMute = false;
        await handler.HearAsync(MessageKind.Greet);
        Assert.That(await WelcomeAsync(handler, broker), Is.EqualTo(number));
    }

    [Test]
    public async Task Handler_that_came_before_the_broker_is_not_told_to_hold_when_it_is_welcomed()
    {
        using var broker = ABroker();
        broker.IsMute = true;
        await using var bridge = await StartAsync(Settings(broker.Endpoint));
        await using var handler = await TestHandler.ConnectAsync(bridge);
        broker.IsMute = false;
        await bridge.Linked.WaitAsync(TimeSpan.FromSeconds(20));

        var number = await WelcomeAsync(handler, broker);
        await broker.SayAsync(number, new Probe("first"));
        Assert.That(
            (await handler.HearAsync()).Kind,
            Is.EqualTo(MessageKind.Probe),
            "It would keep its work to itself until a Greet that nobody says."
        );
    }

    [Test]
    public async Task Broker_that_dies_is_noticed_at_once_and_its_successor_learns_every_connection()
    {
        var broker = ABroker();
        var endpoint = broker.Endpoint;
        // Silence alone would not be noticed within the test's patience.
        await using var bridge = await StartAsync(
            Settings(endpoint, timings: FastLink with { SilenceMax = TimeSpan.FromSeconds(60) })
        );
        await bridge.Linked.WaitAsync(TimeSpan.FromSeconds(20));
        var (handler, number) = await AWelcomedHandlerAsync(bridge, broker);
        await using var _ = handler;

        broker.Dispose();
        await handler.HearAsync(MessageKind.Hold);
        using var successor = ABroker(endpoint);
        await handler.HearAsync(MessageKind.Greet);

        var open = await successor.HearAsync(MessageKind.Open);
        Assert.That(open.Header.Connection, Is.EqualTo(number));
        Assert.That(open.Text, Does.Contain(TestHandler.Key));
        Assert.That(await WelcomeAsync(handler, successor), Is.EqualTo(number));
    }

    [Test]
    public async Task Handlers_move_to_another_broker_when_theirs_stays_away()
    {
        using var first = ABroker();
        using var second = ABroker();
        await using var bridge = await StartAsync(Settings(first.Endpoint, otherBroker: second.Endpoint));
        await first.HearAsync(MessageKind.BridgeProof);
        await second.HearAsync(MessageKind.BridgeProof);
        await bridge.Linked.WaitAsync(TimeSpan.FromSeconds(20));
        await using var handler = await TestHandler.ConnectAsync(bridge);
        var atFirst = first.HearAsync(MessageKind.Open);
        var atSecond = second.HearAsync(MessageKind.Open);
        var (serving, other) = await Task.WhenAny(atFirst, atSecond) == atFirst ? (first, second) : (second, first);
        await WelcomeAsync(handler, serving);

        serving.IsMute = true;
        await handler.HearAsync(MessageKind.Hold);
        await handler.HearAsync(MessageKind.Greet);
        await Task.WhenAll(atFirst, atSecond);
        await WelcomeAsync(handler, other);
    }

    [Test]
    public async Task Bridge_can_wait_for_a_broker_that_dials()
    {
        await using var bridge = await StartAsync(Settings("@tcp://127.0.0.1:0"));
        using var broker = ABroker($">{bridge.Brokers[0].TrimStart('@')}");
        await bridge.Linked.WaitAsync(TimeSpan.FromSeconds(20));
        var (handler, _) = await AWelcomedHandlerAsync(bridge, broker);
        await handler.DisposeAsync();
        await broker.HearAsync(MessageKind.Closed);
    }

    [Test]
    public async Task Messages_that_wait_share_frames_and_every_frame_is_counted()
    {
        using var broker = ABroker();
        await using var bridge = await StartLinkedAsync(broker);
        var (handler, number) = await AWelcomedHandlerAsync(bridge, broker);
        await using var _ = handler;

        const int Reports = 1000;
        for (var i = 0; i < Reports; i++)
        {
            await handler.SendAsync(MessageKind.Report, $$"""{"events":[{"n":{{i}}}]}""");
        }

        var heard = new List<Heard>();
        while (heard.Count < Reports)
        {
            heard.Add(await broker.HearAsync(MessageKind.Report));
        }

        Assert.That(
            heard.Select(report => report.Text),
            Is.EqualTo(Enumerable.Range(0, Reports).Select(i => $$"""{"events":[{"n":{{i}}}]}"""))
        );
        Assert.That(heard.Select(report => report.Header.Connection), Is.All.EqualTo(number));
        Assert.That(heard.Any(report => report.WasPacked), Is.True);
        Assert.That(broker.Sequences, Is.EqualTo(Enumerable.Range(1, broker.Sequences.Count).Select(i => (ulong)i)));
    }

    [Test]
    public async Task Broken_words_of_the_broker_cost_only_themselves()
    {
        using var broker = ABroker();
        await using var bridge = await StartLinkedAsync(broker);
        var (handler, number) = await AWelcomedHandlerAsync(bridge, broker);
        await using var _ = handler;

        await broker.SayFramesAsync([1, 2, 3]);
        await broker.SayFramesAsync([], [0xff, 0xfe], []);
        await broker.SayFramesAsync([], "SZ1 Assign c1 9"u8.ToArray(), [], [], []);
        await broker.SayFramesAsync([], "SZ1 BridgeWelcome"u8.ToArray(), "nonsense"u8.ToArray());
        await broker.SayAsync(MessageKind.Open, number, "{}"u8.ToArray());
        await broker.SayAsync(MessageKind.Pack, 0, [200, 1, 2, 3, 4, 5, 6]);
        await broker.SayAsync(MessageKind.Assign, 4711, "{}"u8.ToArray());
        await broker.SayPackAsync(
            (MessageKind.Ack, number, "{}"u8.ToArray()),
            (MessageKind.Probe, number, """{"nonce":"n"}"""u8.ToArray())
        );

        Assert.That(await handler.HearAsync(MessageKind.Ack), Is.EqualTo("{}"));
        Assert.That(await handler.HearAsync(MessageKind.Probe), Is.EqualTo("""{"nonce":"n"}"""));
        Assert.That(bridge.IsLinked, Is.True);
    }
}
