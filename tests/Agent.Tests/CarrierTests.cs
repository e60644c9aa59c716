using Microsoft.Extensions.Logging;
using NetMQ;
using NetMQ.Sockets;
using ScheduleZero.Agent.Tests.Fakes;
using ScheduleZero.Contracts;
using ScheduleZero.Contracts.Handlers;
using ScheduleZero.HandlerAgent;
using ScheduleZero.HandlerAgent.Connection;

namespace ScheduleZero.Agent.Tests;

[Parallelizable(ParallelScope.All)]
public sealed class CarrierTests
{
    private static readonly string Key = ApiKey.Generate().Reveal();

    private static RunningAgent Start(string address, HubProtocol protocol = HubProtocol.MessagePack) =>
        AgentBuilder
            .Create(options =>
            {
                options.Handler = "office-7";
                options.ApiKey = Key;
                options.Bridges.Add(address);
                options.HubProtocol = protocol;
                options.SettleTimeout = TimeSpan.Zero;
            })
            .Handle("echo", (RawJson p, JobContext job) => Task.FromResult(p))
            .Start();

    [TestCase(HubProtocol.MessagePack, false, "WebSockets")]
    [TestCase(HubProtocol.Json, false, "WebSockets")]
    [TestCase(HubProtocol.MessagePack, true, "ServerSentEvents")]
    [TestCase(HubProtocol.Json, true, "ServerSentEvents")]
    public async Task A_job_crosses_a_Bridge(HubProtocol protocol, bool webSocketsBlocked, string transport)
    {
        await using var bridge = await FakeBridge.StartAsync(webSocketsBlocked);
        await using var agent = Start(bridge.Address, protocol);
        var hello = await bridge.Hellos.Reader.ReadAsync().AsTask().WaitAsync(FakeBroker.Patience);
        var attempt = Messages.AnAttempt(parameters: """{"text":"ü€","n":1.50}""");

        await bridge.SayAsync(hello.Connection, new Assign([attempt]));
        var succeeded = await SucceededAsync(bridge);
        await bridge.SayAsync(hello.Connection, new Ack([new AcknowledgedAttempt(attempt.AttemptId, "accepted")]));

        Assert.That(hello.Transport, Is.EqualTo(transport));
        Assert.That(hello.Authorization, Is.EqualTo($"Bearer {Key}"));
        Assert.That(hello.Hello.ApiKey, Is.Null);
        Assert.That(succeeded.Result.ToString(), Is.EqualTo("""{"text":"ü€","n":1.50}"""));
    }

    private static async Task<ReportEvent> SucceededAsync(FakeBridge bridge)
    {
        while (true)
        {
            var report = await bridge.Reports.Reader.ReadAsync().AsTask().WaitAsync(FakeBroker.Patience);
            if (report.Events.FirstOrDefault(e => e.Type == "succeeded") is { } e)
            {
                return e;
            }
        }
    }

    [Test]
    public async Task A_refusal_comes_through_the_hub_with_its_code()
    {
        await using var bridge = await FakeBridge.StartAsync();
        bridge.Refusal = "unauthenticated: no such key";
        await using var agent = Start(bridge.Address);

        var stopped = Assert.ThrowsAsync<AgentStoppedException>(() =>
            agent.WaitForWelcomeAsync().WaitAsync(FakeBroker.Patience)
        )!;

        Assert.That(stopped.Code, Is.EqualTo("unauthenticated"));
        Assert.That(stopped.Message, Does.Contain("no such key"));
    }

    [Test]
    public async Task A_dead_Bridge_is_passed_over_for_the_next_address()
    {
        var dead = await FakeBridge.StartAsync();
        var deadAddress = dead.Address;
        await dead.DisposeAsync();
        await using var bridge = await FakeBridge.StartAsync();
        await using var agent = AgentBuilder
            .Create(options =>
            {
                options.Handler = "office-7";
                options.ApiKey = Key;
                options.Bridges.Add(deadAddress);
                options.Bridges.Add(bridge.Address);
            })
            .Handle("echo", (RawJson p, JobContext job) => Task.FromResult(p))
            .Start();

        var welcomed = await agent.WaitForWelcomeAsync().WaitAsync(FakeBroker.Patience);

        Assert.That(welcomed, Is.EqualTo(new Uri(bridge.Address)));
    }

