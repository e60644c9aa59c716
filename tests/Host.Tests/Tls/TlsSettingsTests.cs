using System.Security.Cryptography;
using ScheduleZero.Authorities;
using ScheduleZero.Broker.Host;

namespace ScheduleZero.Host.Tests.Tls;

/// <summary>The flags and variables of TLS, and what is refused before anything listens.</summary>
[FixtureLifeCycle(LifeCycle.InstancePerTestCase)]
internal sealed class TlsSettingsTests : IDisposable
{
    private const string Url = "https://0.0.0.0:8443";

    private readonly TestAuthority _authority = new();
    private readonly string _folder = Directory.CreateTempSubdirectory("schedulezero-tls-settings-").FullName;
    private readonly ServerFiles _files;

    public TlsSettingsTests() => _files = _authority.Issue(_folder, "server", ["broker.example"]);

    public void Dispose()
    {
        _authority.Dispose();
        Directory.Delete(_folder, recursive: true);
    }

    [Test]
    public void Https_beyond_loopback_needs_no_frightening_flag() =>
        Assert.That(() => Read(Given("--redirect-http", "http://0.0.0.0:80")).Validate(), Throws.Nothing);

    [Test]
    public void Http_beyond_loopback_stays_refused_beside_https() =>
        Assert.That(
            Problem([.. Given(), "--urls", "http://0.0.0.0:8080"]),
            Does.Contain("unencrypted").And.Contain("--tls-cert")
        );

    [Test]
    public void All_settings_come_from_the_environment_too()
    {
        var settings = BrokerArguments.Read(
            [],
            name =>
                name switch
                {
                    "SCHEDULEZERO_TLS_CERT" => "a.pem, b.pfx",
                    "SCHEDULEZERO_TLS_KEY" => "a.key",
                    "SCHEDULEZERO_TLS_PASSWORD_FILE" => "password",
                    "SCHEDULEZERO_REDIRECT_HTTP" => "http://0.0.0.0:80",
                    _ => null,
                }
        );
        using (Assert.EnterMultipleScope())
        {
            Assert.That(settings.Tls.CertificateFiles, Is.EqualTo(new[] { "a.pem", "b.pfx" }));
            Assert.That(settings.Tls.KeyFiles, Is.EqualTo(new[] { "a.key" }));
            Assert.That(settings.Tls.PasswordFile, Is.EqualTo("password"));
            Assert.That(settings.Tls.RedirectUrl, Is.EqualTo("http://0.0.0.0:80"));
        }
    }

    [Test]
    public void An_https_url_needs_a_certificate() =>
        Assert.That(Problem(["--urls", Url]), Does.Contain("needs a certificate").And.Contain("--tls-cert"));

    [Test]
    public void A_certificate_needs_an_https_url() =>
        Assert.That(
            Problem(["--tls-cert", _files.Certificate, "--tls-key", _files.Key]),
            Does.Contain("without an https URL")
        );

    [TestCase("--tls-key", "key.pem")]
    [TestCase("--tls-password-file", "password")]
    public void A_key_or_password_needs_a_certificate(string flag, string value) =>
        Assert.That(Problem([flag, value]), Does.Contain("need --tls-cert"));

    [Test]
    public void Each_certificate_needs_its_key() =>
        Assert.That(
            Problem(["--urls", Url, "--tls-cert", _files.Certificate, _files.Certificate, "--tls-key", _files.Key]),
            Does.Contain("needs its key")
        );

    [TestCase("https://0.0.0.0:80")]
    [TestCase("http://0.0.0.0:80/path")]
    [TestCase("80")]
    public void A_redirect_listener_is_plain_http(string url) =>
        Assert.That(Problem(Given("--redirect-http", url)), Does.Contain("--redirect-http"));

    [Test]
    public void A_redirect_needs_an_https_url() =>
        Assert.That(Problem(["--redirect-http", "http://127.0.0.1:0"]), Does.Contain("needs an https URL"));

