using ScheduleZero.Bridge;
using ScheduleZero.Contracts.Rest;
using ScheduleZero.HandlerAgent;

namespace ScheduleZero.Dashboard.Tests;

/// <summary>A Bridge and handlers of a test's Broker, in this process.</summary>
internal sealed class TestFleet : IAsyncDisposable
{
    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("sz-fleet-");
    private readonly TestBroker _broker;
    private readonly RunningBridge _bridge;
    private readonly Dictionary<string, RunningAgent> _agents = [];
    private readonly CancellationTokenSource _stopping = new();

    private TestFleet(TestBroker broker, RunningBridge bridge) => (_broker, _bridge) = (broker, bridge);

    /// <summary>Cancelled when the test ends, so that methods which would run for ever end too.</summary>
    public CancellationToken Stopping => _stopping.Token;

    public static async Task<TestFleet> StartAsync(TestBroker broker)
    {
        var key = await broker.Admin.Keys.CreateAsync(new KeyRequest { Kind = KeyKind.Bridge, Name = "dmz-1" });
        var bridge = await BridgeServer.StartAsync(
            new BridgeSettings
            {
                Urls = ["http://127.0.0.1:0"],
                Brokers = broker.Router,
                Key = key.Key,
                Name = "dmz-1",
            },
            logging: null,
            CancellationToken.None
        );
        await bridge.Linked;
        return new TestFleet(broker, bridge);
    }

    /// <summary>The address that agents dial.</summary>
    public string BridgeUrl => _bridge.Urls[0];

    /// <summary>Starts a handler, which offers what <paramref name="register"/> gives it.</summary>
    /// <param name="configure">Sets further options of the agent; null for none.</param>
    public async Task AddHandlerAsync(
        string name,
        Action<AgentBuilder> register,
        Action<HandlerAgentOptions>? configure = null,
        string ns = "default"
    )
    {
        var key = await _broker
            .In(ns)
            .Keys.CreateAsync(
                new KeyRequest
                {
                    Kind = KeyKind.Handler,
                    Handler = name,
                    Groups = ["*"],
                }
            );
        var agent = Start(
            name,
            options =>
            {
                options.Handler = name;
                options.ApiKey = key.Key;
                configure?.Invoke(options);
            },
            register
        );
        await agent.WaitForWelcomeAsync(CancellationToken.None);
    }

    /// <summary>
    /// Does what the pasted line does: enrols an agent with a token, and starts the agent with its new key.
    /// </summary>
    public async Task EnrolAsync(string token, string name)
    {
        var enrolled = await AgentEnrolment.EnrolAsync(
            new Uri(BridgeUrl),
            token,
            null,
            new IdentityPlace(_folder.FullName, $"{name}.json")
        );
        await StartEnrolled(name, enrolled.IdentityFile).WaitForWelcomeAsync(CancellationToken.None);
    }

    /// <summary>
    /// Copies the identity of an enrolled handler that does not run, lets the original connect, and then the copy.
    /// </summary>
    /// <param name="isConfirmed">Completes when the Broker has heard that the original came through.</param>
    public async Task StartCopyAsync(string name, Func<Task> isConfirmed)
    {
        var (original, copy) = (FileOf(name), FileOf($"{name}-copy"));
        File.Copy(original, copy);
        await StartEnrolled(name, original).WaitForWelcomeAsync(CancellationToken.None);
        await isConfirmed();
        await StopHandlerAsync(name);
        StartEnrolled(name, copy);
    }

    /// <summary>Stops a handler, so that the Broker knows it and it is away.</summary>
    public async Task StopHandlerAsync(string name)
    {
        _agents.Remove(name, out var agent);
        await agent!.DisposeAsync();
    }

    public async ValueTask DisposeAsync()
    {
        await _stopping.CancelAsync();
        await Task.WhenAll(_agents.Values.Select(agent => agent.DisposeAsync().AsTask()));
        await _bridge.DisposeAsync();
        _stopping.Dispose();
        _folder.Delete(recursive: true);
    }

    private string FileOf(string name) => Path.Combine(_folder.FullName, $"{name}.json");

    private RunningAgent StartEnrolled(string name, string identityFile) =>
        Start(
            name,
            options =>
            {
                options.Handler = name;
                options.IdentityFile = identityFile;
            },
            agent => agent.Handle<object>("host.name", (_, _) => Task.CompletedTask)
        );

    private RunningAgent Start(string name, Action<HandlerAgentOptions> configure, Action<AgentBuilder> register)
    {
        var builder = AgentBuilder.Create(options =>
        {
            options.Bridges.Add(BridgeUrl);
            configure(options);
        });
        register(builder);
        return _agents[name] = builder.Start();
    }
}
