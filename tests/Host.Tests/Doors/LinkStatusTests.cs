using System.Net;
using System.Net.Http.Headers;
using System.Net.Sockets;
using ScheduleZero.Bridge;
using ScheduleZero.Broker.Host;
using ScheduleZero.Client;
using ScheduleZero.Contracts;
using ScheduleZero.Contracts.Rest;
using ScheduleZero.Edges;
using ScheduleZero.Zmtp.Curve;

namespace ScheduleZero.Host.Tests.Doors;

/// <summary>Whole Brokers and Bridges, and what REST says of the links between them.</summary>
[FixtureLifeCycle(LifeCycle.InstancePerTestCase)]
internal sealed class LinkStatusTests : IAsyncDisposable
{
    /// <summary>Within this time a link must say why it is down.</summary>
    private static readonly TimeSpan TellLimit = TimeSpan.FromSeconds(10);

    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);

    private readonly string _folder = Directory.CreateTempSubdirectory("schedulezero-links-").FullName;
    private readonly CurveKeyPair _brokerKey = CurveKeyPair.Generate();
    private readonly CurveKeyPair _bridgeKey = CurveKeyPair.Generate();
    private readonly string _admin = ApiKey.Generate().Reveal();
    private readonly List<RunningBridge> _bridges = [];
    private RunningBroker _broker = null!;
    private ScheduleZeroClient _client = null!;

    public async ValueTask DisposeAsync()
    {
        foreach (var bridge in _bridges)
        {
            await bridge.DisposeAsync();
        }

        _client?.Dispose();
        if (_broker is not null)
        {
            await _broker.DisposeAsync();
        }

        Directory.Delete(_folder, recursive: true);
    }

    [Test]
    public async Task A_broker_that_dials_says_that_nobody_listens_and_when_it_tries_again()
    {
        var port = FreePort();
        await StartBrokerAsync([$">tcp://127.0.0.1:{port}"], Curve(_brokerKey, _bridgeKey.Public));
        var link = await LinkAsync(link => link.LastError?.Reason == LinkErrorReason.Refused, TellLimit);
        Assert.That(
            (link.Address, link.DialledBy, link.State),
            Is.EqualTo(($"tcp://127.0.0.1:{port}", LinkDialler.Broker, LinkState.Down))
        );
        Assert.That(link.LastError!.Detail, Does.Contain("Nobody listens"));
        Assert.That(
            await ReadTextAsync(),
            Does.Contain("\"dialledBy\":\"broker\",\"state\":\"down\"").And.Contain("\"reason\":\"refused\"")
        );
        await LinkAsync(tried => tried.Attempts > link.Attempts && tried.NextTryAt is not null, TellLimit);
    }

    [TestCase("wrong server key", LinkErrorReason.WrongServerKey)]
    [TestCase("key not allowed", LinkErrorReason.KeyNotAllowed)]
    [TestCase("plaintext", LinkErrorReason.PlaintextPeer)]
    public async Task A_broker_that_dials_says_what_is_wrong_with_its_bridge(string wrong, LinkErrorReason reason)
    {
        var port = FreePort();
        var expected = wrong == "wrong server key" ? CurveKeyPair.Generate().Public : _bridgeKey.Public;
        await StartBrokerAsync([$">tcp://127.0.0.1:{port}"], Curve(_brokerKey, expected));
        var allowed = wrong == "key not allowed" ? CurveKeyPair.Generate() : _brokerKey;
        await StartBridgeAsync(
            $"@tcp://127.0.0.1:{port}",
            wrong == "plaintext" ? new CurveSettings() : Curve(_bridgeKey, null, allowed.Public)
        );
        var link = await LinkAsync(link => link.LastError?.Reason == reason, TellLimit);
        Assert.That(link.State, Is.Not.EqualTo(LinkState.Up));
    }

    [TestCase("key not allowed", LinkErrorReason.KeyNotAllowed)]
    [TestCase("plaintext", LinkErrorReason.PlaintextPeer)]
    [TestCase("wrong server key", LinkErrorReason.WrongServerKey)]
    public async Task A_broker_that_listens_says_why_it_refused_whoever_dialled(string wrong, LinkErrorReason reason)
    {
        var allowed = wrong == "key not allowed" ? CurveKeyPair.Generate() : _bridgeKey;
        await StartBrokerAsync(["tcp://127.0.0.1:0"], Curve(_brokerKey, null, allowed.Public));
        var expected = wrong == "wrong server key" ? CurveKeyPair.Generate().Public : _brokerKey.Public;
        await StartBridgeAsync(
            _broker.Router[0],
            wrong == "plaintext" ? new CurveSettings() : Curve(_bridgeKey, expected)
        );
        var link = await LinkAsync(link => link.LastError?.Reason == reason, TellLimit);
        Assert.That(
            (link.Address, link.DialledBy, link.State),
            Is.EqualTo(("127.0.0.1", LinkDialler.Peer, LinkState.Down))
        );
    }

    [Test]
    public async Task Several_links_of_both_kinds_are_up_and_one_that_goes_is_down()
    {
        var (one, two) = (FreePort(), FreePort());
        await StartBrokerAsync(
            [$">tcp://127.0.0.1:{one}", $">tcp://127.0.0.1:{two}", "tcp://127.0.0.1:0"],
            Curve(_brokerKey, _bridgeKey.Public, _bridgeKey.Public)
        );
        await StartBridgeAsync($"@tcp://127.0.0.1:{one}", Curve(_bridgeKey, null, _brokerKey.Public), "dmz-1");
        await StartBridgeAsync($"@tcp://127.0.0.1:{two}", Curve(_bridgeKey, null, _brokerKey.Public), "dmz-2");
        var dialling = await StartBridgeAsync(_broker.Router[2], Curve(_bridgeKey, _brokerKey.Public), "dmz-3");
        foreach (var bridge in new[] { "dmz-1", "dmz-2", "dmz-3" })
        {
            await LinkAsync(link => link.State == LinkState.Up && link.Bridges.Contains(bridge), Patience);
        }

        _bridges.Remove(dialling);
        await dialling.DisposeAsync();
        var gone = await LinkAsync(link => link.State == LinkState.Down && link.Bridges.Contains("dmz-3"), Patience);
        Assert.That(gone.DialledBy, Is.EqualTo(LinkDialler.Peer));
    }

    [Test]
    public async Task A_bridge_that_is_linked_says_its_version()
    {
        await StartBrokerAsync(["tcp://127.0.0.1:0"], new CurveSettings());
        await StartBridgeAsync(_broker.Router[0], new CurveSettings());
        var link = await LinkAsync(link => link.State == LinkState.Up, Patience);
        Assert.That(
            link.BridgeVersions,
            Is.EquivalentTo(new Dictionary<string, string> { ["dmz-1"] = (await _client.StatsAsync()).Version })
        );
    }

    [Test]
    public async Task A_bridge_with_an_unknown_key_is_shown_as_refused()
    {
        await StartBrokerAsync(["tcp://127.0.0.1:0"], new CurveSettings());
        await StartBridgeAsync(_broker.Router[0], new CurveSettings(), key: ApiKey.Generate().Reveal());
        var link = await LinkAsync(link => link.LastError?.Reason == LinkErrorReason.Refused, TellLimit);
        Assert.That(link.LastError!.Detail, Does.Contain("its key is unknown"));
    }

    private async Task<string> ReadTextAsync()
    {
        using var http = new HttpClient { BaseAddress = new Uri(_broker.Urls[0]) };
        http.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", _admin);
        return await http.GetStringAsync("/api/links");
    }

    private static int FreePort()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        return ((IPEndPoint)listener.LocalEndpoint).Port;
    }

    private CurveSettings Curve(CurveKeyPair own, CurvePublicKey? server, params CurvePublicKey[] allowed)
    {
        var file = Path.Combine(_folder, $"{Guid.NewGuid():N}.curve");
        CurveKeyFile.Create(file, own, DateTimeOffset.UnixEpoch);
        var list = $"{file}.allow";
        File.WriteAllLines(list, allowed.Select(key => key.Text));
        return new CurveSettings
        {
            KeyFiles = [file],
            ServerKeys = server is null ? [] : [server.Text],
            Allow = allowed.Length == 0 ? null : list,
        };
    }

    private async Task StartBrokerAsync(string[] router, CurveSettings curve)
    {
        _broker = await BrokerServer.StartAsync(
            new BrokerSettings
            {
                DataFolder = Path.Combine(_folder, "data"),
                Urls = ["http://127.0.0.1:0"],
                Router = router,
                BootstrapKey = _admin,
                RequestsPerMinute = Limits.RequestsPerMinuteMax,
                Curve = curve,
            },
            logging: null,
            CancellationToken.None
        );
        _client = new ScheduleZeroClient(
            new ScheduleZeroClientOptions { Server = new Uri(_broker.Urls[0]), ApiKey = _admin }
        );
    }

    private async Task<RunningBridge> StartBridgeAsync(
        string broker,
        CurveSettings curve,
        string name = "dmz-1",
        string? key = null
    )
    {
        key ??= (await _client.Keys.CreateAsync(new KeyRequest { Kind = KeyKind.Bridge, Name = name })).Key;
        var bridge = await BridgeServer.StartAsync(
            new BridgeSettings
            {
                Urls = ["http://127.0.0.1:0"],
                Brokers = [broker],
                Key = key,
                Name = name,
                Curve = curve,
            },
            logging: null,
            CancellationToken.None
        );
        _bridges.Add(bridge);
        return bridge;
    }

    /// <summary>Waits until a link is as it should be.</summary>
    private async Task<LinkView> LinkAsync(Predicate<LinkView> isRight, TimeSpan limit)
    {
        using var deadline = new CancellationTokenSource(limit);
        while (true)
        {
            var links = (await _client.Links.ListAsync(500)).Items;
            if (links.FirstOrDefault(link => isRight(link)) is { } found)
            {
                return found;
            }

            if (deadline.IsCancellationRequested)
            {
                throw new AssertionException($"No link is so: {string.Join(Environment.NewLine, links)}");
            }

            await Task.Delay(TimeSpan.FromMilliseconds(50));
        }
    }
}
