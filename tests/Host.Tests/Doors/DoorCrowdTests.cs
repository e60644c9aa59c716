using System.Net;
using System.Net.Sockets;
using Microsoft.Extensions.Logging;
using ScheduleZero.Bridge;
using ScheduleZero.Broker.Host;
using ScheduleZero.Client;
using ScheduleZero.Contracts;
using ScheduleZero.Contracts.Rest;
using ScheduleZero.HandlerAgent;
using ScheduleZero.Hostile;
using ScheduleZero.Zmtp.Connections;
using ScheduleZero.Zmtp.Wire;

namespace ScheduleZero.Host.Tests.Doors;

/// <summary>A whole Broker without CURVE, and strangers of many addresses who take all places of its ROUTER.</summary>
[FixtureLifeCycle(LifeCycle.InstancePerTestCase)]
internal sealed class DoorCrowdTests : IAsyncDisposable
{
    private const int DisplacedEvent = 1186;
    private const int BridgeLostEvent = 1102;
    private const int Strangers = 6;
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);

    private readonly string _folder = Directory.CreateTempSubdirectory("schedulezero-crowd-").FullName;
    private readonly string _admin = ApiKey.Generate().Reveal();
    private readonly LineLog _log = new();
    private readonly List<ZmtpConnection> _strangers = [];
    private RunningBroker _broker = null!;
    private ScheduleZeroClient _rest = null!;

    public async ValueTask DisposeAsync()
    {
        foreach (var stranger in _strangers)
        {
            await stranger.DisposeAsync();
        }

        _rest.Dispose();
        await _broker.DisposeAsync();
        _log.Dispose();
        Directory.Delete(_folder, recursive: true);
    }

    [Test]
    public async Task Handlers_and_bridges_come_in_and_stay_whoever_takes_all_places()
    {
        await StartAsync();
        await CrowdAsync();
        await using var bridge = await StartBridgeAsync();
        await bridge.Linked.WaitAsync(Patience);
        var key = await _rest.Keys.CreateAsync(new KeyRequest { Kind = KeyKind.Handler, Handler = "office-7" });
        await using var agent = StartAgent(key.Key);
        await agent.WaitForWelcomeAsync().WaitAsync(Patience);
        await CrowdAsync();
        await CrowdAsync();

        var job = await _rest.Jobs.EnqueueAndWaitAsync(new JobRequest { Method = "echo" }, Patience);
        Assert.That(job.State, Is.EqualTo(JobState.Succeeded));
        Assert.That((await _rest.StatsAsync()).Bridges, Is.EqualTo(1));
        Assert.That(_log.Lines.Select(line => line.Id), Has.None.EqualTo(BridgeLostEvent));
        var displaced = _log.Lines.Where(line => line.Id == DisplacedEvent).Select(line => line.Words).ToList();
        Assert.That(displaced, Is.Not.Empty.And.All.Contains("127.0.1."));
    }

    private async Task StartAsync()
    {
        _broker = await BrokerServer.StartAsync(
            new BrokerSettings
            {
                DataFolder = _folder,
                Urls = ["http://127.0.0.1:0"],
                Router = ["tcp://127.0.0.1:0"],
                BootstrapKey = _admin,
                Listening = new ListenerLimits { ConnectionsMax = Strangers, ConnectionsPerAddressMax = 4 },
            },
            logging => logging.AddProvider(_log),
            CancellationToken.None
        );
        _rest = new ScheduleZeroClient(
            new ScheduleZeroClientOptions { Server = new Uri(_broker.Urls[0]), ApiKey = _admin }
        );
    }

    /// <summary>Takes as many places as there are, two for each address.</summary>
    private async Task CrowdAsync()
    {
        for (var i = 0; i < Strangers; i++)
        {
            var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
            socket.Bind(new IPEndPoint(IPAddress.Parse($"127.0.1.{1 + (i / 2)}"), 0));
            await socket.ConnectAsync(IPEndPoint.Parse(_broker.Router[0]["tcp://".Length..]));
            _strangers.Add(
                await ZmtpHandshake.RunAsync(
                    socket,
                    new ZmtpSecurity.Plaintext(),
                    new ZmtpOptions("DEALER", ["ROUTER"], new ZmtpLimits(), TimeProvider.System),
                    new ByteBudget(1024 * 1024),
                    CancellationToken.None
                )
            );
        }
    }

    private async Task<RunningBridge> StartBridgeAsync()
    {
        var key = await _rest.Keys.CreateAsync(new KeyRequest { Kind = KeyKind.Bridge, Name = "bridge" });
        return await BridgeServer.StartAsync(
            new BridgeSettings
            {
                Urls = ["http://127.0.0.1:0"],
                Brokers = [_broker.Router[0]],
                Key = key.Key,
                Name = "bridge",
            },
            logging: null,
            CancellationToken.None
        );
    }

    private RunningAgent StartAgent(string key) =>
        AgentBuilder
            .Create(options =>
            {
                options.Handler = "office-7";
                options.ApiKey = key;
                options.Bridges.Add(_broker.Router[0]);
                options.SettleTimeout = TimeSpan.Zero;
            })
            .Handle("echo", (RawJson p, JobContext job) => Task.FromResult(p))
            .Start();
}
