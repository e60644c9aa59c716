using System.Collections.Concurrent;
using System.Diagnostics.Metrics;
using System.Net;
using System.Net.Http.Headers;
using System.Net.Sockets;
using Microsoft.AspNetCore.SignalR;
using ScheduleZero.Bridge.Hub;
using ScheduleZero.Contracts;
using ScheduleZero.Contracts.Handlers;

namespace ScheduleZero.Bridge.Tests;

/// <summary>How often an address may try.</summary>
internal sealed class ConnectionLimitTests : BridgeFixture
{
    private static readonly BridgeLimits Few = new()
    {
        DrainGrace = TimeSpan.Zero,
        ConnectionsPerMinute = 3,
        RefusedHellosPerMinute = 2,
    };

    [Test]
    public async Task One_connection_more_than_its_minute_allows_is_told_when_to_come_back()
    {
        using var broker = ABroker();
        await using var bridge = await StartLinkedAsync(broker, Few);
        for (var i = 0; i < 3; i++)
        {
            Assert.That(await NegotiateAsync(bridge, "127.0.0.1"), Is.EqualTo((200, false)));
        }

        Assert.That(await NegotiateAsync(bridge, "127.0.0.1"), Is.EqualTo((429, true)));
        Assert.That(
            await NegotiateAsync(bridge, "127.0.0.2"),
            Is.EqualTo((200, false)),
            "another address is another matter"
        );
    }

    [Test]
    public async Task An_address_whose_Hellos_are_refused_is_kept_out_and_others_are_not()
    {
        using var broker = ABroker();
        await using var bridge = await StartLinkedAsync(broker, Few with { ConnectionsPerMinute = 1_000 });
        var (good, _) = await AWelcomedHandlerAsync(bridge, broker);
        await using var _good = good;
        for (var i = 0; i < 2; i++)
        {
            Assert.That(await NegotiateAsync(bridge, "127.0.0.1"), Is.EqualTo((200, false)));
            await RefuseAsync(bridge, broker, ErrorCodes.Unauthenticated);
        }

        Assert.That(await NegotiateAsync(bridge, "127.0.0.1"), Is.EqualTo((429, true)));
        Assert.That(await NegotiateAsync(bridge, "127.0.0.2"), Is.EqualTo((200, false)));
        await good.SendAsync(MessageKind.Heartbeat, """{"capacity":1,"running":[]}""");
        Assert.That(
            (await broker.HearAsync(MessageKind.Heartbeat)).Text,
            Does.Contain("capacity"),
            "who is in stays in"
        );
    }

    [Test]
    public async Task A_broker_that_is_busy_costs_its_handlers_nothing()
    {
        using var broker = ABroker();
        await using var bridge = await StartLinkedAsync(broker, Few with { ConnectionsPerMinute = 1_000 });
        for (var i = 0; i < 4; i++)
        {
            await RefuseAsync(bridge, broker, ErrorCodes.Unavailable);
        }

        Assert.That(await NegotiateAsync(bridge, "127.0.0.1"), Is.EqualTo((200, false)));
    }

    [Test]
    public async Task Refusals_are_counted_by_reason()
    {
        var counted = new ConcurrentBag<string>();
        using var listener = new MeterListener
        {
            InstrumentPublished = static (instrument, listener) =>
            {
                if (instrument.Meter.Name == ConnectionLimits.MeterName)
                {
                    listener.EnableMeasurementEvents(instrument);
                }
            },
        };
        listener.SetMeasurementEventCallback<long>(
            (instrument, _, tags, _) => counted.Add($"{instrument.Name} {tags[0].Value}")
        );
        listener.Start();
        using var broker = ABroker();
        await using var bridge = await StartLinkedAsync(broker, Few);
        await RefuseAsync(bridge, broker, ErrorCodes.Revoked);
        await NegotiateAsync(bridge, "127.0.0.1", key: "none");
        await NegotiateAsync(bridge, "127.0.0.1");
        await NegotiateAsync(bridge, "127.0.0.1");
        Assert.That(
            counted,
            Is.SupersetOf(
                new[]
                {
                    $"{ConnectionLimits.RefusedHellosName} revoked",
                    $"{ConnectionLimits.RefusedConnectionsName} key",
                    $"{ConnectionLimits.RefusedConnectionsName} rate",
                }
            )
        );
    }

    [TestCase("--connections-per-minute", "0", "ConnectionsPerMinute")]
    [TestCase("--refused-hellos-per-minute", "0", "RefusedHellosPerMinute")]
    [TestCase("--connections-per-minute", "many", "many")]
    public void Limits_that_make_no_sense_are_refused(string flag, string value, string words) =>
        Assert.That(
            () =>
                BridgeArguments
                    .Read([flag, value], name => name == BridgeArguments.KeyVariable ? BridgeKey.Reveal() : null)
                    .Validate(),
            Throws.TypeOf<BridgeSettingsException>().With.Message.Contains(words)
        );

    [Test]
    public void Limits_are_read_from_flags_and_environment()
    {
        var limits = BridgeArguments
            .Read(["--connections-per-minute", "7"], name => name == BridgeArguments.RefusedHellosVariable ? "8" : null)
            .Limits;
        Assert.That((limits.ConnectionsPerMinute, limits.RefusedHellosPerMinute), Is.EqualTo((7, 8)));
    }

    private static async Task RefuseAsync(RunningBridge bridge, FakeBroker broker, string code)
    {
        await using var handler = await TestHandler.ConnectAsync(bridge);
        var saying = handler.HelloAsync();
        var hello = await broker.HearAsync(MessageKind.Hello);
        await broker.SayAsync(hello.Header.Connection, new Refused(code, "No."));
        Assert.That(async () => await saying, Throws.InstanceOf<HubException>());
    }

    private static async Task<(int Status, bool SaysWhen)> NegotiateAsync(
        RunningBridge bridge,
        string from,
        string? key = null
    )
    {
        using var client = new HttpClient(
            new SocketsHttpHandler
            {
                ConnectCallback = async (context, cancellationToken) =>
                {
                    var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
                    socket.Bind(new IPEndPoint(IPAddress.Parse(from), 0));
                    await socket.ConnectAsync(IPAddress.Loopback, context.DnsEndPoint.Port, cancellationToken);
                    return new NetworkStream(socket, ownsSocket: true);
                },
            }
        );
        client.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", key ?? TestHandler.Key);
        using var answer = await client.PostAsync(
            $"{bridge.Urls[0]}{BridgeServer.HubPath}/negotiate?negotiateVersion=1",
            null
        );
        return ((int)answer.StatusCode, answer.Headers.RetryAfter?.Delta is { TotalSeconds: >= 1 and <= 60 });
    }
}
