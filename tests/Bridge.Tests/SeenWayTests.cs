using System.Net.WebSockets;
using Microsoft.AspNetCore.Http.Connections;
using ScheduleZero.Contracts.Handlers;

namespace ScheduleZero.Bridge.Tests;

/// <summary>What a Bridge tells the Broker of the way by which a handler came.</summary>
internal sealed class SeenWayTests : BridgeFixture
{
    [TestCase(HttpTransportType.WebSockets, "webSockets")]
    [TestCase(HttpTransportType.ServerSentEvents, "serverSentEvents")]
    [TestCase(HttpTransportType.LongPolling, "longPolling")]
    public async Task The_transport_is_told(HttpTransportType transport, string told)
    {
        using var broker = ABroker();
        await using var bridge = await StartLinkedAsync(broker);
        await using var handler = await TestHandler.ConnectAsync(bridge, transport: transport);
        var open = await HearOpenAsync(broker);
        Assert.That((open.Transport, open.Via), Is.EqualTo((told, (string?)null)));
    }

    [TestCase("Via", "1.1 squid (squid/5.7)", "1.1 squid (squid/5.7)")]
    [TestCase("X-Forwarded-For", "203.0.113.7", "X-Forwarded-For")]
    [TestCase("Forwarded", "for=203.0.113.7", "Forwarded")]
    public async Task Proxies_are_told_by_the_headers_that_they_add(string header, string value, string told)
    {
        using var broker = ABroker();
        await using var bridge = await StartLinkedAsync(broker);
        using var socket = await ConnectAsync(bridge, header, value);
        Assert.That((await HearOpenAsync(broker)).Via, Is.EqualTo(told));
    }

    [Test]
    public async Task A_header_that_is_very_long_is_cut()
    {
        using var broker = ABroker();
        await using var bridge = await StartLinkedAsync(broker);
        using var socket = await ConnectAsync(bridge, "Via", new string('x', 5000));
        Assert.That((await HearOpenAsync(broker)).Via, Has.Length.EqualTo(256));
    }

    private static async Task<ClientWebSocket> ConnectAsync(RunningBridge bridge, string header, string value)
    {
        var socket = new ClientWebSocket();
        socket.Options.SetRequestHeader("Authorization", $"Bearer {TestHandler.Key}");
        socket.Options.SetRequestHeader(header, value);
        var url = new Uri($"ws://{new Uri(bridge.Urls[0]).Authority}{BridgeServer.HubPath}");
        await socket.ConnectAsync(url, CancellationToken.None);
        var handshake = """{"protocol":"json","version":1}"""u8.ToArray();
        await socket.SendAsync((byte[])[.. handshake, 0x1e], WebSocketMessageType.Text, true, CancellationToken.None);
        return socket;
    }

    private static async Task<Open> HearOpenAsync(FakeBroker broker)
    {
        var heard = await broker.HearAsync(MessageKind.Open);
        Assert.That(ProtocolJson.TryRead<Open>(heard.Body, out var open, out _), Is.True);
        return open!;
    }
}
