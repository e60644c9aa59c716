using System.Net;
using System.Net.Security;
using System.Net.Sockets;
using System.Security.Cryptography.X509Certificates;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Logging;
using ScheduleZero.Agent.Tests.Fakes;
using ScheduleZero.Authorities;
using ScheduleZero.Certificates;
using ScheduleZero.Contracts;
using ScheduleZero.HandlerAgent;

namespace ScheduleZero.Agent.Tests;

/// <summary>An agent that dials Bridges over TLS: which it trusts, and what it shows of itself.</summary>
[Parallelizable(ParallelScope.All)]
[FixtureLifeCycle(LifeCycle.InstancePerTestCase)]
internal sealed class TlsTests : IDisposable
{
    private static readonly string Key = ApiKey.Generate().Reveal();
    private static readonly TimeSpan TellLimit = TimeSpan.FromSeconds(20);

    private readonly TestAuthority _authority = new();
    private readonly TemporaryFolder _folder = new();
    private readonly LogLines _log = new();

    private static IEnumerable<string> WrongKinds => WrongCertificate.Kinds.Keys;

    public void Dispose()
    {
        _folder.Dispose();
        _authority.Dispose();
        _log.Dispose();
    }

    [TestCaseSource(nameof(WrongKinds))]
    public async Task A_wrong_certificate_is_refused_with_what_is_wrong_and_nothing_is_said(string kind)
    {
        var certificate = WrongCertificate.Issue(_authority, _folder.Path, kind);
        await using var bridge = await FakeBridge.StartAsync(certificate: certificate);
        await using var agent = Start(bridge, Trust);

        string[] words = WrongCertificate.Kinds[kind];
        var line = await _log.NextWithAsync(words[0], TellLimit);

        Assert.That(words.Where(word => !line.Contains(word, StringComparison.Ordinal)), Is.Empty, line);
        Assert.That(line, Does.Not.Contain("\u001b").And.Not.Contain("System."));
        Assert.That(_log.With(Key), Is.Empty);
        Assert.That(bridge.RequestCount, Is.Zero);
    }

    [Test]
    public async Task Without_a_file_of_authorities_those_of_the_machine_count()
    {
        await using var bridge = await FakeBridge.StartAsync(certificate: ServerFiles("localhost"));
        await using var agent = Start(bridge, _ => { });

        var line = await _log.NextWithAsync("The chain of the certificate of localhost is incomplete", TellLimit);

        Assert.That(line, Does.Contain("'CN=test root' is neither sent nor among the authorities of this machine"));
        Assert.That(bridge.RequestCount, Is.Zero);
    }

    [TestCase(false, "WebSockets")]
    [TestCase(true, "ServerSentEvents")]
    public async Task An_agent_shows_its_certificate_to_a_bridge_of_its_authority(bool isBlocked, string transport)
    {
        await using var bridge = await FakeBridge.StartAsync(isBlocked, ServerFiles("localhost"), true);
        var own = Issue("office-7");
        await using var agent = Start(bridge, options => Show(options, own));

        var hello = await bridge.Hellos.Reader.ReadAsync().AsTask().WaitAsync(FakeBroker.Patience);

        Assert.That((hello.Transport, hello.Authorization), Is.EqualTo((transport, $"Bearer {Key}")));
        Assert.That(bridge.ShownCertificate, Is.EqualTo("office-7"));
        await agent.WaitForWelcomeAsync().WaitAsync(FakeBroker.Patience);
    }

    [Test]
    public async Task A_certificate_that_is_replaced_while_the_agent_runs_is_shown_at_the_next_connect()
    {
        var first = await FakeBridge.StartAsync(certificate: ServerFiles("localhost"), asksForCertificates: true);
        var port = new Uri(first.Address).Port;
        await using var agent = Start(first, options => Show(options, Issue("office-7")));
        await first.Hellos.Reader.ReadAsync().AsTask().WaitAsync(FakeBroker.Patience);

        var next = Issue("office-8");
        File.Move(next.Key, Path.Combine(_folder.Path, "office-7.key"), overwrite: true);
        File.Move(next.Certificate, Path.Combine(_folder.Path, "office-7.pem"), overwrite: true);
        await first.DisposeAsync();
        await using var second = await FakeBridge.StartAsync(
            certificate: ServerFiles("localhost"),
            asksForCertificates: true,
            port: port
        );
        await second.Hellos.Reader.ReadAsync().AsTask().WaitAsync(FakeBroker.Patience);

        Assert.That(second.ShownCertificate, Is.EqualTo("office-8"));
    }

