using System.Collections.Concurrent;
using System.Net;
using System.Runtime.Versioning;
using System.Security.Cryptography.X509Certificates;
using ScheduleZero.Acme.Challenges;
using ScheduleZero.Edges.Tls;

namespace ScheduleZero.Acme.Tests.Listeners;

/// <summary>Brokers and Bridges that get their certificate from a true CA, which comes to their listeners.</summary>
[FixtureLifeCycle(LifeCycle.InstancePerTestCase)]
[UnsupportedOSPlatform("windows")]
public sealed class PebbleListenerTests : AcmeFixture
{
    [SetUp]
    public void Require() => RequirePebble();

    [Test]
    public async Task A_certificate_comes_by_HTTP_01_through_the_listener_that_redirects([Values] Kind kind)
    {
        await using var pebble = await Pebble.StartAsync();
        await using var server = await StartAsync(kind, pebble, ByHttp(pebble));
        await PassUntilLoggedAsync(7101);
        await RequireIssuedAsync(server, pebble);

        using var plain = new HttpClient(new SocketsHttpHandler { AllowAutoRedirect = false });
        using var unknown = await AskAsync(plain, server, HttpChallengeResponses.PathPrefix + "token");
        Assert.That(unknown.StatusCode, Is.EqualTo(HttpStatusCode.NotFound));
        using var page = await AskAsync(plain, server, "/health/live");
        Assert.That((int)page.StatusCode, Is.EqualTo(308));
    }

    [Test]
    public async Task A_certificate_comes_by_TLS_ALPN_01_through_the_https_listener([Values] Kind kind)
    {
        await using var pebble = await Pebble.StartAsync();
        await using var server = await StartAsync(kind, pebble, ByTls(pebble));
        await PassUntilLoggedAsync(7101);
        await RequireIssuedAsync(server, pebble);
        Assert.That(await server.CertificateForAsync(Name, "acme-tls/1"), Is.Null, "Nothing is being checked now.");
        Assert.That(await server.CertificateForAsync(Name, "acme-tls/1", "http/1.1"), Is.Not.Null, "This is a client.");
    }

    [Test]
    public async Task A_CA_of_handlers_certificates_does_not_keep_the_CA_of_ours_out()
    {
        await using var pebble = await Pebble.StartAsync();
        var handlers = new TestAuthority();
        var file = Path.Combine(Folder, "handlers.pem");
        await File.WriteAllTextAsync(file, handlers.Root.ExportCertificatePem());
        var tls = ByTls(pebble) with { ClientAuthorityFile = file };
        await using var server = await StartAsync(Kind.Bridge, pebble, tls);
        await PassUntilLoggedAsync(7101);
        using var client = server.Client(await pebble.FetchRootAsync());
        Assert.That(
            async () => await client.GetAsync(new Uri($"https://{Name}/health/live")),
            Throws.TypeOf<HttpRequestException>(),
            "Clients still need a certificate."
        );
    }

    [Test]
    public async Task A_certificate_is_renewed_while_requests_run_and_none_fails(
        [Values] Kind kind,
        [Values] bool byHttp
    )
    {
        await using var pebble = await Pebble.StartAsync();
        var before = new TestAuthority();
        var tls = byHttp ? ByHttp(pebble) : ByTls(pebble);
        // Chance decides on which of the next three days the renewal begins.
        Store(tls.Acme, before, TimeSpan.FromDays(57));
        await using var server = await StartAsync(kind, pebble, tls);
        await Time.NextSleepAsync();
        await server.RequireServedAsync(Name, before.Root);
        Assert.That(Log.Count(5074), Is.Zero);

        using var stop = new CancellationTokenSource();
        var issuers = new ConcurrentDictionary<string, int>();
        X509Certificate2[] roots = [before.Root, await pebble.FetchRootAsync()];
        using var kept = server.Client(roots);
        var asking = Task.WhenAll(
            AskOnAsync(server, kept, stop.Token),
            AskAnewAsync(server, roots, issuers, stop.Token)
        );
        await PassUntilLoggedAsync(7101);
        await RequireIssuedAsync(server, pebble);
        await stop.CancelAsync();
        await asking;
        Assert.That(issuers.Keys, Has.Some.Contain("Test root"));
        Assert.That(Log.Errors, Is.Empty);
    }

