using System.Collections.Concurrent;
using System.Net.Http.Headers;
using System.Net.WebSockets;
using System.Text;
using Microsoft.Extensions.Logging;
using ScheduleZero.Contracts;
using ScheduleZero.Hostile;

namespace ScheduleZero.Bridge.Tests;

/// <summary>A Bridge that logs all that it can: no handler's key is in it, by whatever way the key came.</summary>
internal sealed class TalkativeLogTests : BridgeFixture
{
    [Test]
    public async Task A_key_is_in_no_line_however_much_is_logged()
    {
        var key = ApiKey.Generate().Reveal();
        using var log = new EveryLine();
        using var broker = ABroker();
        await using (
            var bridge = await BridgeServer.StartAsync(
                Settings(broker.Endpoint),
                logging => Listen(logging, log),
                CancellationToken.None
            )
        )
        {
            await bridge.Linked.WaitAsync(TimeSpan.FromSeconds(20));
            await ConnectAsBrowserAsync(bridge, key);
            await CallAsync(bridge, key);
            var hub = new Uri($"{bridge.Urls[0]}{BridgeServer.HubPath}");
            // What is no request is shown by the server as it came.
            await RawHttp.AnswerAsync(
                hub,
                Encoding.Latin1.GetBytes(
                    $"GET {BridgeServer.HubPath}?access_token={key} x HTTP/1.1\r\nHost: a\r\n\r\n"
                ),
                isWhole: true
            );
            await RawHttp.AnswerAsync(
                hub,
                Encoding.Latin1.GetBytes(
                    $"GET {BridgeServer.HubPath} HTTP/1.1\r\nHost: a\r\nAuthorization: Bearer {key}\0\r\n\r\n"
                ),
                isWhole: true
            );
        }

        Assert.That(
            log.Lines,
            Has.Some.Contains("Microsoft.AspNetCore").And.Some.Contains(key[4..16]),
            "it does log much, the key's id too"
        );
        Assert.That(log.Lines.Where(line => line.Contains(key[17..], StringComparison.Ordinal)), Is.Empty);
    }

    private static void Listen(ILoggingBuilder logging, EveryLine log)
    {
        logging.SetMinimumLevel(LogLevel.Trace);
        logging.AddFilter("Microsoft.AspNetCore", LogLevel.Trace);
        logging.AddProvider(log);
    }

    private static async Task ConnectAsBrowserAsync(RunningBridge bridge, string key)
    {
        using var patience = new CancellationTokenSource(TimeSpan.FromSeconds(20));
        using var socket = new ClientWebSocket();
        socket.Options.SetRequestHeader("Origin", bridge.Urls[0]);
        await socket.ConnectAsync(
            new Uri(
                $"{bridge.Urls[0].Replace("http", "ws", StringComparison.Ordinal)}"
                    + $"{BridgeServer.HubPath}?access_token={key}"
            ),
            patience.Token
        );
        await socket.SendAsync(
            "{\"protocol\":\"json\",\"version\":1}\u001e"u8.ToArray(),
            WebSocketMessageType.Text,
            true,
            patience.Token
        );
        var answer = await socket.ReceiveAsync(new byte[100], patience.Token);
        Assert.That(answer.MessageType, Is.EqualTo(WebSocketMessageType.Text), "the key in the query opened it");
        await socket.CloseAsync(WebSocketCloseStatus.NormalClosure, null, patience.Token);
    }

    private static async Task CallAsync(RunningBridge bridge, string key)
    {
        using var client = new HttpClient { BaseAddress = new Uri(bridge.Urls[0]) };
        (
            await client.PostAsync($"{BridgeServer.HubPath}/negotiate?negotiateVersion=1&access_token={key}", null)
        ).Dispose();
        (await client.GetAsync($"{BridgeServer.HubPath}?access_token={key}&access_token={key}")).Dispose();
        (await client.GetAsync($"/nothing?access_token={key}")).Dispose();
        client.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", key);
        (await client.PostAsync($"{BridgeServer.HubPath}/negotiate?negotiateVersion=1", null)).Dispose();
        client.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Basic", key);
        (await client.PostAsync($"{BridgeServer.HubPath}/negotiate?negotiateVersion=1", null)).Dispose();
    }

    private sealed class EveryLine : ILoggerProvider
    {
        private readonly ConcurrentQueue<string> _lines = new();

        public IEnumerable<string> Lines => _lines;

        public ILogger CreateLogger(string categoryName) => new Category(categoryName, _lines);

        public void Dispose() { }

        private sealed class Category(string name, ConcurrentQueue<string> lines) : ILogger
        {
            public IDisposable? BeginScope<TState>(TState state)
                where TState : notnull
            {
                lines.Enqueue($"{name} scope {state}");
                return null;
            }

            public bool IsEnabled(LogLevel logLevel) => true;

            public void Log<TState>(
                LogLevel logLevel,
                EventId eventId,
                TState state,
                Exception? exception,
                Func<TState, Exception?, string> formatter
            ) => lines.Enqueue($"{name} {logLevel} {formatter(state, exception)} {exception}");
        }
    }
}