    [Test]
    public async Task An_agent_without_a_certificate_is_told_that_it_may_need_one()
    {
        await using var bridge = await FakeBridge.StartAsync(
            certificate: ServerFiles("localhost"),
            asksForCertificates: true
        );
        await using var agent = Start(bridge, Trust);
        await _log.NextWithAsync("If the server asks for a certificate", TellLimit);
        Assert.That(_log.With("--client-cert (ClientCertificateFile)"), Is.Not.Empty);
    }

    // What the library throws depends on how far the handshake of HTTP/2 has come when the server ends the connection.
    private static readonly Exception[] EndsOfHandshakes =
    [
        new HttpRequestException("sending", new IOException("not established", new ObjectDisposedException("stream"))),
        new HttpRequestException("not established"),
        new HttpRequestException(HttpRequestError.ResponseEnded),
        new HttpRequestException("sending", new SocketException((int)SocketError.ConnectionReset)),
    ];

    [TestCaseSource(nameof(EndsOfHandshakes))]
    public void An_end_of_the_handshake_is_explained_for_https_alone(Exception end)
    {
        Assert.That(
            TlsFailure.Explain(end, new Uri("https://bridge.example"), certificateFile: null),
            Does.Contain("If the server asks for a certificate")
        );
        Assert.That(TlsFailure.Explain(end, new Uri("http://bridge.example"), certificateFile: null), Is.Null);
    }

    [Test]
    public void A_server_that_is_not_there_or_answers_is_not_said_to_ask_for_a_certificate(
        [Values(SocketError.ConnectionRefused, SocketError.HostNotFound)] SocketError error
    )
    {
        Exception[] others =
        [
            new HttpRequestException(
                HttpRequestError.ConnectionError,
                "no connection",
                new SocketException((int)error)
            ),
            new HttpRequestException("Unauthorized", null, HttpStatusCode.Unauthorized),
        ];
        Assert.That(
            others.Select(other => TlsFailure.Explain(other, new Uri("https://bridge.example"), null)),
            Is.All.Null
        );
    }

    [Test]
    public void An_authority_that_a_server_sends_along_is_named_when_it_is_not_trusted()
    {
        using var other = new TestAuthority("other");
        var files = other.Issue(_folder.Path, "server", ["localhost"]);
        var sent = new X509Certificate2Collection();
        sent.ImportFromPemFile(files.Certificate);
        using var chain = new X509Chain();
        chain.ChainPolicy.ExtraStore.AddRange(sent);
        chain.ChainPolicy.ExtraStore.Add(other.Root);
        var root = _authority.WriteRoot(_folder.Path);
        var trust = new ServerTrust(AuthorityFile.Read(root), root, TimeProvider.System);
        Assert.That(
            () => trust.Accept("localhost", sent[0], chain, SslPolicyErrors.RemoteCertificateChainErrors),
            Throws
                .TypeOf<CertificateRefusedException>()
                .With.Message.Contains($"signed by 'CN=other root', which is not among the authorities in {root}")
        );
    }

    private void Trust(HandlerAgentOptions options) =>
        options.CertificateAuthorityFile = _authority.WriteRoot(_folder.Path);

    private void Show(HandlerAgentOptions options, ServerFiles own)
    {
        Trust(options);
        (options.ClientCertificateFile, options.ClientKeyFile) = (own.Certificate, own.Key);
    }

    private ServerFiles ServerFiles(string host) => _authority.Issue(_folder.Path, "bridge", [host]);

    private ServerFiles Issue(string name) =>
        _authority.Issue(_folder.Path, name, [name], purpose: TestAuthority.ClientPurpose);

    private RunningAgent Start(FakeBridge bridge, Action<HandlerAgentOptions> configure)
    {
        var builder = AgentBuilder.Create(options =>
        {
            options.Handler = "office-7";
            options.ApiKey = Key;
            options.Bridges.Add($"https://localhost:{new Uri(bridge.Address).Port}");
            options.SettleTimeout = TimeSpan.Zero;
            configure(options);
        });
        builder.Services.Replace(ServiceDescriptor.Singleton<ILoggerFactory>(_log));
        return builder.Handle("echo", (RawJson p, JobContext job) => Task.FromResult(p)).Start();
    }
}
