using System.Reflection;
using ScheduleZero.Bridge;
using ScheduleZero.Broker.Host;
using ScheduleZero.Broker.Storage;
using ScheduleZero.Client;
using ScheduleZero.Contracts;
using ScheduleZero.Contracts.Rest;
using ScheduleZero.HandlerAgent;

namespace ScheduleZero.Host.Tests.LiveObjects;

/// <summary>
/// A Broker, a Bridge and two handlers in this process, one handler on each carrier, with a real store.
/// </summary>
internal sealed class WholeSystem : IAsyncDisposable
{
    public const string Method = "growth.work";

    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(120);

    private readonly string _folder = Directory.CreateTempSubdirectory("schedulezero-growth-").FullName;
    private readonly List<RunningAgent> _agents = [];
    private RunningBroker _broker = null!;
    private RunningBridge _bridge = null!;

    public ScheduleZeroClient Client { get; private set; } = null!;

    /// <summary>
    /// The objects that live as long as the processes. Everything that can be reached from them stays in memory.
    /// </summary>
    public IEnumerable<object> Roots =>
        [
            _broker,
            _bridge,
            .. _agents,
            .. new[]
            {
                typeof(RunningBroker),
                typeof(RunningBridge),
                typeof(RunningAgent),
                typeof(IBrokerStore),
                typeof(Limits),
                typeof(ScheduleZero.Broker.Core.BrokerCore),
            }
                .SelectMany(type => type.Assembly.GetTypes())
                .SelectMany(StaticsOf),
        ];

    public static async Task<WholeSystem> StartAsync()
    {
        var system = new WholeSystem();
        var admin = ApiKey.Generate().Reveal();
        system._broker = await BrokerServer.StartAsync(
            new BrokerSettings
            {
                DataFolder = system._folder,
                Urls = ["http://127.0.0.1:0"],
                Router = ["tcp://127.0.0.1:0"],
                BootstrapKey = admin,
                RequestsPerMinute = Limits.RequestsPerMinuteMax,
                AnonymousRequestsPerMinute = Limits.RequestsPerMinuteMax,
            },
            logging: null,
            CancellationToken.None
        );
        system.Client = new ScheduleZeroClient(
            new ScheduleZeroClientOptions { Server = new Uri(system._broker.Urls[0]), ApiKey = admin }
        );
        var bridgeKey = await system.Client.Keys.CreateAsync(new KeyRequest { Kind = KeyKind.Bridge, Name = "bridge" });
        system._bridge = await BridgeServer.StartAsync(
            new BridgeSettings
            {
                Urls = ["http://127.0.0.1:0"],
                Brokers = [system._broker.Router[0]],
                Key = bridgeKey.Key,
                Name = "bridge",
            },
            logging: null,
            CancellationToken.None
        );
        await system.AddAgentAsync("by-bridge", system._bridge.Urls[0]);
        await system.AddAgentAsync("straight", system._broker.Router[0]);
        return system;
    }

    /// <summary>
    /// Lets the store move everything that waits in its journal: the removal of a namespace begins with that, here of
    /// one that nobody has. On a busy machine the store finds no idle time in which it would do so by itself.
    /// </summary>
    public async Task SettleAsync() => await _broker.Store.PurgeAsync("nobody", CancellationToken.None);

    public async ValueTask DisposeAsync()
    {
        foreach (var agent in _agents)
        {
            await agent.DisposeAsync();
        }

        await _bridge.DisposeAsync();
        Client.Dispose();
        await _broker.DisposeAsync();
        Directory.Delete(_folder, recursive: true);
    }

    private static IEnumerable<object> StaticsOf(Type type) =>
        type.ContainsGenericParameters
            ? []
            : type.GetFields(
                    BindingFlags.Static | BindingFlags.Public | BindingFlags.NonPublic | BindingFlags.DeclaredOnly
                )
                .Where(field => !field.IsLiteral && !field.FieldType.IsPointer && !field.FieldType.IsByRefLike)
                .Select(field => field.GetValue(null))
                .OfType<object>();

    private async Task AddAgentAsync(string handler, string address)
    {
        var key = await Client.Keys.CreateAsync(new KeyRequest { Kind = KeyKind.Handler, Handler = handler });
        var builder = AgentBuilder.Create(options =>
        {
            options.Handler = handler;
            options.ApiKey = key.Key;
            options.Capacity = 64;
            options.Bridges.Add(address);
        });
        builder.Handle<RawJson, RawJson>(
            Method,
            (said, job) =>
            {
                job.Log(Microsoft.Extensions.Logging.LogLevel.Information, $"at {said}");
                job.ReportProgress(50, "half of it");
                return said.ToString().Contains("fails", StringComparison.Ordinal)
                    ? throw new JobFailedException("asked", "as asked", retryable: false)
                    : Task.FromResult(said);
            }
        );
        var agent = builder.Start();
        _agents.Add(agent);
        await agent.WaitForWelcomeAsync().WaitAsync(Patience);
    }
}
