using System.Net;
using System.Net.Security;
using System.Net.Sockets;
using System.Security.Cryptography.X509Certificates;
using ScheduleZero.Authorities;
using ScheduleZero.Bridge;
using ScheduleZero.Contracts;
using ScheduleZero.Edges.Tls;

namespace ScheduleZero.Host.Tests.Tls;

/// <summary>A Bridge with https, and the certificates that it asks of handlers.</summary>
[FixtureLifeCycle(LifeCycle.InstancePerTestCase)]
internal sealed class BridgeTlsTests : IDisposable
{
    private const string ClientPurpose = "1.3.6.1.5.5.7.3.2";
    private const string ServerPurpose = "1.3.6.1.5.5.7.3.1";
    private const string Host = "bridge.example";
    private const string Url = "https://0.0.0.0:8443";

    private readonly TestAuthority _authority = new();
    private readonly TestAuthority _other = new();
    private readonly string _folder = Directory.CreateTempSubdirectory("schedulezero-bridge-tls-").FullName;
    private readonly ServerFiles _files;

    public BridgeTlsTests() => _files = _authority.Issue(_folder, "bridge", [Host]);

    private string AuthorityFile => Path.Combine(_folder, "authority.pem");

    public void Dispose()
    {
        _authority.Dispose();
        _other.Dispose();
        Directory.Delete(_folder, recursive: true);
    }

    [Test]
    public async Task A_bridge_serves_https()
    {
        await using var bridge = await StartAsync(null);
        using var client = Client(bridge, null);
        using var answer = await client.GetAsync($"https://{Host}/health/live");
        Assert.That(answer.StatusCode, Is.EqualTo(HttpStatusCode.OK));
        Assert.That(answer.Headers.Contains("Strict-Transport-Security"));
    }

    [TestCase("right", true)]
    [TestCase("none", false)]
    [TestCase("other", false)]
    [TestCase("expired", false)]
    [TestCase("server", false)]
    public async Task With_client_ca_only_clients_with_a_right_certificate_come_in(string shown, bool isServed)
    {
        await File.WriteAllTextAsync(AuthorityFile, _authority.Root.ExportCertificatePem());
        await using var bridge = await StartAsync(AuthorityFile);
        var files = shown switch
        {
            "right" => Issue(_authority, ClientPurpose),
            "other" => Issue(_other, ClientPurpose),
            "expired" => _authority.Issue(
                _folder,
                "handler",
                ["handler-1"],
                notAfter: TimeSpan.FromHours(-1),
                purpose: ClientPurpose
            ),
            "server" => Issue(_authority, ServerPurpose),
            _ => null,
        };
        using var client = Client(bridge, files);
        if (isServed)
        {
            using var answer = await client.GetAsync($"https://{Host}/health/live");
            Assert.That(answer.StatusCode, Is.EqualTo(HttpStatusCode.OK));
        }
        else
        {
            Assert.That(
                async () => await client.GetAsync($"https://{Host}/health/live"),
                Throws.TypeOf<HttpRequestException>()
            );
        }
    }

    [Test]
    public void All_settings_come_from_the_environment_too()
    {
        var settings = BridgeArguments.Read(
            [],
            name =>
                name switch
                {
                    "SCHEDULEZERO_BRIDGE_TLS_CERT" => "a.pem",
                    "SCHEDULEZERO_BRIDGE_TLS_KEY" => "a.key",
                    "SCHEDULEZERO_BRIDGE_TLS_PASSWORD_FILE" => "password",
                    "SCHEDULEZERO_BRIDGE_REDIRECT_HTTP" => "http://0.0.0.0:80",
                    "SCHEDULEZERO_BRIDGE_CLIENT_CA" => "ca.pem",
                    _ => null,
                }
        );
        using (Assert.EnterMultipleScope())
        {
            Assert.That(settings.Tls.CertificateFiles, Is.EqualTo(new[] { "a.pem" }));
            Assert.That(settings.Tls.KeyFiles, Is.EqualTo(new[] { "a.key" }));
            Assert.That(settings.Tls.PasswordFile, Is.EqualTo("password"));
            Assert.That(settings.Tls.RedirectUrl, Is.EqualTo("http://0.0.0.0:80"));
            Assert.That(settings.Tls.ClientAuthorityFile, Is.EqualTo("ca.pem"));
        }
    }

    [Test]
    public void Https_beyond_loopback_needs_no_frightening_flag()
    {
        File.WriteAllText(AuthorityFile, _authority.Root.ExportCertificatePem());
        Assert.That(() => Read("--urls", Url, "--client-ca", AuthorityFile).Validate(), Throws.Nothing);
    }

    [TestCase("http://0.0.0.0:8890", "unencrypted")]
    [TestCase("http://127.0.0.1:8890", "every URL must be https")]
    public void Plain_http_beside_client_ca_is_refused(string url, string words)
    {
        File.WriteAllText(AuthorityFile, _authority.Root.ExportCertificatePem());
        Assert.That(Problem("--urls", Url, url, "--client-ca", AuthorityFile), Does.Contain(words));
    }

    [TestCase("", "no root certificate")]
    [TestCase("nonsense", "no root certificate")]
    [TestCase(null, "authority.pem")]
    public void A_client_ca_that_is_none_is_refused(string? text, string words)
    {
        if (text is not null)
        {
            File.WriteAllText(AuthorityFile, text);
        }

        Assert.That(Problem("--urls", Url, "--client-ca", AuthorityFile), Does.Contain(words));
    }

    private BridgeSettings Read(params string[] arguments) =>
        BridgeArguments.Read(
            ["--tls-cert", _files.Certificate, "--tls-key", _files.Key, .. arguments],
            name => name == "SCHEDULEZERO_BRIDGE_KEY" ? ApiKey.Generate().Reveal() : null
        );

    private string Problem(params string[] arguments) =>
        Assert.Throws<BridgeSettingsException>(() => Read(arguments).Validate())!.Message;

    private ServerFiles Issue(TestAuthority authority, string purpose) =>
        authority.Issue(_folder, "handler", ["handler-1"], purpose: purpose);

    private Task<RunningBridge> StartAsync(string? clientAuthorityFile) =>
        BridgeServer.StartAsync(
            new BridgeSettings
            {
                Urls = ["https://127.0.0.1:0"],
                // Nobody answers there, and these tests need no Broker.
                Brokers = ["tcp://127.0.0.1:1"],
                Key = ApiKey.Generate().Reveal(),
                Name = "bridge-1",
                Tls = new TlsSettings
                {
                    CertificateFiles = [_files.Certificate],
                    KeyFiles = [_files.Key],
                    ClientAuthorityFile = clientAuthorityFile,
                },
            },
            null,
            CancellationToken.None
        );

    private HttpClient Client(RunningBridge bridge, ServerFiles? shown)
    {
        var handler = new SocketsHttpHandler
        {
            ConnectCallback = async (_, cancellationToken) =>
            {
                var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
                await socket.ConnectAsync(IPAddress.Loopback, new Uri(bridge.Urls[0]).Port, cancellationToken);
                return new NetworkStream(socket, ownsSocket: true);
            },
            SslOptions = { CertificateChainPolicy = TlsBroker.Trusting(_authority.Root) },
        };
        if (shown is not null)
        {
            var chain = new X509Certificate2Collection();
            chain.ImportFromPemFile(shown.Certificate);
            handler.SslOptions.ClientCertificateContext = SslStreamCertificateContext.Create(
                X509Certificate2.CreateFromPemFile(shown.Certificate, shown.Key),
                chain,
                offline: true
            );
        }

        return new HttpClient(handler);
    }
}
