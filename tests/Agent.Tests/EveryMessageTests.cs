using Microsoft.AspNetCore.Http.Connections;
using Microsoft.AspNetCore.SignalR.Client;
using Microsoft.Extensions.Logging.Abstractions;
using NetMQ;
using NetMQ.Sockets;
using ScheduleZero.Agent.Tests.Fakes;
using ScheduleZero.Contracts.Handlers;
using ScheduleZero.HandlerAgent;
using ScheduleZero.HandlerAgent.Connection;
using ScheduleZero.HandlerAgent.Connection.SignalR;

namespace ScheduleZero.Agent.Tests;

/// <summary>
/// Every message that is pushed to a handler reaches the loop of the agent, by either carrier. These cases include
/// every message that is added to the protocol.
/// </summary>
[Parallelizable(ParallelScope.All)]
public sealed class EveryMessageTests
{
    private static IEnumerable<MessageKind> Said =>
        Enum.GetValues<MessageKind>()
            .Where(kind =>
                MessageKinds.RouteOf(kind) is MessageRoute.BrokerToHandler or MessageRoute.BridgeToHandler
                && !MessageKinds.IsAnswer(kind)
            );

    [Test]
    public async Task By_SignalR()
    {
        await using var bridge = await FakeBridge.StartAsync();
        await using var hub = new HubConnectionBuilder().WithUrl($"{bridge.Address}/hubs/handlers").Build();
        var inbox = new Inbox();
        _ = new SignalRConnection(hub, inbox, secrets: null) { Transport = HttpTransportType.WebSockets };
        await hub.StartAsync();
        foreach (var kind in Said)
        {
            await bridge.SayAsync(hub.ConnectionId!, kind, ProtocolJson.Write(new Bye("whatever")));
        }

        Assert.That(await HeardAsync(inbox), Is.EqualTo(Said));
    }

    [Test]
    public async Task By_ZeroMQ()
    {
        using var router = new RouterSocket();
        var port = router.BindRandomPort("tcp://127.0.0.1");
        var inbox = new Inbox();
        var carriers = new Carriers(new HandlerAgentOptions(), TimeProvider.System, () => 0, NullLogger.Instance);
        await using var connection = await carriers.ConnectAsync(
            new Uri($"tcp://127.0.0.1:{port}"),
            inbox,
            CancellationToken.None
        );
        await connection.SendAsync(new Bye("enough"), CancellationToken.None).WaitAsync(FakeBroker.Patience);
        NetMQMessage? hello = null;
        Assert.That(router.TryReceiveMultipartMessage(FakeBroker.Patience, ref hello));
        foreach (var kind in Said)
        {
            var message = new NetMQMessage();
            message.Append(hello![0].ToByteArray());
            message.AppendEmptyFrame();
            message.Append(new FrameHeader(kind).ToFrame());
            message.Append(ProtocolJson.Write(new Bye("whatever")));
            Assert.That(router.TrySendMultipartMessage(FakeBroker.Patience, message));
        }

        Assert.That(await HeardAsync(inbox), Is.EqualTo(Said));
    }

    private static async Task<List<MessageKind>> HeardAsync(Inbox inbox)
    {
        using var patience = new CancellationTokenSource(FakeBroker.Patience);
        var heard = new List<MessageKind>();
        while (heard.Count < Said.Count() && await inbox.WaitAsync(patience.Token))
        {
            while (inbox.TryTake(out var inbound))
            {
                heard.Add(inbound.Kind);
            }
        }

        return heard;
    }
}