    [Test]
    public async Task A_CA_that_is_down_at_the_start_is_waited_for([Values] Kind kind, [Values] bool byHttp)
    {
        await using var pebble = Pebble.Prepare();
        await using var server = await StartAsync(kind, pebble, byHttp ? ByHttp(pebble) : ByTls(pebble));
        await Log.FirstAsync(7102);
        await Time.NextSleepAsync();
        Assert.That(await server.CertificateForAsync(Name), Is.Null);
        Assert.That(await server.CertificateForAsync(""), Is.Null);
        Assert.That(Log.Texts(5074).Single(), Does.Contain(Name).And.Contain(pebble.Directory));
        Assert.That(Log.Texts(5075).First(), Does.Contain(Name));
        Assert.That(Log.Texts(7102).First(), Does.Contain("cannot be reached").And.Contain("Next attempt at"));

        await pebble.RunAsync();
        await PassUntilLoggedAsync(7101);
        await RequireIssuedAsync(server, pebble);
        Assert.That(Log.Errors, Is.Empty);
    }

    [Test]
    public async Task The_next_start_takes_the_certificate_from_the_folder_and_needs_no_CA()
    {
        X509Certificate2 root;
        TlsSettings tls;
        await using (var pebble = await Pebble.StartAsync())
        {
            tls = ByTls(pebble);
            await using var first = await StartAsync(Kind.Bridge, pebble, tls);
            await PassUntilLoggedAsync(7101);
            root = await pebble.FetchRootAsync();
        }

        await using var second = await AcmeServer.StartAsync(Kind.Bridge, Folder, 0, tls, Log);
        await second.RequireServedAsync(Name, root);
        Assert.That(Log.Count(7101), Is.EqualTo(1));
    }

    private TlsSettings ByHttp(Pebble pebble) =>
        new()
        {
            RedirectUrl = $"http://127.0.0.1:{pebble.HttpPort}",
            Acme = Order(pebble.Directory, pebble.DirectoryRoot, Name, OtherName),
        };

    private TlsSettings ByTls(Pebble pebble) =>
        new() { Acme = Order(pebble.Directory, pebble.DirectoryRoot, Name, OtherName) };

    private Task<AcmeServer> StartAsync(Kind kind, Pebble pebble, TlsSettings tls) =>
        AcmeServer.StartAsync(kind, Folder, pebble.TlsPort, tls, Log);

    private static async Task RequireIssuedAsync(AcmeServer server, Pebble pebble)
    {
        var root = await pebble.FetchRootAsync();
        await server.RequireServedAsync(Name, root);
        await server.RequireServedAsync(OtherName, root);
    }

    private static async Task<HttpResponseMessage> AskAsync(HttpClient client, AcmeServer server, string path)
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, new Uri(server.Plain, path));
        request.Headers.Host = Name;
        return await client.SendAsync(request);
    }

    /// <summary>Asks again and again on one connection.</summary>
    private static async Task AskOnAsync(AcmeServer server, HttpClient client, CancellationToken stop)
    {
        while (!stop.IsCancellationRequested)
        {
            await server.RequireServedAsync(Name, client);
        }
    }

    /// <summary>Asks again and again on new connections, and notes who issued their certificates.</summary>
    private static async Task AskAnewAsync(
        AcmeServer server,
        X509Certificate2[] roots,
        ConcurrentDictionary<string, int> issuers,
        CancellationToken stop
    )
    {
        while (!stop.IsCancellationRequested)
        {
            await server.RequireServedAsync(Name, roots);
            using var certificate = await server.CertificateForAsync(OtherName);
            issuers.AddOrUpdate(certificate!.Issuer, 1, static (_, count) => count + 1);
        }
    }
}
