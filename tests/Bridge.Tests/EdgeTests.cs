using System.Net.Http.Headers;
using System.Text;
using System.Text.Json;
using Microsoft.Extensions.Logging;
using ScheduleZero.Hostile;

namespace ScheduleZero.Bridge.Tests;

/// <summary>The Bridge's HTTP side, which stands in the open.</summary>
internal sealed class EdgeTests : BridgeFixture
{
    private const string Negotiate = $"{BridgeServer.HubPath}/negotiate?negotiateVersion=1";

    [TestCase(200, "GET", "/health/live", true)]
    [TestCase(200, "GET", "/health/ready", true)]
    [TestCase(200, "HEAD", "/health/live", true)]
    [TestCase(200, "HEAD", "/health/ready", false)]
    [TestCase(405, "HEAD", BridgeServer.HubPath, true)]
    [TestCase(200, "POST", Negotiate, true)]
    [TestCase(200, "POST", Negotiate, false)]
    [TestCase(403, "POST", Negotiate, true, "https://evil.example")]
    [TestCase(404, "GET", "/nothing", true)]
    [TestCase(404, "GET", $"{BridgeServer.HubPath}?id=none", true)]
    [TestCase(405, "TRACE", "/health/live", true)]
    [TestCase(405, "TRACE", BridgeServer.HubPath, true)]
    [TestCase(405, "BREW", BridgeServer.HubPath, true)]
    public async Task Every_answer_carries_the_headers(
        int status,
        string verb,
        string path,
        bool hasKey,
        string? origin = null
    )
    {
        using var broker = ABroker();
        await using var bridge = await StartLinkedAsync(broker);
        using var answer = await AskAsync(bridge, verb, path, hasKey, origin);
        Assert.That((int)answer.StatusCode, Is.EqualTo(status));
        Check(answer);
    }

    [Test]
    public async Task What_is_no_key_is_refused_with_them()
    {
        using var broker = ABroker();
        await using var bridge = await StartLinkedAsync(broker);
        using var client = new HttpClient();
        client.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", "nonsense");
        using var answer = await client.PostAsync($"{bridge.Urls[0]}{Negotiate}", null);
        Assert.That((int)answer.StatusCode, Is.EqualTo(401));
        Check(answer);
    }

    [Test]
    public async Task Who_tries_too_often_gets_them_too()
    {
        using var broker = ABroker();
        await using var bridge = await StartLinkedAsync(
            broker,
            new BridgeLimits { DrainGrace = TimeSpan.Zero, ConnectionsPerMinute = 1 }
        );
        using var first = await AskAsync(bridge, "POST", Negotiate, true, null);
        using var answer = await AskAsync(bridge, "POST", Negotiate, true, null);
        Assert.That((int)answer.StatusCode, Is.EqualTo(429));
        Check(answer);
    }

    [TestCase("https", true)]
    [TestCase("http", false)]
    public async Task A_proxy_that_ends_tls_has_browsers_told_to_stay_with_it(string scheme, bool told)
    {
        using var broker = ABroker();
        await using var bridge = await StartAsync(Settings(broker.Endpoint, trustedProxies: ["127.0.0.1"]));
        using var client = new HttpClient();
        client.DefaultRequestHeaders.Add("X-Forwarded-For", "203.0.113.7");
        client.DefaultRequestHeaders.Add("X-Forwarded-Proto", scheme);
        using var answer = await client.GetAsync($"{bridge.Urls[0]}/health/live");
        Assert.That(answer.Headers.Contains("Strict-Transport-Security"), Is.EqualTo(told));
    }

    private static IEnumerable<TestCaseData> Forms()
    {
        static TestCaseData Case(string name, int status, string request) =>
            new TestCaseData(request, status).SetArgDisplayNames(name);
        const string Post =
            $"POST {Negotiate} HTTP/1.1\r\nHost: x\r\nConnection: close\r\nAuthorization: Bearer KEY\r\n";
        const string Get = "GET /health/live HTTP/1.1\r\n";
        yield return Case("a plain request", 200, $"{Post}Content-Length: 0\r\n\r\n");
        yield return Case(
            "a length and chunks",
            400,
            $"{Post}Content-Length: 4\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n"
        );
        yield return Case("two lengths", 400, $"{Post}Content-Length: 0\r\nContent-Length: 3\r\n\r\nabc");
        yield return Case("a length with a sign", 400, $"{Post}Content-Length: +0\r\n\r\n");
        yield return Case(
            "chunks within another coding",
            400,
            $"{Post}Transfer-Encoding: gzip, chunked\r\n\r\n0\r\n\r\n"
        );
        yield return Case("chunks in capitals", 400, $"{Post}Transfer-Encoding: CHUNKED\r\n\r\n0\r\n\r\n");
        yield return Case("chunks", 200, $"{Post}Transfer-Encoding: chunked\r\n\r\n0\r\n\r\n");
        yield return Case("two hosts", 400, $"{Get}Host: a\r\nHost: b\r\n\r\n");
        yield return Case("lines that end in LF", 400, "GET /health/live HTTP/1.1\nHost: x\n\n");
        yield return Case(
            "65 headers",
            431,
            $"{Get}Host: x\r\n{string.Concat(Enumerable.Range(0, 64).Select(i => $"X-{i}: 1\r\n"))}\r\n"
        );
        yield return Case(
            "a long request line",
            414,
            $"GET /health/live?{new string('a', 5_000)} HTTP/1.1\r\nHost: x\r\n\r\n"
        );
    }

