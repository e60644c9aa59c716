using NetMQ;
using NetMQ.Sockets;
using ScheduleZero.Contracts.Handlers;
using ScheduleZero.Edges;
using ScheduleZero.Hostile;
using ScheduleZero.Zmtp.Curve;

namespace ScheduleZero.Bridge.Tests;

/// <summary>Links that are secured with CURVE, in both directions.</summary>
[FixtureLifeCycle(LifeCycle.InstancePerTestCase)]
internal sealed class LinkCurveTests : BridgeFixture
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(20);

    private readonly string _folder = Directory.CreateTempSubdirectory("sz-link-").FullName;
    private readonly CurveKeyPair _bridgePair = CurveKeyPair.Generate();
    private readonly NetMQCertificate _brokerPair = new();
    private readonly LineLog _log = new();

    [SetUp]
    public void WriteKey() => CurveKeyFile.Create(KeyFile, _bridgePair, DateTimeOffset.UnixEpoch);

    [TearDown]
    public void Clean()
    {
        _log.Dispose();
        Directory.Delete(_folder, recursive: true);
    }

    [Test]
    public async Task Bridge_dials_a_broker_that_proves_the_pinned_key()
    {
        using var broker = ABroker(secure: AsServer);
        await using var bridge = await StartAsync(
            Settings(broker.Endpoint, curve: Dialling(new CurvePublicKey(_brokerPair.PublicKey)))
        );
        await bridge.Linked.WaitAsync(Patience);
        await AssertTalksAsync(bridge, broker);
    }

    [Test]
    public async Task Wrong_key_of_the_broker_is_told_within_ten_seconds()
    {
        var other = CurveKeyPair.Generate().Public;
        using var broker = ABroker(secure: AsServer);
        await using var bridge = await StartAsync(Settings(broker.Endpoint, curve: Dialling(other)), _log);

        Assert.That(await LineAsync(3205), Does.Contain($"CURVE key {other}"));
        Assert.That(bridge.IsLinked, Is.False);
    }

    [Test]
    public async Task Broker_without_CURVE_is_not_linked_and_told()
    {
        using var broker = ABroker();
        await using var bridge = await StartAsync(
            Settings(broker.Endpoint, curve: Dialling(new CurvePublicKey(_brokerPair.PublicKey))),
            _log
        );

        Assert.That(await LineAsync(3205), Does.Contain("CURVE").Or.Contain("plaintext"));
        Assert.That(broker.TakeAll(), Is.Empty, "Nothing of the Bridge goes out before CURVE.");
    }

    [TestCase(true)]
    [TestCase(false)]
    public async Task Bridge_listens_for_a_broker_whose_key_is_allowed(bool isNamed)
    {
        await using var bridge = await StartAsync(
            Settings("@tcp://127.0.0.1:0", curve: Listening(isNamed ? _brokerPair : null))
        );
        using var broker = ABroker(Dialled(bridge), AsClient);
        await bridge.Linked.WaitAsync(Patience);
        await AssertTalksAsync(bridge, broker);
    }

    [Test]
    public async Task Broker_whose_key_is_not_allowed_is_refused_and_told()
    {
        await using var bridge = await StartAsync(
            Settings("@tcp://127.0.0.1:0", curve: Listening(new NetMQCertificate())),
            _log
        );
        using var broker = ABroker(Dialled(bridge), AsClient);

        Assert.That(await LineAsync(3262), Does.Contain($"{new CurvePublicKey(_brokerPair.PublicKey)}"));
        Assert.That(broker.TakeAll(), Is.Empty);
        Assert.That(bridge.IsLinked, Is.False);
    }

    [Test]
    public async Task Broker_whose_key_is_taken_off_the_list_loses_its_link()
    {
        var listening = Listening(_brokerPair);
        await using var bridge = await StartAsync(Settings("@tcp://127.0.0.1:0", curve: listening), _log);
        using var broker = ABroker(Dialled(bridge), AsClient);
        await bridge.Linked.WaitAsync(Patience);

        await File.WriteAllTextAsync(listening.Allow!, "# nobody");

        Assert.That(await LineAsync(3267), Does.Contain($"{new CurvePublicKey(_brokerPair.PublicKey)}"));
        Assert.That(await LineAsync(3202), Does.Contain("CURVE key is not allowed"));
        Assert.That(bridge.IsLinked, Is.False);
    }

    [Test]
    public async Task Plaintext_peer_is_refused_where_CURVE_is_on()
    {
        await using var bridge = await StartAsync(Settings("@tcp://127.0.0.1:0", curve: Listening(_brokerPair)), _log);
        using var plain = ABroker(Dialled(bridge));
        var line = await LineAsync(3262);
        Assert.That(line, Does.Contain("CURVE").Or.Contain("plaintext"));
        Assert.That(plain.TakeAll(), Is.Empty);

        using var broker = ABroker(Dialled(bridge), AsClient);
        await bridge.Linked.WaitAsync(Patience);
        await AssertTalksAsync(bridge, broker);
    }

    [Test]
    public void Remote_links_are_allowed_with_CURVE_and_lack_nothing()
    {
        var dialling = new BridgeSettings
        {
            Key = BridgeKey.Reveal(),
            Brokers = ["tcp://broker.example:4242"],
            Curve = Dialling(_bridgePair.Public),
        };
        var listening = new BridgeSettings
        {
            Key = BridgeKey.Reveal(),
            Brokers = ["@tcp://0.0.0.0:4242"],
            Curve = Listening(null),
        };
        Assert.That(dialling.Validate, Throws.Nothing);
        Assert.That(listening.Validate, Throws.Nothing);
    }

    [TestCase("tcp://broker.example:4242", "--curve-server")]
    [TestCase("@tcp://0.0.0.0:4242", "--curve-allow")]
    public void Settings_that_lack_a_part_of_CURVE_are_refused(string broker, string missing) =>
        Assert.That(
            () =>
                BridgeArguments
                    .Read(
                        ["--broker", broker, "--curve-key", KeyFile],
                        name => name == BridgeArguments.KeyVariable ? BridgeKey.Reveal() : null
                    )
                    .Validate(),
            Throws.TypeOf<BridgeSettingsException>().With.Message.Contains(missing)
        );

    [Test]
    public void Flags_and_variables_give_the_keys()
    {
        var variables = new Dictionary<string, string>
        {
            ["SCHEDULEZERO_CURVE_KEY"] = KeyFile,
            ["SCHEDULEZERO_CURVE_SERVER"] = "a b",
            ["SCHEDULEZERO_CURVE_ALLOW"] = "any",
        };
        var byVariable = BridgeArguments.Read([], variables.GetValueOrDefault).Curve;
        var byFlag = BridgeArguments
            .Read(["--curve-key", "x", "y", "--curve-server", "z", "--curve-allow", "f"], variables.GetValueOrDefault)
            .Curve;

        Assert.That(byVariable.KeyFiles, Is.EqualTo(new[] { KeyFile }));
        Assert.That(byVariable.ServerKeys, Is.EqualTo(new[] { "a", "b" }));
        Assert.That(byVariable.Allow, Is.EqualTo("any"));
        Assert.That(byFlag.KeyFiles, Is.EqualTo(new[] { "x", "y" }));
        Assert.That(byFlag.ServerKeys, Is.EqualTo(new[] { "z" }));
        Assert.That(byFlag.Allow, Is.EqualTo("f"));
    }

    private string KeyFile => Path.Combine(_folder, "bridge.key");

    private static string Dialled(RunningBridge bridge) => $">{bridge.Brokers[0].TrimStart('@')}";

    private static async Task AssertTalksAsync(RunningBridge bridge, FakeBroker broker)
    {
        var (handler, number) = await AWelcomedHandlerAsync(bridge, broker);
        await using var _ = handler;
        await broker.SayAsync(number, new Probe("sealed"));
        Assert.That(await handler.HearAsync(MessageKind.Probe), Does.Contain("sealed"));
        await handler.SendAsync(MessageKind.Report, $$"""{"events":["{{new string('x', 300_000)}}"]}""");
        Assert.That((await broker.HearAsync(MessageKind.Report)).Body, Has.Length.GreaterThan(300_000));
    }

    private void AsServer(RouterSocket router)
    {
        router.Options.CurveServer = true;
        router.Options.CurveCertificate = _brokerPair;
    }

    private void AsClient(RouterSocket router)
    {
        router.Options.CurveServerKey = _bridgePair.Public.Bytes.ToArray();
        router.Options.CurveCertificate = _brokerPair;
    }

    private CurveSettings Dialling(CurvePublicKey server) => new() { KeyFiles = [KeyFile], ServerKeys = [server.Text] };

    /// <param name="allowed">Null: all keys are.</param>
    private CurveSettings Listening(NetMQCertificate? allowed)
    {
        if (allowed is null)
        {
            return new CurveSettings { KeyFiles = [KeyFile], Allow = "any" };
        }

        var list = Path.Combine(_folder, "allowed");
        File.WriteAllText(list, $"# The Broker.\n{new CurvePublicKey(allowed.PublicKey)}\n");
        return new CurveSettings { KeyFiles = [KeyFile], Allow = list };
    }

    /// <summary>The first line of the log with this id, which comes within ten seconds.</summary>
    private async Task<string> LineAsync(int id)
    {
        using var patience = new CancellationTokenSource(TimeSpan.FromSeconds(10));
        while (true)
        {
            if (_log.Lines.FirstOrDefault(line => line.Id == id).Words is { } words)
            {
                return words;
            }

            await Task.Delay(20, patience.Token);
        }
    }
}
