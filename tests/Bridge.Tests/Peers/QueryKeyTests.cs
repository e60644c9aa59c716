using System.Net;
using System.Net.Http.Headers;
using System.Net.WebSockets;
using System.Text;
using System.Text.Json;
using ScheduleZero.Contracts.Handlers;

namespace ScheduleZero.Bridge.Tests.Peers;

/// <summary>
/// The key in the query, as SignalR's JavaScript client sends it for event streams wherever it runs: it opens the hub's
/// WebSockets and event streams, also without a browser's headers, and nothing else.
/// </summary>
internal sealed class QueryKeyTests : BridgeFixture
{
    [Test]
    public async Task An_event_stream_is_opened_by_it_and_carries_messages_in_any_cut()
    {
        using var broker = ABroker();
        await using var bridge = await StartLinkedAsync(broker);
        using var http = new HttpClient { BaseAddress = new Uri(bridge.Urls[0]) };
        var id = await NegotiateAsync(http);
        using var request = new HttpRequestMessage(
            HttpMethod.Get,
            $"{BridgeServer.HubPath}?id={id}&access_token={TestHandler.Key}"
        );
        request.Headers.Accept.Add(new MediaTypeWithQualityHeaderValue("text/event-stream"));
        using var stream = await http.SendAsync(request, HttpCompletionOption.ResponseHeadersRead);
        Assert.That(stream.StatusCode, Is.EqualTo(HttpStatusCode.OK));

        const string Hello = """{"type":1,"invocationId":"1","target":"Hello","arguments":[{"protocol":1}]}""";
        await PostAsync(http, id, """{"protocol":"js""");
        await PostAsync(http, id, "on\",\"version\":1}\u001e{\"type\":6}\u001e" + Hello[..20]);
        await PostAsync(http, id, Hello[20..] + "\u001e");
        var heard = await broker.HearAsync(MessageKind.Hello);
        await broker.SayAsync(MessageKind.Welcome, heard.Header.Connection, """{"sessionId":"s1"}"""u8.ToArray());
        using var reader = new StreamReader(await stream.Content.ReadAsStreamAsync());
        using var patience = new CancellationTokenSource(TimeSpan.FromSeconds(30));
        string? line;
        while (
            (line = await reader.ReadLineAsync(patience.Token)) is not null
            && !line.Contains("\"sessionId\":\"s1\"", StringComparison.Ordinal)
        )
        {
            // Comments and the answer to the handshake.
        }

        Assert.That(line, Does.StartWith("data: "));
    }

    [Test]
    public async Task A_WebSocket_is_opened_by_it_without_an_origin()
    {
        using var broker = ABroker();
        await using var bridge = await StartLinkedAsync(broker);
        using var patience = new CancellationTokenSource(TimeSpan.FromSeconds(30));
        using var socket = new ClientWebSocket();
        await socket.ConnectAsync(
            new Uri(
                $"{bridge.Urls[0].Replace("http", "ws", StringComparison.Ordinal)}"
                    + $"{BridgeServer.HubPath}?access_token={TestHandler.Key}"
            ),
            patience.Token
        );
        await socket.SendAsync(
            "{\"protocol\":\"json\",\"version\":1}\u001e"u8.ToArray(),
            WebSocketMessageType.Text,
            true,
            patience.Token
        );
        Assert.That(
            (await socket.ReceiveAsync(new byte[100], patience.Token)).MessageType,
            Is.EqualTo(WebSocketMessageType.Text)
        );
        Assert.That(
            (await broker.HearAsync(MessageKind.Open)).Text,
            Does.Contain(TestHandler.Key),
            "the key reached the Broker"
        );
    }

    [TestCase("GET", "access_token=KEY", "application/json", TestName = "A long poll")]
    [TestCase("POST", "access_token=KEY", "text/event-stream", TestName = "A message")]
    [TestCase("DELETE", "access_token=KEY", "text/event-stream", TestName = "An end")]
    [TestCase("GET", "access_token=KEY&access_token=KEY", "text/event-stream", TestName = "Two keys")]
    [TestCase("GET", "access_token=szk_short", "text/event-stream", TestName = "No key at all")]
    [TestCase("GET", "access_token=", "text/event-stream", TestName = "An empty one")]
    public async Task Nothing_else_is_opened_by_it(string verb, string query, string accept)
    {
        using var broker = ABroker();
        await using var bridge = await StartLinkedAsync(broker);
        using var http = new HttpClient { BaseAddress = new Uri(bridge.Urls[0]) };
        var id = await NegotiateAsync(http);
        using var request = new HttpRequestMessage(
            new HttpMethod(verb),
            $"{BridgeServer.HubPath}?id={id}&{query.Replace("KEY", TestHandler.Key, StringComparison.Ordinal)}"
        );
        request.Headers.Accept.Add(new MediaTypeWithQualityHeaderValue(accept));
        using var answer = await http.SendAsync(request, HttpCompletionOption.ResponseHeadersRead);
        Assert.That(answer.StatusCode, Is.EqualTo(HttpStatusCode.Unauthorized));
    }

    private static async Task<string> NegotiateAsync(HttpClient http)
    {
        using var request = new HttpRequestMessage(
            HttpMethod.Post,
            $"{BridgeServer.HubPath}/negotiate?negotiateVersion=1"
        );
        request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", TestHandler.Key);
        using var answer = await http.SendAsync(request);
        using var said = JsonDocument.Parse(await answer.Content.ReadAsStringAsync());
        return said.RootElement.GetProperty("connectionToken").GetString()!;
    }

    private static async Task PostAsync(HttpClient http, string id, string text)
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, $"{BridgeServer.HubPath}?id={id}")
        {
            Content = new StringContent(text, Encoding.UTF8, "text/plain"),
        };
        request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", TestHandler.Key);
        using var answer = await http.SendAsync(request);
        Assert.That(answer.IsSuccessStatusCode, Is.True);
    }
}
