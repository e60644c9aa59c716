using System.Net;
using System.Security.Authentication;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Time.Testing;
using ScheduleZero.Authorities;
using ScheduleZero.Certificates;
using ScheduleZero.Edges.Tls;
using ScheduleZero.Hostile;

namespace ScheduleZero.Host.Tests.Tls;

/// <summary>Certificates that are replaced in their files, and what clients find wrong with certificates.</summary>
[FixtureLifeCycle(LifeCycle.InstancePerTestCase)]
internal sealed class CertificateFilesTests : IDisposable
{
    private const string Host = "broker.example";
    private const string Live = "https://broker.example/health/live";

    private readonly TestAuthority _authority = new();
    private readonly string _folder = Directory.CreateTempSubdirectory("schedulezero-certificates-").FullName;
    private readonly FakeTimeProvider _time = new(TimeProvider.System.GetUtcNow());
    private readonly LineLog _log = new();

    public void Dispose()
    {
        _authority.Dispose();
        Directory.Delete(_folder, recursive: true);
    }

    [Test]
    public void Changed_files_serve_after_a_second_and_not_before()
    {
        var used = _authority.Issue(_folder, "old", [Host]);
        var files = Open(used);
        Replace(used, _authority.Issue(_folder, "new", [Host]));
        Assert.That(NameIn(files), Is.EqualTo("old"), "the files are looked at once a second at most");
        _time.Advance(TimeSpan.FromSeconds(1));
        Assert.That(NameIn(files), Is.EqualTo("new"));
        Assert.That(Ids(), Has.Member(5072));
    }

    [Test]
    public void Half_written_files_leave_the_old_certificate_in_use()
    {
        var used = _authority.Issue(_folder, "old", [Host]);
        var files = Open(used);
        var (old, oldKey) = (File.ReadAllText(used.Certificate), File.ReadAllText(used.Key));
        var next = _authority.Issue(_folder, "new", [Host]);
        var (chain, key) = (File.ReadAllText(next.Certificate), File.ReadAllText(next.Key));
        var states = new (string Certificate, string Key)[]
        {
            (chain, oldKey),
            (old, key),
            ("", oldKey),
            (chain[..(chain.Length / 4)], key),
            (chain[..(chain.Length * 3 / 4)], key),
            (chain, key[..(key.Length / 2)]),
            (chain, ""),
            ("-----BEGIN CERTIFICATE-----\nbm9uc2Vuc2U=\n-----END CERTIFICATE-----\n", key),
        };
        foreach (var state in states)
        {
            File.WriteAllText(used.Certificate, state.Certificate);
            File.WriteAllText(used.Key, state.Key);
            _time.Advance(TimeSpan.FromSeconds(1));
            Assert.That(NameIn(files), Is.EqualTo("old"), $"{state.Certificate.Length} and {state.Key.Length}");
        }

        File.Delete(used.Key);
        _time.Advance(TimeSpan.FromSeconds(1));
        Assert.That(NameIn(files), Is.EqualTo("old"));
        File.WriteAllText(used.Certificate, chain);
        TestAuthority.WriteSecret(used.Key, key);
        _time.Advance(TimeSpan.FromSeconds(1));
        Assert.That(NameIn(files), Is.EqualTo("new"));
    }

    [Test]
    public void A_problem_that_stays_is_logged_once()
    {
        var used = _authority.Issue(_folder, "old", [Host]);
        var files = Open(used);
        File.WriteAllText(used.Certificate, "nothing");
        for (var i = 0; i < 100; i++)
        {
            _time.Advance(TimeSpan.FromSeconds(1));
            Assert.That(NameIn(files), Is.EqualTo("old"));
        }

        Assert.That(Ids().Count(id => id == 5073), Is.EqualTo(1));
    }

    [Test]
    public void An_expired_certificate_does_not_replace_a_valid_one()
    {
        var used = _authority.Issue(_folder, "old", [Host]);
        var files = Open(used);
        Replace(used, _authority.Issue(_folder, "new", [Host], notAfter: TimeSpan.FromHours(-1)));
        _time.Advance(TimeSpan.FromSeconds(1));
        Assert.That(NameIn(files), Is.EqualTo("old"));
        Assert.That(Words(), Has.Some.Contains("expired at"));
    }

    [Test]
    public void What_is_odd_is_said_at_the_start()
    {
        Open(_authority.Issue(_folder, "expired", [Host], notAfter: TimeSpan.FromHours(-1)));
        Open(_authority.Issue(_folder, "early", [Host], notBefore: TimeSpan.FromHours(1)));
        Open(_authority.Issue(_folder, "nameless", []));
        Open(_authority.Issue(_folder, "incomplete", [Host], withIntermediate: false));
        using (Assert.EnterMultipleScope())
        {
            Assert.That(Words(), Has.Some.Contains("expired.pem expired at"));
            Assert.That(Words(), Has.Some.Contains("early.pem is not valid before"));
            Assert.That(Words(), Has.Some.Contains("nameless.pem names no host"));
            Assert.That(Words(), Has.Some.Contains("incomplete.pem comes without").And.Contains("test intermediate"));
        }
    }