    [TestCaseSource(nameof(Forms))]
    public async Task A_request_is_read_in_one_way_or_not_at_all(string request, int status)
    {
        using var broker = ABroker();
        await using var bridge = await StartLinkedAsync(broker);
        Assert.That(
            await RawHttp.StatusAsync(
                new Uri(bridge.Urls[0]),
                request.Replace("KEY", TestHandler.Key, StringComparison.Ordinal)
            ),
            Is.EqualTo(status)
        );
    }

    [TestCase("FFFFFFFFFFFFFFFF")]
    [TestCase("80000000")]
    [TestCase("xyz")]
    public async Task A_message_that_cannot_be_read_is_the_senders_fault_and_fills_no_log(string size)
    {
        using var broker = ABroker();
        using var log = new ErrorLog();
        await using var bridge = await BridgeServer.StartAsync(
            Settings(broker.Endpoint),
            logging => logging.AddProvider(log),
            CancellationToken.None
        );
        await bridge.Linked.WaitAsync(TimeSpan.FromSeconds(20));
        using var negotiated = await AskAsync(bridge, "POST", Negotiate, true, null);
        var token = JsonDocument
            .Parse(await negotiated.Content.ReadAsStringAsync())
            .RootElement.GetProperty("connectionToken")
            .GetString();
        using var poller = new HttpClient();
        poller.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", TestHandler.Key);
        // The first poll chooses long polling.
        using var polled = await poller.GetAsync($"{bridge.Urls[0]}{BridgeServer.HubPath}?id={token}");
        var request =
            $"POST {BridgeServer.HubPath}?id={token} HTTP/1.1\r\nHost: x\r\nConnection: "
            + $"close\r\nAuthorization: Bearer {TestHandler.Key}\r\nTransfer-Encoding: "
            + $"chunked\r\n\r\n{size}\r\n{{}}\r\n0\r\n\r\n";
        var answer = await RawHttp.AnswerAsync(
            new Uri(bridge.Urls[0]),
            Encoding.Latin1.GetBytes(request),
            isWhole: true
        );
        Assert.That(answer, Does.StartWith("HTTP/1.1 400").And.Not.Contain("   at "));
        Assert.That(log.Lines, Is.Empty);
    }

    private static async Task<HttpResponseMessage> AskAsync(
        RunningBridge bridge,
        string verb,
        string path,
        bool hasKey,
        string? origin
    )
    {
        using var client = new HttpClient();
        client.DefaultRequestHeaders.Authorization = hasKey
            ? new AuthenticationHeaderValue("Bearer", TestHandler.Key)
            : null;
        using var request = new HttpRequestMessage(new HttpMethod(verb), $"{bridge.Urls[0]}{path}");
        if (origin is not null)
        {
            request.Headers.Add("Origin", origin);
        }

        return await client.SendAsync(request);
    }

    private static void Check(HttpResponseMessage answer)
    {
        using (Assert.EnterMultipleScope())
        {
            foreach (
                var name in new[]
                {
                    "X-Content-Type-Options",
                    "X-Frame-Options",
                    "Referrer-Policy",
                    "Content-Security-Policy",
                    "Permissions-Policy",
                    "Cross-Origin-Resource-Policy",
                    "Cross-Origin-Opener-Policy",
                    "Cache-Control",
                }
            )
            {
                Assert.That(answer.Headers.Contains(name), Is.True, name);
            }

            Assert.That(answer.Headers.Server, Is.Empty);
            Assert.That(answer.Headers.Contains("Strict-Transport-Security"), Is.False);
            Assert.That(answer.Headers.Contains("Access-Control-Allow-Origin"), Is.False);
        }
    }
}
