using System.Net.Http.Headers;
using System.Net.WebSockets;
using System.Text;
using CsCheck;
using Microsoft.Extensions.Logging;
using ScheduleZero.Bridge.Link;
using ScheduleZero.Contracts.Handlers;
using ScheduleZero.Hostile;

namespace ScheduleZero.Bridge.Tests.Fuzz;

/// <summary>Generated frames and requests at the hub, while a calm handler works on.</summary>
internal sealed class HubFuzzTests : BridgeFixture
{
    private const char RecordEnd = '\u001e';
    private const int FramesMax = 6;

    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);

    private static readonly string[] Handshakes =
    [
        """{"protocol":"json","version":1}""",
        """{"protocol":"messagepack","version":1}""",
        """{"protocol":"json","version":2}""",
        """{"protocol":"xml","version":1}""",
    ];

    private static readonly string[] Calls =
    [
        """{"type":1,"invocationId":"1","target":"Hello","arguments":[{"protocol":1,"handler":"h","instance":"i","methods":[{"name":"m"}],"capacity":1}]}""",
        """{"type":1,"target":"Heartbeat","arguments":[{"capacity":1,"running":[]}]}""",
        """{"type":1,"target":"Report","arguments":[{"events":[{"type":"pong","nonce":"1"}]}]}""",
        """{"type":1,"target":"Bye","arguments":[{"reason":"r"}]}""",
        """{"type":1,"invocationId":"2","target":"GetType","arguments":[]}""",
        """{"type":1,"target":"OnConnectedAsync","arguments":[]}""",
        """{"type":2,"invocationId":"3","item":1}""",
        """{"type":3,"invocationId":"4","error":"e"}""",
        """{"type":4,"invocationId":"5","target":"Hello","arguments":[{}]}""",
        """{"type":5,"invocationId":"6"}""",
        """{"type":6}""",
        """{"type":7,"error":"e","allowReconnect":true}""",
        """{"type":8,"sequenceId":1}""",
        """{"type":9,"sequenceId":1}""",
    ];

    private sealed record Said(byte[] Handshake, byte[][] Frames, bool IsBinary, bool EndsRecords);

    [Test]
    public async Task No_frame_breaks_tells_of_the_inside_or_stays()
    {
        var run = await FuzzRun.StartAsync("hub");
        var errors = new ErrorLog();
        using var broker = ABroker();
        await using var bridge = await StartAsync(broker, errors);
        var (calm, number) = await AWelcomedHandlerAsync(bridge, broker);
        await using var _calm = calm;
        var gen = Saids();
        var growth = new Growth();
        for (var i = 0; i < run.Cases; i += 50)
        {
            await Parallel.ForEachAsync(
                Enumerable.Range(i, Math.Min(50, run.Cases - i)),
                new ParallelOptions { MaxDegreeOfParallelism = 8 },
                async (which, _) => await SayAsync(bridge, errors, run.Case(gen, which), run.Describe(which))
            );
            await calm.SendAsync(MessageKind.Heartbeat, $$"""{"capacity":1,"running":[],"calm":{{i}}}""");
            await HearCalmAsync(broker, number, i);
        }

        Assert.That(errors.Lines, Is.Empty);
        growth.Check(0, 0);
    }

    [Test]
    public async Task No_request_breaks_tells_of_the_inside_or_stays()
    {
        var run = await FuzzRun.StartAsync("hub's HTTP side");
        var errors = new ErrorLog();
        using var broker = ABroker();
        await using var bridge = await StartAsync(broker, errors);
        var (calm, number) = await AWelcomedHandlerAsync(bridge, broker);
        await using var _calm = calm;
        using var client = new HttpClient { BaseAddress = new Uri(bridge.Urls[0]), Timeout = Patience };
        client.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", TestHandler.Key);
        var gen = Gen.Select(
            HostileJson.AnyOf("POST", "DELETE", "PUT", "PATCH", "OPTIONS"),
            HostileJson.AnyOf(
                "/hubs/handlers",
                "/hubs/handlers/negotiate",
                "/health/live",
                "/hubs",
                "/hubs/handlers/../x"
            ),
            Gen.Select(
                HostileJson.AnyOf("id", "negotiateVersion", "access_token", "transport", "x"),
                HostileJson.Texts,
                (name, text) => $"{name}={text}"
            ).Array[0, 3],
            HostileJson.Bodies(Calls),
            (verb, path, query, body) => (verb, path, query, body)
        );
        var growth = new Growth();
        for (var i = 0; i < run.Cases; i++)
        {
            var (verb, path, query, body) = run.Case(gen, i);
            using var request = new HttpRequestMessage(new HttpMethod(verb), $"{path}?{string.Join('&', query)}")
            {
                Content = new ByteArrayContent(body),
            };
            using var answer = await client.SendAsync(request);
            Assert.That((int)answer.StatusCode, Is.LessThan(500), run.Describe(i));
            Assert.That(Leaks.In(await answer.Content.ReadAsStringAsync()), Is.Null, run.Describe(i));
        }

        await calm.SendAsync(MessageKind.Heartbeat, """{"capacity":1,"running":[],"calm":7}""");
        await HearCalmAsync(broker, number, 7);
        Assert.That(errors.Lines, Is.Empty);
        // A negotiation that nobody follows is kept for 15 s.
        growth.Check(run.Cases, 8 * 1024);
    }

    private static Gen<Said> Saids() =>
        Gen.Select(
            Gen.Frequency(
                (12, Gen.Const(() => Encoding.UTF8.GetBytes(Handshakes[0]))),
                (2, HostileJson.AnyOf(Handshakes).Select(Encoding.UTF8.GetBytes)),
                (2, HostileJson.Bodies(Handshakes))
            ),
            HostileJson.Bodies(Calls).Array[0, FramesMax],
            Gen.Bool,
            Gen.Int[0, 9].Select(dice => dice > 0),
            (handshake, frames, isBinary, endsRecords) => new Said(handshake, frames, isBinary, endsRecords)
        );

    private static async Task<RunningBridge> StartAsync(FakeBroker broker, ILoggerProvider errors)
    {
        // Unhurried: a busy machine must not look like a Broker that is gone.
        var settings = Settings(
            broker.Endpoint,
            timings: new LinkTimings(),
            limits: new BridgeLimits
            {
                DrainGrace = TimeSpan.Zero,
                ConnectionsPerMinute = int.MaxValue,
                RefusedHellosPerMinute = int.MaxValue,
            }
        );
        var bridge = await BridgeServer.StartAsync(
            settings,
            logging => logging.AddProvider(errors),
            CancellationToken.None
        );
        await bridge.Linked.WaitAsync(Patience);
        return bridge;
    }

    private static async Task HearCalmAsync(FakeBroker broker, ulong number, int mark)
    {
        while (true)
        {
            var heard = await broker.HearAsync(MessageKind.Heartbeat);
            if (heard.Header.Connection == number)
            {
                Assert.That(heard.Text, Does.Contain($"\"calm\":{mark}"));
                return;
            }
        }
    }

    private static async Task SayAsync(RunningBridge bridge, ErrorLog errors, Said said, string which)
    {
        using var patience = new CancellationTokenSource(Patience);
        using var socket = new ClientWebSocket();
        socket.Options.SetRequestHeader("Authorization", $"Bearer {TestHandler.Key}");
        socket.Options.CollectHttpResponseDetails = true;
        try
        {
            await socket.ConnectAsync(
                new Uri($"{bridge.Urls[0].Replace("http", "ws", StringComparison.Ordinal)}{BridgeServer.HubPath}"),
                patience.Token
            );
        }
        catch (WebSocketException e)
        {
            var headers = socket.HttpResponseHeaders?.Select(header =>
                $"{header.Key}: {string.Join(", ", header.Value)}"
            );
            Assert.Fail($"{which}: {e.Message} {string.Join("; ", headers ?? [])} {string.Join('\n', errors.Lines)}");
        }

        var type = said.IsBinary ? WebSocketMessageType.Binary : WebSocketMessageType.Text;
        try
        {
            await socket.SendAsync(Record(said.Handshake, true), WebSocketMessageType.Text, true, patience.Token);
            foreach (var frame in said.Frames)
            {
                await socket.SendAsync(Record(frame, said.EndsRecords), type, true, patience.Token);
            }

            await socket.CloseOutputAsync(WebSocketCloseStatus.NormalClosure, null, patience.Token);
        }
        catch (WebSocketException)
        {
            // It was cut, as it should be.
        }

        Assert.That(Leaks.In(await HearAsync(socket, patience.Token)), Is.Null, which);
    }

    private static async Task<string> HearAsync(ClientWebSocket socket, CancellationToken cancellationToken)
    {
        var heard = new StringBuilder();
        var buffer = new byte[16 * 1024];
        try
        {
            while (socket.State is WebSocketState.Open or WebSocketState.CloseSent)
            {
                var received = await socket.ReceiveAsync(buffer.AsMemory(), cancellationToken);
                heard.Append(Encoding.UTF8.GetString(buffer, 0, received.Count));
            }
        }
        catch (WebSocketException)
        {
            // Cut in the middle: what came before counts all the same.
        }

        return heard.ToString();
    }

    private static byte[] Record(byte[] body, bool ends) => ends ? [.. body, (byte)RecordEnd] : body;
}
