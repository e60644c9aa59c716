using System.Net;
using System.Net.Sockets;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using Microsoft.Extensions.Time.Testing;
using ScheduleZero.Broker.Host;
using ScheduleZero.Broker.Host.Alerting.Sending;
using ScheduleZero.Broker.Host.Alerting.Sending.Web;
using ScheduleZero.Contracts.Rest;

namespace ScheduleZero.Host.Tests.Alerting.Sending;

/// <summary>What a webhook receives, and what becomes of its answers.</summary>
[Parallelizable]
internal sealed class WebhookTests
{
    private static readonly byte[] Secret = RandomNumberGenerator.GetBytes(32);

    [Test]
    public async Task A_notice_arrives_with_a_signature_that_its_receiver_can_check()
    {
        var time = new FakeTimeProvider(SampleNotices.Since.AddMinutes(2));
        await using var sink = WebSink.Answering(204);
        using var senders = SampleNotices.Senders(new SendingOptions { Time = time });
        Assert.That(await SendAsync(senders, sink.Url), Is.EqualTo(SendResult.Sent));

        var request = await sink.TakeAsync();
        Assert.That(request.Line, Is.EqualTo("POST /hook/secret-path?a=b HTTP/1.1"));
        Assert.That(request.Headers["Content-Type"], Is.EqualTo("application/json"));
        Assert.That(request.Headers["User-Agent"], Is.EqualTo($"ScheduleZero/{BrokerServer.Version}"));
        Assert.That(request.Headers["webhook-id"], Is.EqualTo($"{SampleNotices.Failed().Id}"));
        Assert.That(request.Headers["webhook-timestamp"], Is.EqualTo($"{time.GetUtcNow().ToUnixTimeSeconds()}"));
        Assert.That(request.Headers["webhook-signature"], Is.EqualTo($"v1,{SignatureOf(request)}"));
        Assert.That(request.Headers.Keys, Has.No.Member("traceparent"));
    }

    [Test]
    public async Task The_document_has_all_facts_of_a_notice()
    {
        await using var sink = WebSink.Answering(200);
        using var senders = SampleNotices.Senders(
            settings: new BrokerSettings
            {
                PublicUrl = "https://jobs.example.org/",
                Alerts = new AlertSettings { Allow = ["127.0.0.1"] },
            }
        );
        var hostile = "</script>\u0000\r\nwebhook-id: x \ud800";
        await senders.SendAsync(
            new AlertTarget.Webhook(sink.Url, Secret),
            SampleNotices.Failed(hostile) with
            {
                Phase = AlertPhase.Ongoing,
                Detail = "since yesterday",
            },
            CancellationToken.None
        );

        var document = JsonDocument.Parse((await sink.TakeAsync()).Body).RootElement;
        var data = document.GetProperty("data");
        Assert.That(document.GetProperty("type").GetString(), Is.EqualTo("alert.ongoing"));
        Assert.That(
            document.GetProperty("timestamp").GetDateTimeOffset(),
            Is.EqualTo(SampleNotices.Since.AddMinutes(1))
        );
        Assert.That(
            data.EnumerateObject()
                .Where(one => one.Name is not ("since" or "at" or "samples"))
                .Select(one => $"{one.Value}"),
            Is.EqualTo(
                new[]
                {
                    "default",
                    "nightly",
                    "jobFailed",
                    "ongoing",
                    "report.render",
                    "3",
                    "since yesterday",
                    "https://jobs.example.org/ui/ns/default/methods/report.render",
                    "Ongoing: 3 jobs of report.render failed",
                }
            )
        );
        Assert.That(data.GetProperty("since").GetDateTimeOffset(), Is.EqualTo(SampleNotices.Since));
        var sample = data.GetProperty("samples")[0];
        Assert.That(sample.GetProperty("text").GetString(), Is.EqualTo(hostile.Replace('\ud800', '\ufffd')));
        Assert.That(sample.GetProperty("handler").GetString(), Is.EqualTo("office-7"));
        Assert.That(
            sample.GetProperty("link").GetString(),
            Is.EqualTo($"https://jobs.example.org/ui/ns/default/jobs/{SampleNotices.Job}")
        );
    }

