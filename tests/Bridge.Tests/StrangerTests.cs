using System.Net;
using System.Net.Sockets;
using System.Text;
using System.Text.RegularExpressions;
using Microsoft.Extensions.Logging;
using ScheduleZero.Contracts;
using ScheduleZero.Contracts.Handlers;
using ScheduleZero.Hostile;

namespace ScheduleZero.Bridge.Tests;

/// <summary>What those can take from a Bridge whom no Broker knows.</summary>
internal sealed class StrangerTests : BridgeFixture
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(20);

    private static readonly BridgeLimits Few = new()
    {
        DrainGrace = TimeSpan.Zero,
        ConnectionsPerMinute = 3,
        RefusedHellosPerMinute = 1_000,
    };

    [TestCase(MessageKind.Hello, ErrorCodes.Unauthenticated)]
    [TestCase(MessageKind.Hello, ErrorCodes.Unavailable)]
    [TestCase(MessageKind.Challenge, ErrorCodes.Unauthenticated)]
    [TestCase(MessageKind.Enrol, ErrorCodes.Conflict)]
    [TestCase(MessageKind.Rotate, ErrorCodes.Forbidden)]
    public async Task Whoever_is_refused_is_gone_however_much_it_pings(MessageKind asks, string code)
    {
        using var broker = ABroker();
        await using var bridge = await StartLinkedAsync(
            broker,
            new BridgeLimits { HelloDeadline = TimeSpan.FromHours(1), DrainGrace = TimeSpan.Zero }
        );
        await using var handler = await RawHandler.ConnectAsync(bridge, TestHandler.Key);
        await handler.CallAsync(asks);
        var asked = await broker.HearAsync(asks);
        await broker.SayAsync(asked.Header.Connection, new Refused(code, "No."));

        var heard = await handler.PingToTheEndAsync();

        Assert.That(
            heard,
            Does.Contain($"{code}: No.").And.Contain($"\"code\":\"{code}\""),
            "the answer first, then the Close"
        );
        Assert.That(
            (await broker.HearAsync(MessageKind.Closed)).Header.Connection,
            Is.EqualTo(asked.Header.Connection)
        );
    }

    [Test]
    public async Task One_connection_has_one_refused_Hello()
    {
        using var broker = ABroker();
        await using var bridge = await StartLinkedAsync(broker, Few);
        await using var handler = await RawHandler.ConnectAsync(bridge, TestHandler.Key);
        for (var i = 0; i < 200; i++)
        {
            await handler.CallAsync(MessageKind.Hello);
        }

        var hello = await broker.HearAsync(MessageKind.Hello);
        await broker.SayAsync(hello.Header.Connection, new Refused(ErrorCodes.Unauthenticated, "No."));
        await handler.PingToTheEndAsync();
        await broker.HearAsync(MessageKind.Closed);
        Assert.That(broker.TakeAll().Count(heard => heard.Header.Kind == MessageKind.Hello), Is.Zero);
    }

    [TestCase(true)]
    [TestCase(false)]
    public async Task Without_a_Welcome_a_connection_ends_whatever_it_shows_and_says(bool showsKey)
    {
        using var broker = ABroker();
        await using var bridge = await StartLinkedAsync(
            broker,
            new BridgeLimits
            {
                HelloDeadline = TimeSpan.FromSeconds(1),
                WelcomeDeadline = TimeSpan.FromHours(1),
                DrainGrace = TimeSpan.Zero,
            }
        );
        await using var handler = await RawHandler.ConnectAsync(bridge, showsKey ? TestHandler.Key : null);
        // A Broker that is slow, or a question that it never answers.
        await handler.CallAsync(MessageKind.Hello);
        await broker.HearAsync(MessageKind.Hello);

        // A handler that has said Hello may come back, since the Broker was slow.
        Assert.That(await handler.PingToTheEndAsync(), Does.Contain(ErrorCodes.Unavailable));
    }

    [Test]
    public async Task An_address_that_is_kept_out_says_no_Hello_on_connections_that_it_opened_before()
    {
        using var broker = ABroker();
        await using var bridge = await StartLinkedAsync(broker, Few with { RefusedHellosPerMinute = 1 });
        await using var first = await RawHandler.ConnectAsync(bridge, TestHandler.Key);
        await using var second = await RawHandler.ConnectAsync(bridge, TestHandler.Key);
        await first.CallAsync(MessageKind.Hello);
        var hello = await broker.HearAsync(MessageKind.Hello);
        await broker.SayAsync(hello.Header.Connection, new Refused(ErrorCodes.Unauthenticated, "No."));
        await first.PingToTheEndAsync();

        await second.CallAsync(MessageKind.Hello);

        Assert.That(await second.PingToTheEndAsync(), Does.Contain(ErrorCodes.RateLimited));
        Assert.That(broker.TakeAll().Count(heard => heard.Header.Kind == MessageKind.Hello), Is.Zero);
    }

    [TestCase("/hubs/handlers/negotiate", 429)]
    [TestCase("/hubs/handlers/negotiate/", 429)]
    [TestCase("/HUBS/Handlers/Negotiate?negotiateVersion=1", 429)]
    [TestCase("/hubs/handlers/%6eegotiate", 429)]
    [TestCase("/hubs/%68andlers/negotiat%65/?id=", 429)]
    [TestCase("/hubs/handlers/negotiate?id=x&negotiateVersion=1", 429)]
    [TestCase("/hubs/./handlers/x/../negotiate", 429)]
    [TestCase("/hubs/handlers//negotiate", 404)]
    [TestCase("//hubs/handlers/negotiate", 404)]
    public async Task Negotiations_are_counted_in_whatever_form_they_are_written(string path, int expected)
    {
        using var broker = ABroker();
        await using var bridge = await StartLinkedAsync(broker, Few);
        for (var i = 0; i < Few.ConnectionsPerMinute; i++)
        {
            Assert.That(
                await NegotiateAsync(bridge, expected == 429 ? path : "/hubs/handlers/negotiate"),
                Is.EqualTo(200)
            );
        }

        Assert.That(await NegotiateAsync(bridge, "/hubs/handlers/negotiate"), Is.EqualTo(429));
        Assert.That(await NegotiateAsync(bridge, path), Is.EqualTo(expected));
    }

    [TestCase("/hubs/handlers")]
    [TestCase("/hubs/handlers?id=")]
    [TestCase("/hubs/handlers?id")]
    [TestCase("/hubs/handlers?ID=&id=")]
    [TestCase("/hubs/handlers/?id=")]
    [TestCase("/HUBS/HANDLERS?id=")]
    [TestCase("/hubs/%68andlers?id=")]
    [TestCase("/hubs/handlers?access_token=x&id=")]
    public async Task Connections_are_counted_in_whatever_form_they_are_written(string path)
    {
        using var broker = ABroker();
        await using var bridge = await StartLinkedAsync(broker, Few);
        for (var i = 0; i < Few.ConnectionsPerMinute; i++)
        {
            Assert.That(await RawHandler.TryConnectAsync(bridge, path, "127.0.0.1"), Is.Not.EqualTo(429));
        }

        Assert.That(await RawHandler.TryConnectAsync(bridge, path, "127.0.0.1"), Is.EqualTo(429));
        Assert.That(await RawHandler.TryConnectAsync(bridge, BridgeServer.HubPath, "127.0.0.1"), Is.EqualTo(429));
        Assert.That(
            await RawHandler.TryConnectAsync(bridge, BridgeServer.HubPath, "127.0.0.2"),
            Is.EqualTo(101),
            "another address is another matter"
        );
    }

    [Test]
    public async Task The_token_of_an_open_connection_is_no_way_round_the_count()
    {
        using var broker = ABroker();
        await using var bridge = await StartLinkedAsync(broker, Few);
        var negotiated = await RawHttp.AnswerAsync(
            new Uri(bridge.Urls[0]),
            Negotiation("/hubs/handlers/negotiate?negotiateVersion=1"),
            isWhole: true
        );
        var token = Regex.Match(negotiated, "\"connectionToken\":\"([^\"]+)\"").Groups[1].Value;
        await using var handler = await RawHandler.ConnectAsync(
            bridge,
            TestHandler.Key,
            $"/hubs/handlers?id={Uri.EscapeDataString(token)}"
        );
        await broker.HearAsync(MessageKind.Open);
        var statuses = new List<int>();
        for (var i = 0; i < Few.ConnectionsPerMinute; i++)
        {
            statuses.Add(await NegotiateAsync(bridge, $"/hubs/handlers/negotiate?id={Uri.EscapeDataString(token)}"));
        }

        Assert.That(statuses, Is.EqualTo(new[] { 200, 200, 429 }));
    }

    [TestCase("/hubs/handlers?id=invented")]
    [TestCase("/hubs/handlers?other=1&id=%00")]
    [TestCase("/hubs/handlers?id=&id=x")]
    public async Task An_invented_token_opens_nothing(string path)
    {
        using var broker = ABroker();
        await using var bridge = await StartLinkedAsync(broker, Few);
        for (var i = 0; i <= Few.ConnectionsPerMinute; i++)
        {
            Assert.That(await RawHandler.TryConnectAsync(bridge, path, "127.0.0.1"), Is.EqualTo(404));
        }
    }

    [TestCase("/hubs/handlers?id=")]
    [TestCase("/hubs/handlers/?id=invented")]
    public async Task An_address_that_is_kept_out_stays_out_in_whatever_form_it_tries(string path)
    {
        using var broker = ABroker();
        await using var bridge = await StartLinkedAsync(broker, Few with { RefusedHellosPerMinute = 1 });
        await using var handler = await RawHandler.ConnectAsync(bridge, TestHandler.Key);
        await handler.CallAsync(MessageKind.Hello);
        var hello = await broker.HearAsync(MessageKind.Hello);
        await broker.SayAsync(hello.Header.Connection, new Refused(ErrorCodes.Unauthenticated, "No."));
        await handler.PingToTheEndAsync();

        Assert.That(await RawHandler.TryConnectAsync(bridge, path, "127.0.0.1"), Is.EqualTo(429));
    }

    [TestCase(Microsoft.AspNetCore.Http.Connections.HttpTransportType.LongPolling)]
    [TestCase(Microsoft.AspNetCore.Http.Connections.HttpTransportType.ServerSentEvents)]
    public async Task Who_is_in_stays_in_by_any_transport(
        Microsoft.AspNetCore.Http.Connections.HttpTransportType transport
    )
    {
        using var broker = ABroker();
        await using var bridge = await StartLinkedAsync(broker, Few);
        var (handler, _) = await AWelcomedHandlerAsync(bridge, broker, transport: transport);
        await using var __ = handler;
        var last = 0;
        for (var i = 0; i <= Few.ConnectionsPerMinute; i++)
        {
            last = await RawHandler.TryConnectAsync(bridge, BridgeServer.HubPath, "127.0.0.1");
        }

        Assert.That(last, Is.EqualTo(429));
        for (var i = 0; i < 10; i++)
        {
            await handler.SendAsync(MessageKind.Heartbeat, """{"capacity":1,"running":[]}""");
            await broker.HearAsync(MessageKind.Heartbeat);
        }
    }

    [Test]
    public async Task One_address_holds_only_so_many_connections()
    {
        using var broker = ABroker();
        await using var bridge = await StartLinkedAsync(
            broker,
            new BridgeLimits { ConnectionsPerAddress = 2, DrainGrace = TimeSpan.Zero }
        );
        var held = new List<Socket> { await OpenAsync(bridge), await OpenAsync(bridge) };
        Assert.That(await IsCutAsync(bridge), "a third of the same address");
        using var other = new HttpClient(RawHandler.ComingFrom("127.0.0.2"));
        Assert.That((await other.GetAsync($"{bridge.Urls[0]}/health/live")).StatusCode, Is.EqualTo(HttpStatusCode.OK));
        held.ForEach(socket => socket.Dispose());
        using var again = await UntilOpenAsync(bridge);
    }

    [Test]
    public async Task A_connection_that_says_nothing_is_cut()
    {
        using var broker = ABroker();
        await using var bridge = await StartLinkedAsync(
            broker,
            new BridgeLimits { FirstByteMax = TimeSpan.FromMilliseconds(300), DrainGrace = TimeSpan.Zero }
        );
        Assert.That(await IsCutAsync(bridge));
    }

    [Test]
    public async Task Strangers_write_a_few_lines_and_their_number()
    {
        using var log = new LineLog();
        using var broker = ABroker();
        await using (
            var bridge = await BridgeServer.StartAsync(
                Settings(broker.Endpoint),
                logging => logging.AddProvider(log),
                CancellationToken.None
            )
        )
        {
            await bridge.Linked.WaitAsync(Patience);
            for (var i = 0; i < 100; i++)
            {
                await using var handler = await RawHandler.ConnectAsync(bridge, TestHandler.Key);
                await broker.HearAsync(MessageKind.Open);
            }
        }

        var about = log.Lines.Where(line => line.Id is > 3100 and < 3200).ToList();
        Assert.That(about, Has.Count.InRange(1, Edges.StrangerLines.PerAddressPerMinute));
        Assert.That(
            log.Lines.Count(line => line.Id == 5061),
            Is.EqualTo(1),
            "the others are a number, at the end of the minute or of the Bridge"
        );
    }

    private static async Task<int> NegotiateAsync(RunningBridge bridge, string path)
    {
        var answer = await RawHttp.AnswerAsync(new Uri(bridge.Urls[0]), Negotiation(path), isWhole: true);
        return int.Parse(answer.AsSpan("HTTP/1.1 ".Length, 3));
    }

    private static byte[] Negotiation(string path) =>
        Encoding.Latin1.GetBytes(
            $"POST {path} HTTP/1.1\r\nHost: a\r\nAuthorization: Bearer {TestHandler.Key}\r\n"
                + "Content-Length: 0\r\nConnection: close\r\n\r\n"
        );

    private static async Task<Socket> ConnectAsync(RunningBridge bridge, string from)
    {
        var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        socket.Bind(new IPEndPoint(IPAddress.Parse(from), 0));
        await socket.ConnectAsync(IPAddress.Loopback, new Uri(bridge.Urls[0]).Port);
        return socket;
    }

    /// <summary>A connection whose first byte the Bridge has seen, since it has answered.</summary>
    private static async Task<Socket> OpenAsync(RunningBridge bridge)
    {
        var socket = await ConnectAsync(bridge, "127.0.0.1");
        await socket.SendAsync("GET /health/live HTTP/1.1\r\nHost: a\r\n\r\n"u8.ToArray());
        using var patience = new CancellationTokenSource(Patience);
        return await socket.ReceiveAsync(new byte[4096], patience.Token) > 0
            ? socket
            : throw new SocketException((int)SocketError.ConnectionReset);
    }

    /// <summary>The Bridge sees the end of a connection in its own time.</summary>
    private static async Task<Socket> UntilOpenAsync(RunningBridge bridge)
    {
        using var patience = new CancellationTokenSource(Patience);
        while (true)
        {
            try
            {
                return await OpenAsync(bridge);
            }
            catch (SocketException) when (!patience.IsCancellationRequested)
            {
                // Cut: the others have not ended yet.
            }
        }
    }

    /// <summary>Whether a connection that says nothing is ended by the Bridge.</summary>
    private static async Task<bool> IsCutAsync(RunningBridge bridge)
    {
        using var patience = new CancellationTokenSource(Patience);
        try
        {
            using var socket = await ConnectAsync(bridge, "127.0.0.1");
            return await socket.ReceiveAsync(new byte[1], patience.Token) == 0;
        }
        catch (SocketException)
        {
            return true; // Reset.
        }
        catch (OperationCanceledException)
        {
            return false;
        }
    }
}
