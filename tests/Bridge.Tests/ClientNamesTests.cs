using ScheduleZero.Authorities;
using ScheduleZero.Bridge.Connections;
using ScheduleZero.Contracts.Handlers;
using ScheduleZero.Edges.Tls;
using ScheduleZero.Hostile;

namespace ScheduleZero.Bridge.Tests;

/// <summary>Which handlers a certificate names, and what a Bridge that binds certificates tells the Broker.</summary>
internal sealed class ClientNamesTests : BridgeFixture
{
    private TestAuthority _authority = null!;
    private string _folder = null!;

    [SetUp]
    public void MakeAuthority()
    {
        _authority = new TestAuthority();
        _folder = Directory.CreateTempSubdirectory("schedulezero-client-names-").FullName;
    }

    [TearDown]
    public void Forget()
    {
        _authority.Dispose();
        Directory.Delete(_folder, recursive: true);
    }

    [TestCase("default/office-7", "default/office-7")]
    [TestCase("office-7", "")]
    [TestCase("Default/office-7", "")]
    [TestCase("default/office 7", "")]
    [TestCase("default/office-7/x", "")]
    [TestCase("default/x", "default/a default/b", "spiffe://td/default/a", "SPIFFE://td/default/b")]
    [TestCase("default/x", "", "spiffe://td")]
    [TestCase("default/x", "", "spiffe://td/ns/default/handler/a")]
    [TestCase("default/x", "", "spiffe:///default/a")]
    [TestCase("default/x", "default/x", "https://example.org/default/a")]
    [TestCase("default/x", "default/a", "spiffe://td/default/a", "spiffe://td/default/a", "localhost", "127.0.0.1")]
    public void A_certificate_names_handlers_by_its_uris_or_else_by_its_common_name(
        string commonName,
        string handlers,
        params string[] names
    )
    {
        var files = _authority.Issue(_folder, "own", names, commonName: commonName);
        using var certificate = System.Security.Cryptography.X509Certificates.X509Certificate2.CreateFromPemFile(
            files.Certificate,
            files.Key
        );
        Assert.That(string.Join(' ', CertificateHandlers.Of(certificate)), Is.EqualTo(handlers));
    }

    [Test]
    public void A_certificate_names_sixteen_handlers_at_most_and_none_names_nobody()
    {
        string[] uris = [.. Enumerable.Range(0, 20).Select(i => $"spiffe://td/default/h{i}")];
        var files = _authority.Issue(_folder, "own", uris);
        using var certificate = System.Security.Cryptography.X509Certificates.X509Certificate2.CreateFromPemFile(
            files.Certificate,
            files.Key
        );
        Assert.That(CertificateHandlers.Of(certificate), Has.Count.EqualTo(16));
        Assert.That(CertificateHandlers.Of(null), Is.Empty);
    }

    [Test]
    public async Task A_broker_that_does_not_check_names_of_certificates_gets_no_handlers()
    {
        using var broker = new FakeBroker(id => id == BridgeKey.Id ? BridgeKey.SecretHash() : null)
        {
            ChecksCertificates = false,
        };
        var log = new LineLog();
        await using var bridge = await StartAsync(Matching(broker.Endpoint), log);
        await broker.HearAsync(MessageKind.BridgeProof);
        await broker.HearAsync(MessageKind.BridgeProof);

        Assert.That(bridge.IsLinked, Is.False);
        Assert.That(
            log.Lines.Select(line => line.Words),
            Has.Some.Contains("too old to check the names of certificates")
        );
    }

    [Test]
    public async Task A_broker_that_checks_names_of_certificates_is_linked()
    {
        using var broker = ABroker();
        await using var bridge = await StartAsync(Matching(broker.Endpoint));
        await bridge.Linked.WaitAsync(TimeSpan.FromSeconds(20));
    }

    private BridgeSettings Matching(string broker)
    {
        var files = _authority.Issue(_folder, "bridge", ["localhost"]);
        return new BridgeSettings
        {
            Urls = ["https://127.0.0.1:0"],
            Brokers = [broker],
            Key = BridgeKey.Reveal(),
            Name = "bridge-1",
            LinkTimings = FastLink,
            MatchClientNames = true,
            Tls = new TlsSettings
            {
                CertificateFiles = [files.Certificate],
                KeyFiles = [files.Key],
                ClientAuthorityFile = _authority.WriteRoot(_folder),
            },
        };
    }
}
