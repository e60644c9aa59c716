using System.Net.Http.Headers;
using System.Net.WebSockets;
using System.Text;
using NetMQ;
using NetMQ.Sockets;
using ScheduleZero.Contracts;
using ScheduleZero.Contracts.Handlers;
using ScheduleZero.Contracts.Rest;
using ScheduleZero.Processes;

namespace ScheduleZero.EndToEnd.Tests;

/// <summary>What the processes print, whoever speaks to them and whatever the operator asks for.</summary>
public sealed class LogTests : StageTest
{
    private static readonly TimeSpan CleanStopLimit = TimeSpan.FromSeconds(30);

    // No process reads these variables. An operator who sets them must not find keys in the log either.
    private static readonly (string, string)[] Talkative =
    [
        ("Logging__LogLevel__Default", "Trace"),
        ("Logging__LogLevel__Microsoft", "Trace"),
        ("Logging__LogLevel__Microsoft.AspNetCore", "Trace"),
        ("Logging__Console__LogLevel__Default", "Trace"),
        ("ASPNETCORE_ENVIRONMENT", "Development"),
        ("DOTNET_ENVIRONMENT", "Development"),
        ("ASPNETCORE_DETAILEDERRORS", "true"),
    ];

    [Test]
    public async Task No_key_is_printed_however_talkative_the_processes_are_told_to_be()
    {
        var broker = Stage.Start(
            "broker",
            Shipped.ScheduleZero,
            Stage.BrokerArguments,
            [("SCHEDULEZERO_BOOTSTRAP_KEY", Stage.AdminKey), Stage.Unhurried, .. Talkative]
        );
        await broker.LineAsync("ready: broker", Stage.StartLimit);
        var bridgeKey = (
            await Stage.Client.Keys.CreateAsync(new KeyRequest { Kind = KeyKind.Bridge, Name = "bridge" })
        ).Key;
        var url = new Uri($"http://127.0.0.1:{FreePorts.Take()}");
        var bridge = Stage.Start(
            "bridge",
            Shipped.ScheduleZero,
            ["bridge", "--urls", url.AbsoluteUri.TrimEnd('/'), "--broker", Stage.Router],
            [("SCHEDULEZERO_BRIDGE_KEY", bridgeKey), .. Talkative]
        );
        await bridge.LineAsync("ready: bridge", Stage.StartLimit);

        var handler = (await Stage.CreateHandlerKeyAsync("office-7")).Key;
        var unknown = ApiKey.Generate().Reveal();
        foreach (var key in (string[])[handler, unknown, Stage.AdminKey])
        {
            await OpenAsBrowserAsync(url, key);
            await AskAsync(Stage.Rest, key);
        }

        await StopAsync(bridge);
        await StopAsync(broker);
        var lines = Stage.Children.SelectMany(child => child.Lines).ToList();
        Assert.That(lines, Has.Some.Contains(handler[4..16]), "the id of the key is in the log");
        foreach (var key in (string[])[handler, unknown, bridgeKey, Stage.AdminKey])
        {
            Assert.That(lines.Where(line => line.Contains(key[17..], StringComparison.Ordinal)), Is.Empty);
        }
    }

    [Test]
    public async Task A_stranger_cannot_steer_the_terminal_that_shows_the_log()
    {
        const string Forged =
            "\u001b[2J\u001b]0;owned\u0007\r\n2026-10-01T00:00:00.000Z info: all is well\u2028\u009b1m";
        var broker = await Stage.StartBrokerAsync();
        var name = System.Text.Json.JsonSerializer.Serialize(Forged);
        using (var stranger = new DealerSocket())
        {
            stranger.Options.Linger = TimeSpan.Zero;
            stranger.Connect(Stage.Router);
            var hello = Encoding.UTF8.GetBytes(
                $$$"""{"protocol":1,"handler":"h","instance":"i","methods":[],"capacity":1,"labels":{{{{name}}}:5}}"""
            );
            Assert.That(
                stranger.TrySendMultipartBytes(Deadline, [], new FrameHeader(MessageKind.Hello).ToFrame(), hello),
                Is.True
            );
            var answer = new List<byte[]>();
            Assert.That(stranger.TryReceiveMultipartBytes(Deadline, ref answer!), Is.True);
        }

        await StopAsync(broker);
        Assert.That(broker.Lines, Has.Some.Contains("strike 1").And.Some.Contains(@"\u001b"), broker.Describe());
        Assert.That(
            broker.Lines.Where(line => line.Any(character => char.IsControl(character) || character == '\u2028')),
            Is.Empty
        );
        Assert.That(broker.Lines.Where(line => line.StartsWith("2026-10-01", StringComparison.Ordinal)), Is.Empty);
    }

    private static async Task StopAsync(ChildProcess process)
    {
        process.Terminate();
        Assert.That(await process.ExitAsync(CleanStopLimit), Is.Zero, process.Describe());
    }

    private static async Task OpenAsBrowserAsync(Uri bridge, string key)
    {
        using var socket = new ClientWebSocket();
        socket.Options.SetRequestHeader("Origin", bridge.GetLeftPart(UriPartial.Authority));
        using var patience = new CancellationTokenSource(Deadline);
        await socket.ConnectAsync(
            new Uri($"ws://127.0.0.1:{bridge.Port}/hubs/handlers?access_token={key}"),
            patience.Token
        );
        await socket.SendAsync(
            "{\"protocol\":\"json\",\"version\":1}\u001e"u8.ToArray(),
            WebSocketMessageType.Text,
            true,
            patience.Token
        );
        await socket.ReceiveAsync(new byte[100], patience.Token);
        await socket.CloseAsync(WebSocketCloseStatus.NormalClosure, null, patience.Token);
        using var client = new HttpClient { BaseAddress = bridge };
        (
            await client.PostAsync(
                $"/hubs/handlers/negotiate?negotiateVersion=1&access_token={key}",
                null,
                patience.Token
            )
        ).Dispose();
    }

    private static async Task AskAsync(Uri rest, string key)
    {
        using var client = new HttpClient { BaseAddress = rest };
        (await client.GetAsync($"/api/stats?access_token={key}")).Dispose();
        client.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", key);
        (await client.GetAsync("/api/stats")).Dispose();
        (await client.PostAsync("/api/namespaces/default/jobs", new StringContent("{"))).Dispose();
        client.DefaultRequestHeaders.Authorization = null;
        client.DefaultRequestHeaders.TryAddWithoutValidation("Authorization", $"Bearer {key} {key}");
        (await client.GetAsync("/api/stats")).Dispose();
    }
}
