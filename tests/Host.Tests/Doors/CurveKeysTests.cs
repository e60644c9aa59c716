using System.Net;
using System.Runtime.Versioning;
using ScheduleZero.Bridge;
using ScheduleZero.Broker.Host;
using ScheduleZero.Client;
using ScheduleZero.Contracts;
using ScheduleZero.Contracts.Rest;
using ScheduleZero.Edges;
using ScheduleZero.HandlerAgent;
using ScheduleZero.Zmtp.Connections;
using ScheduleZero.Zmtp.Curve;
using ScheduleZero.Zmtp.Wire;

namespace ScheduleZero.Host.Tests.Doors;

/// <summary>A whole Broker whose ROUTER has CURVE, and the keys that admins and enrolments let in.</summary>
[FixtureLifeCycle(LifeCycle.InstancePerTestCase)]
internal sealed class CurveKeysTests : IAsyncDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);

    private readonly string _folder = Directory.CreateTempSubdirectory("schedulezero-curve-keys-").FullName;
    private readonly CurveKeyPair _server = CurveKeyPair.Generate();
    private readonly CurveKeyPair _client = CurveKeyPair.Generate();
    private readonly string _admin = ApiKey.Generate().Reveal();
    private RunningBroker _broker = null!;
    private ScheduleZeroClient _rest = null!;

    private string Listed => Path.Combine(_folder, "listed");

    public async ValueTask DisposeAsync()
    {
        _rest?.Dispose();
        if (_broker is not null)
        {
            await _broker.DisposeAsync();
        }

        Directory.Delete(_folder, recursive: true);
    }

    [Test]
    public async Task A_key_that_an_admin_allows_comes_in_until_it_is_revoked_and_its_connection_is_cut()
    {
        await StartAsync(withFile: false);
        Assert.That(await FailureAsync(_client), Is.EqualTo(ZmtpFailure.KeyNotAllowed));

        var allowed = await AllowAsync(_client);
        await using var connection = await DialAsync(_client);
        Assert.That((await _rest.CurveKeys.ListAsync()).Items.Single().Allowed, Is.True);

        await _rest.CurveKeys.RevokeAsync(allowed.Id);
        await EndAsync(connection);
        Assert.That(await FailureAsync(_client), Is.EqualTo(ZmtpFailure.KeyNotAllowed));
    }

    [Test]
    public async Task Allowed_keys_outlive_a_restart()
    {
        await StartAsync(withFile: false);
        await AllowAsync(_client);
        _rest.Dispose();
        await _broker.DisposeAsync();
        await StartAsync(withFile: false);
        await using var connection = await DialAsync(_client);
    }

    [Test]
    public async Task A_peer_may_have_two_keys_while_one_is_being_replaced()
    {
        await StartAsync(withFile: false);
        var next = CurveKeyPair.Generate();
        var old = await AllowAsync(_client);
        await AllowAsync(next);
        await using var before = await DialAsync(_client);
        await using var after = await DialAsync(next);
        await _rest.CurveKeys.RevokeAsync(old.Id);
        await EndAsync(before);
        Assert.That(after.Ended.IsCancellationRequested, Is.False);
    }

    [Test]
    public async Task A_key_that_expires_loses_its_connection()
    {
        await StartAsync(withFile: false);
        await AllowAsync(_client, TimeProvider.System.GetUtcNow() + TimeSpan.FromSeconds(2));
        await using var connection = await DialAsync(_client);
        await EndAsync(connection);
        Assert.That((await _rest.CurveKeys.ListAsync()).Items, Is.Empty);
    }

    [Test]
    public async Task File_and_store_count_beside_each_other_and_a_line_that_is_taken_off_cuts_its_connection()
    {
        await File.WriteAllTextAsync(Listed, $"{_client.Public} by file");
        await StartAsync(withFile: true);
        var stored = CurveKeyPair.Generate();
        await AllowAsync(stored);
        await using var listed = await DialAsync(_client);
        await using var other = await DialAsync(stored);

        await File.WriteAllTextAsync(Listed, "# nobody");
        await EndAsync(listed);
        Assert.That(other.Ended.IsCancellationRequested, Is.False);
    }

    [Test]
    public async Task An_enrolment_brings_the_agents_curve_key_which_falls_with_the_agents_own()
    {
        await StartAsync(withFile: false);
        var bridgeCurve = CurveKeyPair.Generate();
        await AllowAsync(bridgeCurve);
        await using var bridge = await StartBridgeAsync(bridgeCurve);
        var token = await _rest.Enrolments.CreateAsync(new EnrolmentRequest { Handler = "office-7" });
        var enrolled = await AgentEnrolment.EnrolAsync(
            new Uri(bridge.Urls[0]),
            token.Token,
            null,
            new IdentityPlace(Path.Combine(_folder, "agent")),
            new AgentDialOptions { CurveKeyFile = WritePair(_client) }
        );
        Assert.That(enrolled.CurveAllowed, Is.True);
        var row = (await _rest.CurveKeys.ListAsync()).Items.Single(key => key.PublicKey == _client.Public.Text);
        Assert.That((row.Name, row.Namespace, row.Handler), Is.EqualTo(("office-7", "default", "office-7")));

        await using var agent = StartAgent(options => options.IdentityFile = enrolled.IdentityFile);
        await agent.WaitForWelcomeAsync().WaitAsync(Patience);
        await using var connection = await DialAsync(_client);

        await _rest.Keys.RevokeAsync(enrolled.KeyId);
        await EndAsync(connection);
        Assert.That(await FailureAsync(_client), Is.EqualTo(ZmtpFailure.KeyNotAllowed));
        row = (await _rest.CurveKeys.ListAsync()).Items.Single(key => key.PublicKey == _client.Public.Text);
        Assert.That(row.Allowed, Is.False);
        var noted = (await _rest.Audit.ListAsync()).Items;
        Assert.That(
            noted.Select(happened => (happened.Action, happened.Object)),
            Does.Contain(("curve:allow", $"curve:{CurveKeyId.Of(_client.Public.Text)}"))
        );
    }

    [Test]
    public async Task Where_any_key_may_connect_none_is_allowed_or_revoked_in_vain()
    {
        await StartAsync(withFile: false, "any");
        await using var connection = await DialAsync(_client);

        var revoked = Assert.ThrowsAsync<ScheduleZeroException>(() =>
            _rest.CurveKeys.RevokeAsync(CurveKeyId.Of(_client.Public.Text))
        );
        Assert.That(revoked!.Status, Is.EqualTo(HttpStatusCode.Conflict));
        Assert.That(revoked.Problem!.Detail, Does.Contain("keeps nobody out").And.Contain("keys revoke"));
        var allowed = Assert.ThrowsAsync<ScheduleZeroException>(() => AllowAsync(_client));
        Assert.That(allowed!.Problem!.Detail, Does.Contain("changes nothing").And.Contain("--curve-allow FILE"));
        Assert.That((await _rest.CurveKeys.ListAsync()).Items, Is.Empty);
    }

    [Test]
    public async Task A_stolen_handler_is_shut_out_by_its_api_key_where_any_curve_key_may_connect()
    {
        await StartAsync(withFile: false, "any");
        var key = await _rest.Keys.CreateAsync(new KeyRequest { Kind = KeyKind.Handler, Handler = "office-7" });
        await using var agent = StartAgent(options => options.ApiKey = key.Key);
        await agent.WaitForWelcomeAsync().WaitAsync(Patience);

        await _rest.Keys.RevokeAsync(key.Id);

        Assert.That(async () => await agent.Completion.WaitAsync(Patience), Throws.Exception);
        Assert.That((await _rest.Handlers.GetAsync("office-7")).Online, Is.False);
    }

    [Test]
    [UnsupportedOSPlatform("windows")] // Which has no modes of files.
    public async Task A_file_that_others_may_write_is_refused_at_the_start()
    {
        await File.WriteAllTextAsync(Listed, $"{_client.Public} by file");
        File.SetUnixFileMode(Listed, File.GetUnixFileMode(Listed) | UnixFileMode.GroupWrite);
        Assert.That(
            () => StartAsync(withFile: true),
            Throws.TypeOf<BrokerSettingsException>().With.Message.Contains($"chmod go-w {Listed}")
        );
    }

    [TestCase(true)]
    [TestCase(false)]
    public async Task A_key_of_the_file_is_not_revoked_in_vain(bool isInStoreToo)
    {
        await File.WriteAllTextAsync(Listed, $"{_client.Public} by file");
        await StartAsync(withFile: true);
        var id = CurveKeyId.Of(_client.Public.Text);
        if (isInStoreToo)
        {
            await AllowAsync(_client);
        }

        var refused = Assert.ThrowsAsync<ScheduleZeroException>(() => _rest.CurveKeys.RevokeAsync(id));
        Assert.That(refused!.Problem!.Detail, Does.Contain("Take its line off the file"));

        await using var connection = await DialAsync(_client);
        await File.WriteAllTextAsync(Listed, "# nobody");
        if (isInStoreToo)
        {
            await _rest.CurveKeys.RevokeAsync(id);
        }

        await EndAsync(connection);
    }

    private async Task StartAsync(bool withFile, string? allow = null)
    {
        _broker = await BrokerServer.StartAsync(
            new BrokerSettings
            {
                DataFolder = Path.Combine(_folder, "data"),
                Urls = ["http://127.0.0.1:0"],
                Router = ["tcp://127.0.0.1:0"],
                BootstrapKey = _admin,
                Curve = new CurveSettings { KeyFiles = [WritePair(_server)], Allow = withFile ? Listed : allow },
            },
            logging: null,
            CancellationToken.None
        );
        _rest = new ScheduleZeroClient(
            new ScheduleZeroClientOptions { Server = new Uri(_broker.Urls[0]), ApiKey = _admin }
        );
    }

    private async Task<RunningBridge> StartBridgeAsync(CurveKeyPair own)
    {
        var key = await _rest.Keys.CreateAsync(new KeyRequest { Kind = KeyKind.Bridge, Name = "bridge" });
        return await BridgeServer.StartAsync(
            new BridgeSettings
            {
                Urls = ["http://127.0.0.1:0"],
                Brokers = [_broker.Router[0]],
                Key = key.Key,
                Name = "bridge",
                Curve = new CurveSettings { KeyFiles = [WritePair(own)], ServerKeys = [_server.Public.Text] },
            },
            logging: null,
            CancellationToken.None
        );
    }

    private RunningAgent StartAgent(Action<HandlerAgentOptions> prove) =>
        AgentBuilder
            .Create(options =>
            {
                options.Handler = "office-7";
                prove(options);
                options.Bridges.Add(_broker.Router[0]);
                options.CurveKeyFile = WritePair(_client);
                options.CurveServerKeys.Add(_server.Public.Text);
                options.SettleTimeout = TimeSpan.Zero;
            })
            .Handle("echo", (RawJson p, JobContext job) => Task.FromResult(p))
            .Start();

    private string WritePair(CurveKeyPair pair)
    {
        var file = Path.Combine(_folder, $"{Guid.NewGuid():N}.curve");
        CurveKeyFile.Create(file, pair, DateTimeOffset.UnixEpoch);
        return file;
    }

    private Task<CurveKeyView> AllowAsync(CurveKeyPair pair, DateTimeOffset? expiresAt = null) =>
        _rest.CurveKeys.AllowAsync(
            new CurveKeyRequest
            {
                PublicKey = pair.Public.Text,
                Name = "the-test",
                ExpiresAt = expiresAt,
            }
        );

    private async Task<ZmtpConnection> DialAsync(CurveKeyPair own)
    {
        Assert.That(ZmtpEndpoint.TryParse(_broker.Router[0], out var endpoint), Is.True);
        return await ZmtpDial.OnceAsync(
            endpoint!,
            new ZmtpSecurity.CurveClient(own, _server.Public),
            new ZmtpOptions("DEALER", ["ROUTER"], new ZmtpLimits(), TimeProvider.System),
            Patience,
            new ByteBudget(1024 * 1024),
            CancellationToken.None
        );
    }

    private async Task<ZmtpFailure> FailureAsync(CurveKeyPair own)
    {
        try
        {
            await using var connection = await DialAsync(own);
        }
        catch (ZmtpException e)
        {
            return e.Failure;
        }

        throw new AssertionException("The key was let in.");
    }

    private static async Task EndAsync(ZmtpConnection connection)
    {
        using var limit = new CancellationTokenSource(Patience);
        try
        {
            while (true)
            {
                await connection.ReceiveAsync(limit.Token);
            }
        }
        catch (ZmtpException)
        {
            // The Broker has cut the connection.
        }
    }
}
