using System.Diagnostics;
using System.Net;
using System.Net.Security;
using System.Security.Authentication;
using System.Text;
using ScheduleZero.Authorities;
using ScheduleZero.Edges.Tls;

namespace ScheduleZero.Host.Tests.Tls;

/// <summary>What a client meets at a Broker's https listener, and at the listener that redirects.</summary>
internal sealed class TlsListenerTests
{
    private const string Live = "https://broker.example/health/live";

    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);

    private readonly TestAuthority _authority = new();
    private string _folder = null!;
    private TlsBroker _broker = null!;

    [OneTimeSetUp]
    public async Task StartBroker()
    {
        _folder = Directory.CreateTempSubdirectory("schedulezero-tls-").FullName;
        var first = _authority.Issue(_folder, "first", ["broker.example", "127.0.0.1"]);
        var second = _authority.Issue(_folder, "second", ["*.wild.example"]);
        var third = _authority.Issue(_folder, "third", ["exact.wild.example", "xn--bcher-kva.example"]);
        _broker = await TlsBroker.StartAsync(
            _folder,
            new TlsSettings
            {
                CertificateFiles = [first.Certificate, second.Certificate, third.Certificate],
                KeyFiles = [first.Key, second.Key, third.Key],
                RedirectUrl = "http://127.0.0.1:0",
            }
        );
    }

    [OneTimeTearDown]
    public async Task StopBroker()
    {
        await _broker.DisposeAsync();
        _authority.Dispose();
        Directory.Delete(_folder, recursive: true);
    }

    [TestCase("broker.example", "first")]
    [TestCase("BROKER.example", "first")]
    [TestCase("a.wild.example", "second")]
    [TestCase("exact.wild.example", "third")]
    [TestCase("a.b.wild.example", "first")]
    [TestCase("wild.example", "first")]
    [TestCase("xn--bcher-kva.example", "third")]
    [TestCase("elsewhere.example", "first")]
    [TestCase("", "first")]
    public async Task A_client_gets_the_certificate_for_the_name_that_it_asks_for(string serverName, string expected) =>
        Assert.That(await _broker.CertificateForAsync(serverName), Is.EqualTo(expected));

    [Test]
    public async Task A_client_that_trusts_the_root_is_served_over_http2_with_hsts()
    {
        using var client = _broker.Client(_authority.Root);
        using var request = new HttpRequestMessage(HttpMethod.Get, Live)
        {
            Version = HttpVersion.Version20,
            VersionPolicy = HttpVersionPolicy.RequestVersionExact,
        };
        using var answer = await client.SendAsync(request);
        Assert.That(answer.StatusCode, Is.EqualTo(HttpStatusCode.OK));
        Assert.That(answer.Version, Is.EqualTo(HttpVersion.Version20));
        Assert.That(answer.Headers.GetValues("Strict-Transport-Security"), Is.EqualTo(new[] { "max-age=31536000" }));
    }

    [Test]
    public async Task A_client_of_http1_is_served_too()
    {
        using var client = _broker.Client(_authority.Root);
        using var answer = await client.GetAsync(Live);
        Assert.That(answer.Version, Is.EqualTo(HttpVersion.Version11));
        Assert.That(answer.StatusCode, Is.EqualTo(HttpStatusCode.OK));
    }

    [Test]
    public async Task A_refusal_over_http2_writes_no_line_into_the_log()
    {
        using var client = _broker.Client(_authority.Root);
        var before = _broker.Log.Lines.Count;
        using var request = new HttpRequestMessage(HttpMethod.Post, "https://broker.example/api/auth/login")
        {
            Version = HttpVersion.Version20,
            VersionPolicy = HttpVersionPolicy.RequestVersionExact,
            Content = new ByteArrayContent(new byte[300_000]) { Headers = { ContentType = new("application/json") } },
        };
        using var answer = await client.SendAsync(request);
        Assert.That((int)answer.StatusCode, Is.EqualTo(413));
        Assert.That(_broker.Log.Lines.Skip(before), Is.Empty);
    }

    [Test]
    public async Task A_client_that_asks_for_another_name_refuses()
    {
        using var client = _broker.Client(_authority.Root);
        Assert.That(
            async () => await client.GetAsync("https://elsewhere.example/health/live"),
            Throws.TypeOf<HttpRequestException>().With.InnerException.TypeOf<AuthenticationException>()
        );
        using var answer = await client.GetAsync(Live);
        Assert.That(answer.StatusCode, Is.EqualTo(HttpStatusCode.OK), "others are served on");
    }

    [Test]
    public void A_client_that_trusts_another_root_refuses()
    {
        using var other = new TestAuthority();
        using var client = _broker.Client(other.Root);
        Assert.That(
            async () => await client.GetAsync(Live),
            Throws.TypeOf<HttpRequestException>().With.InnerException.TypeOf<AuthenticationException>()
        );
    }

    [TestCase(SslProtocols.Tls12)]
    [TestCase(SslProtocols.Tls13)]
    public async Task Tls_12_and_13_are_spoken(SslProtocols protocol)
    {
        await using var stream = await _broker.ShakeHandsAsync(
            new SslClientAuthenticationOptions { TargetHost = "broker.example", EnabledSslProtocols = protocol }
        );
        Assert.That(stream.SslProtocol, Is.EqualTo(protocol));
        Assert.That(
            stream.NegotiatedCipherSuite.ToString(),
            Does.Contain("GCM").Or.Contain("CHACHA20"),
            "the suite is one with authenticated encryption"
        );
    }

    // OpenSSL's own client is asked, since .NET's may be forbidden to speak old protocols by the machine's settings.
    [TestCase("-tls1_1", "-cipher", "ALL:@SECLEVEL=0")]
    [TestCase("-tls1", "-cipher", "ALL:@SECLEVEL=0")]
    [TestCase("-tls1_2", "-cipher", "ECDHE-ECDSA-AES128-SHA256:@SECLEVEL=0")]
    [TestCase("-tls1_2", "-cipher", "ECDHE-ECDSA-AES256-SHA:@SECLEVEL=0")]
    [TestCase("-tls1_3", "-ciphersuites", "TLS_AES_128_CCM_8_SHA256")]
    [TestCase("-alpn", "smtp")]
    public async Task Old_protocols_and_weak_suites_are_refused(params string[] options)
    {
        Assert.That(await OpenSslAsync(["-tls1_2"]), Does.Contain("Cipher is ECDHE-ECDSA-AES"), "the client works");
        Assert.That(await OpenSslAsync(options), Does.Contain("Cipher is (NONE)"));
    }

    [Test]
    public async Task Plaintext_at_the_port_ends_only_its_connection()
    {
        using var client = _broker.Client(_authority.Root);
        using var before = await client.GetAsync(Live);
        var lines = _broker.Log.Lines.Count;
        foreach (var bytes in new[] { "GET / HTTP/1.1\r\nHost: a\r\n\r\n", "\u0016\u0003\u0001\u0002", "\0\0\0\0\0\0" })
        {
            using var patience = new CancellationTokenSource(Patience);
            using var socket = await _broker.ConnectAsync();
            await socket.SendAsync(Encoding.Latin1.GetBytes(bytes), patience.Token);
            socket.Shutdown(System.Net.Sockets.SocketShutdown.Send);
            var buffer = new byte[4096];
            try
            {
                while (await socket.ReceiveAsync(buffer, patience.Token) is > 0 and var read)
                {
                    Assert.That(Encoding.Latin1.GetString(buffer, 0, read), Does.Not.Contain("HTTP/"));
                }
            }
            catch (System.Net.Sockets.SocketException)
            {
                // The connection was reset, which ends it as well.
            }
        }

        using var after = await client.GetAsync(Live);
        Assert.That(after.StatusCode, Is.EqualTo(HttpStatusCode.OK));
        Assert.That(_broker.Log.Lines.Skip(lines), Is.Empty);
    }

    [TestCase("GET")]
    [TestCase("HEAD")]
    public async Task The_redirect_sends_on_to_https(string method)
    {
        using var answer = await AskPlainAsync(method, "broker.example", "/api/stats?a=b%20c");
        Assert.That((int)answer.StatusCode, Is.EqualTo(308));
        Assert.That(
            answer.Headers.Location?.AbsoluteUri,
            Is.EqualTo($"https://broker.example:{_broker.Port}/api/stats?a=b%20c")
        );
        Assert.That(answer.Headers.Contains("Strict-Transport-Security"), Is.False);
    }

    [TestCase("POST", "broker.example", "replace it")]
    [TestCase("DELETE", "broker.example", "replace it")]
    [TestCase("GET", "evil.example", "No certificate")]
    [TestCase("GET", "broker.example.evil.example", "No certificate")]
    [TestCase("GET", "a.b.wild.example", "No certificate")]
    [TestCase("GET", "10.0.0.1", "No certificate")]
    public async Task The_redirect_refuses_what_it_must_not_send_on(string method, string host, string words)
    {
        using var answer = await AskPlainAsync(method, host, "/api/stats");
        Assert.That(answer.StatusCode, Is.EqualTo(HttpStatusCode.Forbidden));
        Assert.That(await answer.Content.ReadAsStringAsync(), Does.Contain(words));
        Assert.That(answer.Headers.Location, Is.Null);
    }

    [TestCase("broker.example@evil.example")]
    [TestCase("broker.example/evil.example")]
    [TestCase("evil.example#broker.example")]
    [TestCase("broker.example:80:80")]
    [TestCase("")]
    public async Task The_redirect_is_not_fooled_by_a_host_that_is_none(string host)
    {
        using var patience = new CancellationTokenSource(Patience);
        using var client = new System.Net.Sockets.TcpClient();
        await client.ConnectAsync(IPAddress.Loopback, _broker.Plain.Port, patience.Token);
        var stream = client.GetStream();
        await stream.WriteAsync(Encoding.Latin1.GetBytes($"GET / HTTP/1.1\r\nHost: {host}\r\n\r\n"), patience.Token);
        using var reader = new StreamReader(stream);
        var answer = await reader.ReadToEndAsync(patience.Token);
        Assert.That(answer, Does.StartWith("HTTP/1.1 4").And.Not.Contain("Location"));
    }

    private async Task<HttpResponseMessage> AskPlainAsync(string method, string host, string path)
    {
        using var client = new HttpClient(new SocketsHttpHandler { AllowAutoRedirect = false });
        using var request = new HttpRequestMessage(new HttpMethod(method), new Uri(_broker.Plain, path));
        request.Headers.Host = host;
        return await client.SendAsync(request);
    }

    /// <summary>What OpenSSL's client says of a handshake.</summary>
    private async Task<string> OpenSslAsync(IEnumerable<string> options)
    {
        using var patience = new CancellationTokenSource(Patience);
        var start = new ProcessStartInfo("openssl") { RedirectStandardInput = true, RedirectStandardOutput = true };
        string[] arguments = ["s_client", "-connect", $"127.0.0.1:{_broker.Port}", "-servername", "broker.example"];
        foreach (var argument in arguments.Concat(options))
        {
            start.ArgumentList.Add(argument);
        }

        start.RedirectStandardError = true;
        using var process = Process.Start(start)!;
        process.StandardInput.Close();
        var error = process.StandardError.ReadToEndAsync(patience.Token);
        var output = await process.StandardOutput.ReadToEndAsync(patience.Token);
        await error;
        await process.WaitForExitAsync(patience.Token);
        return output;
    }
}