    [TestCase("https://0.0.0.0:8443/path")]
    [TestCase("ftp://0.0.0.0:21")]
    public void A_url_that_is_none_is_refused(string url) =>
        Assert.That(Problem([.. Given(), "--urls", url]), Does.Contain("is not a URL to listen on"));

    [Test]
    public void A_key_that_others_may_read_is_refused()
    {
        TestAuthority.SetMode(_files.Key, UnixFileMode.UserRead | UnixFileMode.GroupRead);
        Assert.That(Problem(Given()), Does.Contain("chmod 600").And.Contain(_files.Key));
    }

    [Test]
    public void A_key_of_another_certificate_is_refused()
    {
        var other = _authority.Issue(_folder, "other", ["other.example"]);
        Assert.That(
            Problem(["--urls", Url, "--tls-cert", _files.Certificate, "--tls-key", other.Key]),
            Does.Contain("no key that fits")
        );
    }

    [Test]
    public void A_key_of_another_kind_is_refused()
    {
        using var rsa = RSA.Create(2048);
        TestAuthority.WriteSecret(_files.Key, rsa.ExportPkcs8PrivateKeyPem());
        Assert.That(Problem(Given()), Does.Contain("no key that fits"));
    }

    [TestCase("", "holds no certificate")]
    [TestCase("nonsense", "holds no certificate")]
    [TestCase("-----BEGIN CERTIFICATE-----\nMIIB", "cut off")]
    [TestCase("-----BEGIN CERTIFICATE-----\nbm9uc2Vuc2U=\n-----END CERTIFICATE-----\n", "is no certificate")]
    public void A_file_that_holds_no_certificate_is_refused(string text, string words)
    {
        File.WriteAllText(_files.Certificate, text);
        Assert.That(Problem(Given()), Does.Contain(words).And.Contain(_files.Certificate));
    }

    [Test]
    public void A_file_that_is_not_there_is_refused()
    {
        File.Delete(_files.Key);
        Assert.That(Problem(Given()), Does.Contain(_files.Key));
    }

    [Test]
    public void A_file_that_is_too_long_is_refused()
    {
        File.WriteAllText(_files.Certificate, new string('x', 2 * 1024 * 1024));
        Assert.That(Problem(Given()), Does.Contain("too long"));
    }

    [Test]
    public void A_certificate_for_clients_is_refused()
    {
        _authority.Issue(_folder, "server", ["broker.example"], purpose: "1.3.6.1.5.5.7.3.2");
        Assert.That(Problem(Given()), Does.Contain("serverAuth"));
    }

    [TestCase("wrong", "with this password")]
    [TestCase(null, "--tls-password-file")]
    public void A_pkcs12_file_needs_its_password(string? password, string words)
    {
        var path = Path.Combine(_folder, "server.pfx");
        using var pair = System.Security.Cryptography.X509Certificates.X509Certificate2.CreateFromPemFile(
            _files.Certificate,
            _files.Key
        );
        File.WriteAllBytes(
            path,
            pair.Export(System.Security.Cryptography.X509Certificates.X509ContentType.Pkcs12, "right")
        );
        TestAuthority.SetMode(path, UnixFileMode.UserRead | UnixFileMode.UserWrite);
        string[] arguments = ["--urls", Url, "--tls-cert", path];
        if (password is not null)
        {
            var file = Path.Combine(_folder, "password");
            TestAuthority.WriteSecret(file, password);
            arguments = [.. arguments, "--tls-password-file", file];
        }

        Assert.That(Problem(arguments), Does.Contain(words));
    }

    private static BrokerSettings Read(IReadOnlyList<string> arguments) => BrokerArguments.Read(arguments, _ => null);

    private static string Problem(IReadOnlyList<string> arguments) =>
        Assert.Throws<BrokerSettingsException>(() => Read(arguments).Validate())!.Message;

    private string[] Given(params string[] more) =>
        ["--urls", Url, "--tls-cert", _files.Certificate, "--tls-key", _files.Key, .. more];
}