    [TestCase(404, "127.0.0.1 answered 404 Not Found.", false)]
    [TestCase(410, "127.0.0.1 answered 410 Gone.", true)]
    [TestCase(500, "127.0.0.1 answered 500 Internal Server Error.", false)]
    [TestCase(299, null, true)]
    [TestCase(799, "127.0.0.1 answered 799.", false)]
    public async Task An_answer_decides_by_its_status(int status, string? problem, bool isFinal)
    {
        await using var sink = WebSink.Answering(status);
        using var senders = SampleNotices.Senders();
        Assert.That(
            await SendAsync(senders, sink.Url),
            Is.EqualTo(new SendResult(problem is null, problem, null, isFinal))
        );
    }

    [Test]
    public async Task A_redirect_is_not_followed_and_named()
    {
        await using var elsewhere = WebSink.Answering(200);
        await using var sink = WebSink.Answering(307, $"Location: {elsewhere.Url}\r\n");
        using var senders = SampleNotices.Senders();
        var result = await SendAsync(senders, sink.Url);
        Assert.That(result.IsSent, Is.False);
        Assert.That(result.Problem, Does.StartWith("127.0.0.1 answered 307").And.Contain("Redirects are not followed"));
        Assert.That(elsewhere.Connections, Is.Zero);
    }

    [TestCase(429, "30", 30)]
    [TestCase(503, "0", 1)]
    [TestCase(429, "86400", 3600)]
    [TestCase(429, "Tue, 01 Dec 2026 00:01:30 GMT", 90)]
    [TestCase(429, "soon", null)]
    [TestCase(404, "30", null)]
    public async Task A_server_may_ask_to_wait_within_bounds(int status, string header, int? seconds)
    {
        var time = new FakeTimeProvider(new DateTimeOffset(2026, 12, 1, 0, 0, 0, TimeSpan.Zero));
        await using var sink = WebSink.Answering(status, $"Retry-After: {header}\r\n");
        using var senders = SampleNotices.Senders(new SendingOptions { Time = time });
        var result = await SendAsync(senders, sink.Url);
        Assert.That((result.IsSent, result.IsFinal), Is.EqualTo((false, false)));
        Assert.That(result.RetryAfter?.TotalSeconds, Is.EqualTo(seconds));
    }

    [Test]
    public async Task A_server_that_never_answers_is_given_up_after_the_limit()
    {
        var time = new FakeTimeProvider();
        await using var sink = new WebSink((_, stop) => Task.Delay(Timeout.Infinite, stop));
        using var senders = SampleNotices.Senders(new SendingOptions { Time = time });
        var sending = SendAsync(senders, sink.Url);
        await sink.TakeAsync();
        Assert.That(sending.IsCompleted, Is.False);
        time.Advance(SendingOptions.TimeoutDefault);
        Assert.That(await sending, Is.EqualTo(SendResult.Failed("127.0.0.1 did not answer within 15 s.")));
    }

    [Test]
    public async Task Whoever_gives_up_gets_no_result()
    {
        await using var sink = new WebSink((_, stop) => Task.Delay(Timeout.Infinite, stop));
        using var senders = SampleNotices.Senders();
        using var stop = new CancellationTokenSource();
        var sending = SendAsync(senders, sink.Url, stop.Token);
        await sink.TakeAsync();
        await stop.CancelAsync();
        Assert.That(async () => await sending, Throws.InstanceOf<OperationCanceledException>());
    }

    [Test]
    public async Task A_body_without_end_is_not_read()
    {
        var wasCut = new TaskCompletionSource();
        await using var sink = new WebSink(
            async (stream, stop) =>
            {
                await stream.WriteAsync(
                    Encoding.Latin1.GetBytes("HTTP/1.1 200 OK\r\nContent-Length: 1000000000000\r\n\r\n"),
                    stop
                );
                try
                {
                    while (true)
                    {
                        await stream.WriteAsync(new byte[64 * 1024], stop);
                    }
                }
                catch (IOException)
                {
                    wasCut.SetResult();
                }
            }
        );
        using var senders = SampleNotices.Senders();
        Assert.That(await SendAsync(senders, sink.Url), Is.EqualTo(SendResult.Sent));
        await wasCut.Task.WaitAsync(TimeSpan.FromSeconds(30));
    }