    [Test]
    public async Task A_job_crosses_ZeroMQ()
    {
        using var router = new RouterSocket();
        var port = router.BindRandomPort("tcp://127.0.0.1");
        await using var agent = Start($"tcp://127.0.0.1:{port}");
        var (peer, hello) = Receive<Hello>(router);
        Send(router, peer, Messages.AWelcome());
        var attempt = Messages.AnAttempt(parameters: "[1,2]");

        Send(router, peer, new Assign([attempt]));
        ReportEvent? succeeded = null;
        while (succeeded is null)
        {
            succeeded = Receive<Report>(router).Message.Events.FirstOrDefault(e => e.Type == "succeeded");
        }

        Send(router, peer, new Ack([new AcknowledgedAttempt(attempt.AttemptId, "accepted")]));
        await agent.StopAsync();
        var (_, bye) = Receive<Bye>(router);

        Assert.That((hello.Handler, hello.ApiKey), Is.EqualTo(("office-7", Key)));
        Assert.That(succeeded.Result.ToString(), Is.EqualTo("[1,2]"));
        Assert.That(bye.Reason, Is.Not.Empty);
    }

    [Test]
    public async Task A_refusal_comes_through_ZeroMQ_as_a_message()
    {
        using var router = new RouterSocket();
        var port = router.BindRandomPort("tcp://127.0.0.1");
        await using var agent = Start($"tcp://127.0.0.1:{port}");
        var (peer, _) = Receive<Hello>(router);

        Send(router, peer, new Refused("revoked", "gone"));

        var stopped = Assert.ThrowsAsync<AgentStoppedException>(() => agent.Completion.WaitAsync(FakeBroker.Patience))!;
        Assert.That(stopped.Code, Is.EqualTo("revoked"));
    }

    [TestCase("http://192.0.2.1:1", 1)]
    [TestCase("tcp://192.0.2.1:1", 1)]
    [TestCase("https://192.0.2.1:1", 0)]
    [TestCase("http://127.0.0.1:1", 0)]
    [TestCase("tcp://127.0.0.1:1", 0)]
    [TestCase("tcp://[::1]:1", 0)]
    [TestCase("http://localhost:1", 0)]
    public async Task A_key_that_crosses_a_network_in_the_clear_is_warned_of_once(string address, int warnings)
    {
        var warned = new List<string>();
        var carriers = new Carriers(
            new HandlerAgentOptions { Handler = "office-7", ApiKey = Key },
            TimeProvider.System,
            () => 0,
            new Warnings(warned)
        );
        for (var tries = 0; tries < 3; tries++)
        {
            try
            {
                await (
                    await carriers.ConnectAsync(new Uri(address), new Inbox(), new CancellationToken(canceled: true))
                ).DisposeAsync();
            }
            catch (Exception e) when (e is CarrierException or OperationCanceledException)
            {
                // Nobody is there.
            }
        }

        Assert.That(warned, Has.Count.EqualTo(warnings).And.All.Contains(address).And.None.Contains(Key));
    }

    private sealed class Warnings(List<string> said) : ILogger
    {
        public IDisposable? BeginScope<TState>(TState state)
            where TState : notnull => null;

        public bool IsEnabled(LogLevel logLevel) => logLevel >= LogLevel.Warning;

        public void Log<TState>(
            LogLevel logLevel,
            EventId eventId,
            TState state,
            Exception? exception,
            Func<TState, Exception?, string> formatter
        )
        {
            if (IsEnabled(logLevel))
            {
                said.Add(formatter(state, exception));
            }
        }
    }

    /// <summary>Waits for the next message of a kind; other messages before it are ignored.</summary>
    private static (byte[] Peer, T Message) Receive<T>(RouterSocket router)
        where T : class, IMessage<T>
    {
        while (true)
        {
            NetMQMessage? message = null;
            Assert.That(
                router.TryReceiveMultipartMessage(FakeBroker.Patience, ref message),
                Is.True,
                $"no {T.MessageKind} came"
            );
            Assert.That(message!.FrameCount, Is.EqualTo(4));
            Assert.That(FrameHeader.TryParse(message[2].ToByteArray(), out var header), Is.True);
            if (header.Kind == T.MessageKind)
            {
                Assert.That(
                    ProtocolJson.TryRead<T>(message[3].ToByteArray(), out var body, out var problem),
                    Is.True,
                    problem
                );
                return (message[0].ToByteArray(), body!);
            }
        }
    }

    private static void Send(RouterSocket router, byte[] peer, IBrokerMessage message) =>
        router.SendMultipartBytes(peer, [], new FrameHeader(message.Kind).ToFrame(), ProtocolJson.Write(message));
}
