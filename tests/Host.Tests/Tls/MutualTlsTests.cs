using ScheduleZero.Authorities;
using ScheduleZero.Bridge;
using ScheduleZero.Broker.Host;
using ScheduleZero.Client;
using ScheduleZero.Contracts;
using ScheduleZero.Contracts.Rest;
using ScheduleZero.Edges.Tls;
using ScheduleZero.HandlerAgent;

namespace ScheduleZero.Host.Tests.Tls;

/// <summary>A Broker, a Bridge that asks for certificates, and agents that show theirs.</summary>
[FixtureLifeCycle(LifeCycle.InstancePerTestCase)]
internal sealed class MutualTlsTests : IDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);

    private readonly TestAuthority _authority = new();
    private readonly string _folder = Directory.CreateTempSubdirectory("schedulezero-mutual-tls-").FullName;
    private readonly string _root;

    public MutualTlsTests() => _root = _authority.WriteRoot(_folder);

    public void Dispose()
    {
        _authority.Dispose();
        Directory.Delete(_folder, recursive: true);
    }

    [TestCase("x", "spiffe://example.org/default/office-7")]
    [TestCase("default/office-7")]
    [TestCase("default/office-8", "spiffe://example.org/default/office-7", "spiffe://example.org/default/office-9")]
    public async Task A_handler_comes_in_with_a_certificate_that_names_it(string commonName, params string[] uris)
    {
        await using var site = await StartAsync(matchNames: true);
        await using var agent = site.StartAgent(Issue(commonName, uris), _root);
        await agent.WaitForWelcomeAsync().WaitAsync(Patience);
    }

    [TestCase("names default/office-8:", "x", "spiffe://example.org/default/office-8")]
    [TestCase("names no handler:", "default/office-7", "spiffe://example.org/default/office-7/more")]
    [TestCase("names no handler:", "office-7", "https://example.org/default/office-7")]
    [TestCase("names shop/office-7:", "shop/office-7")]
    public async Task A_handler_with_the_certificate_of_another_is_refused_and_that_is_noted(
        string words,
        string commonName,
        params string[] uris
    )
    {
        await using var site = await StartAsync(matchNames: true);
        await using var agent = site.StartAgent(Issue(commonName, uris), _root);

        var stopped = Assert.ThrowsAsync<AgentStoppedException>(() => agent.Completion.WaitAsync(Patience))!;

        Assert.That(stopped.Code, Is.EqualTo(ErrorCodes.Forbidden));
        Assert.That(stopped.Message, Does.Contain("must name default/office-7, and " + words));
        var denied = await site.Client.Audit.ListAsync();
        Assert.That(
            denied.Items.Any(happened =>
                happened is { Action: "sessions:open", Outcome: "denied", Actor: "handler:office-7" }
            )
        );
    }

    [Test]
    public async Task Without_the_option_any_certificate_of_the_authority_will_do()
    {
        await using var site = await StartAsync(matchNames: false);
        await using var agent = site.StartAgent(Issue("somebody"), _root);
        await agent.WaitForWelcomeAsync().WaitAsync(Patience);
    }

    [Test]
    public void The_option_needs_authorities_and_comes_from_flag_or_variable()
    {
        Assert.That(Read(["--match-client-names"], null).MatchClientNames, Is.True);
        Assert.That(Read([], "true").MatchClientNames, Is.True);
        Assert.That(Read([], "false").MatchClientNames, Is.False);
        Assert.That(() => Read([], "yes"), Throws.TypeOf<BridgeSettingsException>());
        Assert.That(
            () => Read(["--match-client-names"], null).Validate(),
            Throws.TypeOf<BridgeSettingsException>().With.Message.Contains("--match-client-names needs --client-ca")
        );
    }

    private static BridgeSettings Read(string[] arguments, string? variable) =>
        BridgeArguments.Read(arguments, name => name == "SCHEDULEZERO_BRIDGE_MATCH_CLIENT_NAMES" ? variable : null);

    private ServerFiles Issue(string commonName, params string[] uris) =>
        _authority.Issue(_folder, "handler", uris, purpose: TestAuthority.ClientPurpose, commonName: commonName);

    private async Task<Site> StartAsync(bool matchNames)
    {
        var admin = ApiKey.Generate().Reveal();
        var broker = await BrokerServer.StartAsync(
            new BrokerSettings
            {
                DataFolder = Path.Combine(_folder, "data"),
                Urls = ["http://127.0.0.1:0"],
                Router = ["tcp://127.0.0.1:0"],
                BootstrapKey = admin,
            },
            logging: null,
            CancellationToken.None
        );
        var client = new ScheduleZeroClient(
            new ScheduleZeroClientOptions { Server = new Uri(broker.Urls[0]), ApiKey = admin }
        );
        var bridgeKey = await client.Keys.CreateAsync(new KeyRequest { Kind = KeyKind.Bridge, Name = "bridge" });
        var files = _authority.Issue(_folder, "bridge", ["localhost"]);
        var bridge = await BridgeServer.StartAsync(
            new BridgeSettings
            {
                Urls = ["https://127.0.0.1:0"],
                Brokers = [broker.Router[0]],
                Key = bridgeKey.Key,
                Name = "bridge",
                MatchClientNames = matchNames,
                Tls = new TlsSettings
                {
                    CertificateFiles = [files.Certificate],
                    KeyFiles = [files.Key],
                    ClientAuthorityFile = _root,
                },
            },
            logging: null,
            CancellationToken.None
        );
        var key = await client.Keys.CreateAsync(new KeyRequest { Kind = KeyKind.Handler, Handler = "office-7" });
        return new Site(broker, bridge, client, key.Key);
    }

    /// <summary>The servers of one test, and the key of handler office-7.</summary>
    private sealed record Site(RunningBroker Broker, RunningBridge Bridge, ScheduleZeroClient Client, string Key)
        : IAsyncDisposable
    {
        public RunningAgent StartAgent(ServerFiles certificate, string root) =>
            AgentBuilder
                .Create(options =>
                {
                    options.Handler = "office-7";
                    options.ApiKey = Key;
                    options.Bridges.Add($"https://localhost:{new Uri(Bridge.Urls[0]).Port}");
                    options.CertificateAuthorityFile = root;
                    options.ClientCertificateFile = certificate.Certificate;
                    options.ClientKeyFile = certificate.Key;
                    options.SettleTimeout = TimeSpan.Zero;
                })
                .Handle("echo", (RawJson p, JobContext job) => Task.FromResult(p))
                .Start();

        public async ValueTask DisposeAsync()
        {
            await Bridge.DisposeAsync();
            Client.Dispose();
            await Broker.DisposeAsync();
        }
    }
}
