using Microsoft.AspNetCore.Http.Connections;
using ScheduleZero.Contracts;
using ScheduleZero.Contracts.Handlers;

namespace ScheduleZero.Bridge.Tests;

/// <summary>
/// No handler stays connected without work because its client does not know a message: the Bridge closes the
/// connection in a way that the client's own reconnecting heals.
/// </summary>
internal sealed class PlainClientTests : BridgeFixture
{
    private static readonly byte[] Assign = """{"attempts":[]}"""u8.ToArray();

    private static readonly BridgeLimits Impatient = new()
    {
        GreetDeadline = TimeSpan.FromMilliseconds(200),
        DrainGrace = TimeSpan.Zero,
    };

    [TestCase(HttpTransportType.WebSockets)]
    [TestCase(HttpTransportType.ServerSentEvents)]
    [TestCase(HttpTransportType.LongPolling)]
    public async Task A_client_that_does_not_know_Greet_is_closed_comes_back_and_gets_work(HttpTransportType transport)
    {
        using var broker = ABroker();
        await using var bridge = await StartLinkedAsync(broker, Impatient);
        var (client, first) = await PlainClient.ConnectAsync(bridge, broker, transport);
        await using var _ = client;

        // The Broker is silent, and comes back without its sessions.
        broker.IsMute = true;
        while (bridge.IsLinked)
        {
            await Task.Delay(20);
        }

        broker.IsMute = false;
        await client.Reconnected;
        var second = await PlainClient.WelcomeAsync(broker);
        await broker.SayAsync(MessageKind.Assign, second, Assign);

        await client.HearAssignAsync();
        Assert.That(second, Is.Not.EqualTo(first));
    }

    [TestCase(HttpTransportType.WebSockets)]
    [TestCase(HttpTransportType.LongPolling)]
    public async Task A_client_that_the_Broker_closes_for_now_comes_back(HttpTransportType transport)
    {
        using var broker = ABroker();
        await using var bridge = await StartLinkedAsync(broker, Impatient);
        var (client, first) = await PlainClient.ConnectAsync(bridge, broker, transport);
        await using var _ = client;

        await broker.SayAsync(first, new Close(ErrorCodes.Unavailable, "3 probes were not answered."));

        await client.Reconnected;
        await broker.SayAsync(MessageKind.Assign, await PlainClient.WelcomeAsync(broker), Assign);
        await client.HearAssignAsync();
    }

    [TestCase(ErrorCodes.Revoked)]
    [TestCase(ErrorCodes.Superseded)]
    public async Task A_client_that_is_not_wanted_any_more_stays_away(string code)
    {
        using var broker = ABroker();
        await using var bridge = await StartLinkedAsync(broker, Impatient);
        var (client, first) = await PlainClient.ConnectAsync(bridge, broker, HttpTransportType.WebSockets);
        await using var _ = client;

        await broker.SayAsync(first, new Close(code, "The test says so."));

        await client.Closed;
        Assert.That(client.Reconnected.IsCompleted, Is.False);
    }
}