    [Test]
    public async Task Connections_live_on_while_new_ones_get_the_new_certificate()
    {
        var used = _authority.Issue(_folder, "old", [Host]);
        await using var broker = await TlsBroker.StartAsync(_folder, Settings(used));
        using var client = broker.Client(_authority.Root);
        using (var answer = await client.GetAsync(Live))
        {
            Assert.That(answer.StatusCode, Is.EqualTo(HttpStatusCode.OK));
        }

        Replace(used, _authority.Issue(_folder, "new", [Host]));
        Assert.That(async () => await broker.CertificateForAsync(Host), Is.EqualTo("new").After(10_000, 100));
        using var after = await client.GetAsync(Live);
        Assert.That(after.StatusCode, Is.EqualTo(HttpStatusCode.OK), "the old connection, or a new one, serves on");
    }

    [TestCase("expired")]
    [TestCase("early")]
    [TestCase("elsewhere")]
    [TestCase("self-signed")]
    [TestCase("incomplete")]
    public async Task A_client_refuses_a_certificate_that_is_wrong(string wrong)
    {
        var files = wrong switch
        {
            "expired" => _authority.Issue(_folder, wrong, [Host], notAfter: TimeSpan.FromHours(-1)),
            "early" => _authority.Issue(_folder, wrong, [Host], notBefore: TimeSpan.FromHours(1)),
            "elsewhere" => _authority.Issue(_folder, wrong, ["elsewhere.example"]),
            "self-signed" => TestAuthority.SelfSign(_folder, wrong, [Host]),
            _ => _authority.Issue(_folder, wrong, [Host], withIntermediate: false),
        };
        await using var broker = await TlsBroker.StartAsync(_folder, Settings(files));
        using var client = broker.Client(_authority.Root);
        Assert.That(
            async () => await client.GetAsync(Live),
            Throws.TypeOf<HttpRequestException>().With.InnerException.TypeOf<AuthenticationException>()
        );
    }

    [TestCase(null)]
    [TestCase("secret")]
    public void Pkcs12_is_read_with_its_password(string? password)
    {
        var files = _authority.Issue(_folder, "pair", [Host]);
        using var pair = X509Certificate2.CreateFromPemFile(files.Certificate, files.Key);
        var path = Path.Combine(_folder, "pair.pfx");
        File.WriteAllBytes(path, pair.Export(X509ContentType.Pkcs12, password));
        TestAuthority.SetMode(path, UnixFileMode.UserRead | UnixFileMode.UserWrite);
        var passwordFile = password is null ? null : Path.Combine(_folder, "password");
        if (passwordFile is not null)
        {
            TestAuthority.WriteSecret(passwordFile, $"{password}\n");
        }

        Assert.That(
            NameIn(new CertificateFiles([new CertificateFile(path, null, passwordFile)], _time, NullLogger.Instance)),
            Is.EqualTo("pair")
        );
    }

    [Test]
    public void A_key_with_a_password_is_read()
    {
        var files = _authority.Issue(_folder, "pair", [Host]);
        using var key = ECDsa.Create();
        key.ImportFromPem(File.ReadAllText(files.Key));
        File.WriteAllText(
            files.Key,
            key.ExportEncryptedPkcs8PrivateKeyPem(
                "secret",
                new PbeParameters(PbeEncryptionAlgorithm.Aes256Cbc, HashAlgorithmName.SHA256, 1000)
            )
        );
        var password = Path.Combine(_folder, "password");
        TestAuthority.WriteSecret(password, "secret");
        var file = new CertificateFile(files.Certificate, files.Key, password);
        Assert.That(NameIn(new CertificateFiles([file], _time, NullLogger.Instance)), Is.EqualTo("pair"));
        Assert.That(
            () => new CertificateFiles([file with { PasswordPath = null }], _time, NullLogger.Instance),
            Throws.InstanceOf<IOException>().With.Message.Contains("--tls-password-file")
        );
    }

    private static TlsSettings Settings(ServerFiles files) =>
        new() { CertificateFiles = [files.Certificate], KeyFiles = [files.Key] };

    private static void Replace(ServerFiles used, ServerFiles next)
    {
        File.Copy(next.Certificate, used.Certificate, overwrite: true);
        File.Copy(next.Key, used.Key, overwrite: true);
    }

    private static string NameIn(CertificateFiles files) =>
        new CertificateChoice([files])
            .Find(Host)!
            .TargetCertificate.GetNameInfo(X509NameType.SimpleName, forIssuer: false);

    private CertificateFiles Open(ServerFiles files) =>
        new([new CertificateFile(files.Certificate, files.Key, null)], _time, _log);

    private IEnumerable<int> Ids() => _log.Lines.Select(line => line.Id);

    private IEnumerable<string> Words() => _log.Lines.Select(line => line.Words);
}
