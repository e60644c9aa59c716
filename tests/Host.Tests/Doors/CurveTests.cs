using System.Text;
using NetMQ;
using NetMQ.Sockets;
using ScheduleZero.Broker.Host;
using ScheduleZero.Contracts.Handlers;
using ScheduleZero.Edges;
using ScheduleZero.Zmtp.Curve;

namespace ScheduleZero.Host.Tests.Doors;

/// <summary>A whole Broker whose ROUTER is secured with CURVE, and NetMQ as its client.</summary>
[FixtureLifeCycle(LifeCycle.InstancePerTestCase)]
internal sealed class CurveTests : IAsyncDisposable
{
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(30);

    /// <summary>Long enough for a peer that is let in; a peer that is not gets nothing however long it waits.</summary>
    private static readonly TimeSpan Silence = TimeSpan.FromSeconds(2);

    private readonly string _folder = Directory.CreateTempSubdirectory("schedulezero-curve-").FullName;
    private readonly CurveKeyPair _server = CurveKeyPair.Generate();
    private readonly CurveKeyPair _client = CurveKeyPair.Generate();
    private RunningBroker _broker = null!;

    private string Allowed => Path.Combine(_folder, "allowed");

    [SetUp]
    public async Task StartAsync()
    {
        var key = Path.Combine(_folder, "broker.curve");
        CurveKeyFile.Create(key, _server, DateTimeOffset.UnixEpoch);
        await File.WriteAllTextAsync(Allowed, $"{_client.Public} the test");
        _broker = await BrokerServer.StartAsync(
            new BrokerSettings
            {
                DataFolder = Path.Combine(_folder, "data"),
                Urls = ["http://127.0.0.1:0"],
                Router = ["tcp://127.0.0.1:0"],
                Curve = new CurveSettings { KeyFiles = [key], Allow = Allowed },
            },
            null,
            CancellationToken.None
        );
    }

    public async ValueTask DisposeAsync()
    {
        await _broker.DisposeAsync();
        Directory.Delete(_folder, recursive: true);
    }

    [Test]
    public void A_client_on_the_list_is_heard()
    {
        using var dealer = Dial(_client, _server.Public);
        Assert.That(IsGreeted(dealer, Limit), Is.True);
    }

    [Test]
    public void A_client_that_is_not_on_the_list_is_not_heard()
    {
        using var dealer = Dial(CurveKeyPair.Generate(), _server.Public);
        Assert.That(IsGreeted(dealer, Silence), Is.False);
    }

    [Test]
    public void A_client_that_was_taken_off_the_list_does_not_come_back()
    {
        File.WriteAllText(Allowed, "# nobody");
        using var dealer = Dial(_client, _server.Public);
        Assert.That(IsGreeted(dealer, Silence), Is.False);
    }

    [Test]
    public void A_plaintext_client_is_not_heard()
    {
        using var dealer = new DealerSocket();
        dealer.Options.Linger = TimeSpan.Zero;
        dealer.Connect(_broker.Router[0]);
        Assert.That(IsGreeted(dealer, Silence), Is.False);
    }

    private DealerSocket Dial(CurveKeyPair key, CurvePublicKey server)
    {
        var dealer = new DealerSocket();
        dealer.Options.Linger = TimeSpan.Zero;
        dealer.Options.CurveServerKey = server.Bytes.ToArray();
        dealer.Options.CurveCertificate = new NetMQCertificate(key.Secret.ToArray(), key.Public.Bytes.ToArray());
        dealer.Connect(_broker.Router[0]);
        return dealer;
    }

    private static bool IsGreeted(DealerSocket dealer, TimeSpan limit)
    {
        var heartbeat = ProtocolJson.Write(new Heartbeat(1, []));
        dealer.TrySendMultipartMessage(
            limit,
            new NetMQMessage([
                [],
                Encoding.ASCII.GetBytes("SZ1 Heartbeat"),
                heartbeat,
            ])
        );
        var answer = new NetMQMessage();
        return dealer.TryReceiveMultipartMessage(limit, ref answer!)
            && Encoding.ASCII.GetString(answer[1].ToByteArray()) == "SZ1 Greet";
    }
}
