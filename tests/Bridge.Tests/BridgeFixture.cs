using Microsoft.AspNetCore.Http.Connections;
using Microsoft.Extensions.Logging;
using NetMQ.Sockets;
using ScheduleZero.Bridge.Link;
using ScheduleZero.Contracts;
using ScheduleZero.Contracts.Handlers;
using ScheduleZero.Edges;

namespace ScheduleZero.Bridge.Tests;

/// <summary>A real Bridge on a free port and a Broker to link to.</summary>
internal abstract class BridgeFixture
{
    protected static readonly ApiKey BridgeKey = ApiKey.Generate();

    protected static readonly LinkTimings FastLink = new()
    {
        HelloEvery = TimeSpan.FromMilliseconds(100),
        BeatEvery = TimeSpan.FromMilliseconds(100),
        SilenceMax = TimeSpan.FromMilliseconds(1500),
        RetryRefusedAfter = TimeSpan.FromMilliseconds(100),
        MoveAfter = TimeSpan.FromMilliseconds(200),
        Tick = TimeSpan.FromMilliseconds(20),
    };

    protected static FakeBroker ABroker(string? endpoint = null, Action<RouterSocket>? secure = null) =>
        new(id => id == BridgeKey.Id ? BridgeKey.SecretHash() : null, endpoint, secure: secure);

    protected static BridgeSettings Settings(
        string broker,
        BridgeLimits? limits = null,
        string? key = null,
        string? otherBroker = null,
        LinkTimings? timings = null,
        string[]? trustedProxies = null,
        string[]? allowFrom = null,
        CurveSettings? curve = null
    )
    {
        return new BridgeSettings
        {
            Urls = ["http://127.0.0.1:0"],
            Brokers = otherBroker is null ? [broker] : [broker, otherBroker],
            Key = key ?? BridgeKey.Reveal(),
            Name = "bridge-1",
            TrustedProxies = trustedProxies ?? [],
            AllowFrom = allowFrom ?? [],
            Curve = curve ?? new CurveSettings(),
            LinkTimings = timings ?? FastLink,
            Limits = limits ?? new BridgeLimits { DrainGrace = TimeSpan.Zero },
        };
    }

    protected static Task<RunningBridge> StartAsync(BridgeSettings settings, ILoggerProvider? log = null) =>
        BridgeServer.StartAsync(
            settings,
            log is null ? null : logging => logging.AddProvider(log),
            CancellationToken.None
        );

    protected static async Task<RunningBridge> StartLinkedAsync(FakeBroker broker, BridgeLimits? limits = null)
    {
        var bridge = await StartAsync(Settings(broker.Endpoint, limits));
        await bridge.Linked.WaitAsync(TimeSpan.FromSeconds(20));
        return bridge;
    }

    /// <summary>A handler that the Broker has welcomed, and its number.</summary>
    protected static async Task<(TestHandler Handler, ulong Number)> AWelcomedHandlerAsync(
        RunningBridge bridge,
        FakeBroker broker,
        Carrier carrier = Carrier.Json,
        HttpTransportType transport = HttpTransportType.WebSockets
    )
    {
        var handler = await TestHandler.ConnectAsync(bridge, carrier, transport);
        return (handler, await WelcomeAsync(handler, broker));
    }

    protected static async Task<ulong> WelcomeAsync(TestHandler handler, FakeBroker broker)
    {
        var saying = handler.HelloAsync();
        var hello = await broker.HearAsync(MessageKind.Hello);
        await broker.SayAsync(MessageKind.Welcome, hello.Header.Connection, """{"sessionId":"s1"}"""u8.ToArray());
        await saying;
        return hello.Header.Connection;
    }
}
