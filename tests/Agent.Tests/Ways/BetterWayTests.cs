using Microsoft.AspNetCore.Http.Connections;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Time.Testing;
using ScheduleZero.Agent.Tests.Fakes;
using ScheduleZero.Contracts;
using ScheduleZero.Contracts.Handlers;
using ScheduleZero.HandlerAgent;
using ScheduleZero.HandlerAgent.Connection;
using ScheduleZero.HandlerAgent.Connection.SignalR;
using ScheduleZero.HandlerAgent.Connection.Ways;

namespace ScheduleZero.Agent.Tests.Ways;

/// <summary>A connection by another transport looks from time to time whether WebSockets work.</summary>
[Parallelizable(ParallelScope.All)]
public sealed class BetterWayTests
{
    private static readonly TimeSpan Step = TimeSpan.FromSeconds(10);

    private readonly FakeTimeProvider _time = new(new DateTimeOffset(2026, 3, 1, 12, 0, 0, TimeSpan.Zero));

    [Test]
    public async Task A_connection_returns_to_WebSockets_once_they_work()
    {
        await using var bridge = await FakeBridge.StartAsync(webSocketsBlocked: true);
        var (address, inbox) = (new Uri(bridge.Address), new Inbox());
        var ways = new WayMemory(file: null, NullLogger.Instance);
        var carrier = Carrier(bridge, ways);
        await using var connection = await carrier.DialAsync(address, inbox, CancellationToken.None);
        Assert.That(connection.Transport, Is.EqualTo(HttpTransportType.ServerSentEvents));
        var begun = _time.GetUtcNow();
        var refused = bridge.BlockedCount;

        // The first look finds WebSockets still blocked, and changes nothing.
        await AdvanceUntilAsync(() => bridge.BlockedCount > refused);
        Assert.That(
            _time.GetUtcNow() - begun,
            Is.InRange(WayWatch.FirstRetry, WayWatch.FirstRetry + TimeSpan.FromMinutes(1))
        );
        Assert.That(ways.Of(address, proxy: null).Transport, Is.EqualTo(HttpTransportType.ServerSentEvents));

        bridge.AreWebSocketsBlocked = false;
        var drain = Task.Run(async () => await inbox.WaitAsync(CancellationToken.None));
        await AdvanceUntilAsync(() => drain.IsCompleted);
        Assert.That(inbox.TryTake(out var heard) && heard.Kind == MessageKind.Drain);
        Assert.That(ProtocolJson.TryRead<Drain>(heard.Body.Span, out var told, out _));
        Assert.That(told!.ReconnectAfterSeconds, Is.Zero);

        await using var next = await carrier.DialAsync(address, new Inbox(), CancellationToken.None);
        Assert.That(next.Transport, Is.EqualTo(HttpTransportType.WebSockets));
    }

    private SignalRCarrier Carrier(FakeBridge bridge, WayMemory ways)
    {
        var options = new HandlerAgentOptions { Handler = "office-7", ApiKey = ApiKey.Generate().Reveal() };
        options.Bridges.Add(bridge.Address);
        return new SignalRCarrier(
            options,
            new KeySource(options),
            new ProxyChoice(options),
            ways,
            _time,
            static () => 0,
            NullLogger.Instance
        );
    }

    // Each step leaves real time for what the last one began: answers cross real sockets.
    private async Task AdvanceUntilAsync(Func<bool> isReached)
    {
        for (var steps = 0; !isReached(); steps++)
        {
            Assert.That(steps, Is.LessThan(1_000), "It was not reached in hours of the test's clock.");
            await Task.Delay(20);
            _time.Advance(Step);
        }
    }
}