    [TestCase("SSH-2.0-OpenSSH_9.9\r\n", "127.0.0.1 gave an answer that is no HTTP.")]
    [TestCase("", "127.0.0.1 ended the connection without an answer.")]
    public async Task Who_does_not_speak_http_is_named(string answer, string problem)
    {
        await using var sink = new WebSink(answer);
        using var senders = SampleNotices.Senders();
        Assert.That(await SendAsync(senders, sink.Url), Is.EqualTo(SendResult.Failed(problem)));
    }

    [Test]
    public async Task Headers_without_end_are_not_read()
    {
        await using var sink = new WebSink($"HTTP/1.1 200 OK\r\nX: {new string('x', 100_000)}\r\n\r\n");
        using var senders = SampleNotices.Senders();
        Assert.That((await SendAsync(senders, sink.Url)).IsSent, Is.False);
    }

    [Test]
    public async Task A_port_where_nobody_listens_is_named()
    {
        var closed = new TcpListener(IPAddress.Loopback, 0);
        closed.Start();
        var port = ((IPEndPoint)closed.LocalEndpoint).Port;
        closed.Dispose();
        using var senders = SampleNotices.Senders();
        Assert.That(
            await SendAsync(senders, new Uri($"http://127.0.0.1:{port}/secret-path")),
            Is.EqualTo(SendResult.Failed("127.0.0.1 refuses the connection."))
        );
    }

    [Test]
    public async Task A_name_that_nobody_knows_is_named()
    {
        using var senders = SampleNotices.Senders(
            new SendingOptions { Resolve = (_, _) => throw new SocketException((int)SocketError.HostNotFound) }
        );
        Assert.That(
            await SendAsync(senders, new Uri("https://hooks.example.invalid/secret-path")),
            Is.EqualTo(SendResult.Failed("The name hooks.example.invalid is not known."))
        );
    }

    [Test]
    public void A_secret_is_read_as_it_was_shown()
    {
        var secret = WebhookSecret.Make();
        Assert.That(WebhookSecret.TextOf(secret), Does.Match("^whsec_[A-Za-z0-9+/]{43}=$"));
        Assert.That(WebhookSecret.TryRead(WebhookSecret.TextOf(secret)), Is.EqualTo(secret));
        Assert.That(WebhookSecret.Make(), Is.Not.EqualTo(secret));
    }

    [TestCase("")]
    [TestCase("whsec_")]
    [TestCase("whsec_c2hvcnQ=")]
    [TestCase("MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw")]
    [TestCase("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaS*")]
    [TestCase("whsec_MfKQ9r8GKYqr TwjUPD8ILPZIo2LaLaSw")]
    public void A_secret_that_is_none_is_not_read(string text) => Assert.That(WebhookSecret.TryRead(text), Is.Null);

    [Test]
    public void A_secret_is_of_24_to_64_bytes()
    {
        Assert.That(WebhookSecret.TryRead("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"), Has.Length.EqualTo(24));
        Assert.That(WebhookSecret.TryRead(WebhookSecret.TextOf(new byte[64])), Has.Length.EqualTo(64));
        Assert.That(WebhookSecret.TryRead(WebhookSecret.TextOf(new byte[65])), Is.Null);
    }

    [Test]
    public void A_target_does_not_tell_its_secrets()
    {
        var url = new Uri("https://hooks.example.org/secret-path");
        Assert.That($"{new AlertTarget.Webhook(url, Secret)}", Is.EqualTo("Webhook"));
        Assert.That($"{new AlertTarget.Chat(url, AlertChannelKind.Slack)}", Is.EqualTo("Chat"));
    }

    private static Task<SendResult> SendAsync(AlertSenders senders, Uri url, CancellationToken stop = default) =>
        senders.SendAsync(new AlertTarget.Webhook(url, Secret), SampleNotices.Failed(), stop);

    // The signature is computed from the words of the specification, not by the sender, so that a fault there is seen.
    private static string SignatureOf(SunkRequest request)
    {
        using var hmac = IncrementalHash.CreateHMAC(HashAlgorithmName.SHA256, Secret);
        hmac.AppendData(Encoding.ASCII.GetBytes(request.Headers["webhook-id"]));
        hmac.AppendData("."u8);
        hmac.AppendData(Encoding.ASCII.GetBytes(request.Headers["webhook-timestamp"]));
        hmac.AppendData("."u8);
        hmac.AppendData(request.Body);
        return Convert.ToBase64String(hmac.GetHashAndReset());
    }
}
