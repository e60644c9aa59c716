using ScheduleZero.Client;
using ScheduleZero.Contracts;
using ScheduleZero.Contracts.Rest;

namespace ScheduleZero.Processes;

/// <summary>
/// A Broker and its Bridges as real processes, in a folder of their own, on ports of their own. What is started again
/// comes back under the same address. Disposing kills what still runs and removes the folder.
/// </summary>
internal sealed class Stage : IAsyncDisposable
{
    /// <summary>Generous: a build may run on the same cores.</summary>
    public static readonly TimeSpan StartLimit = TimeSpan.FromSeconds(90);

    private readonly List<ChildProcess> _children = [];
    private readonly Dictionary<string, (Uri Url, string Key)> _bridges = new(StringComparer.Ordinal);

    public Stage()
    {
        Client = new ScheduleZeroClient(
            new ScheduleZeroClientOptions
            {
                Server = Rest,
                ApiKey = AdminKey,
                ReconnectDelay = TimeSpan.FromMilliseconds(100),
            }
        );
    }

    public string Folder { get; } = Directory.CreateTempSubdirectory("schedulezero-stage-").FullName;

    public Uri Rest { get; } = new($"http://127.0.0.1:{FreePorts.Take()}");

    public string Router { get; } = $"tcp://127.0.0.1:{FreePorts.Take()}";

    /// <summary>Tests and the load tool call REST more often than people do.</summary>
    public static (string Name, string Value) Unhurried => ("SCHEDULEZERO_REQUESTS_PER_MINUTE", "10000000");

    public string AdminKey { get; } = ApiKey.Generate().Reveal();

    public ScheduleZeroClient Client { get; }

    public string DataFolder => Path.Combine(Folder, "data");

    /// <summary>Everything that was started, dead or alive.</summary>
    public IReadOnlyList<ChildProcess> Children => _children;

    public string[] BrokerArguments =>
        ["broker", "--data", DataFolder, "--urls", Rest.AbsoluteUri.TrimEnd('/'), "--router", Router];

    /// <param name="environment">Beside what it needs.</param>
    public async Task<ChildProcess> StartBrokerAsync(params (string Name, string Value)[] environment)
    {
        var broker = BeginBroker(environment);
        await broker.LineAsync("ready: broker", StartLimit);
        return broker;
    }

    /// <summary>Starts a Broker that may not come to be ready.</summary>
    public ChildProcess BeginBroker(params (string Name, string Value)[] environment) =>
        Start(
            "broker",
            Shipped.ScheduleZero,
            BrokerArguments,
            [("SCHEDULEZERO_BOOTSTRAP_KEY", AdminKey), Unhurried, .. environment]
        );

    /// <param name="router">Where it finds the Broker, if not straight.</param>
    public async Task<ChildProcess> StartBridgeAsync(string name = "bridge", string? router = null)
    {
        if (!_bridges.TryGetValue(name, out var known))
        {
            var key = await Client.Keys.CreateAsync(new KeyRequest { Kind = KeyKind.Bridge, Name = name });
            _bridges[name] = known = (new Uri($"http://127.0.0.1:{FreePorts.Take()}"), key.Key);
        }

        var bridge = Start(
            name,
            Shipped.ScheduleZero,
            ["bridge", "--urls", known.Url.AbsoluteUri.TrimEnd('/'), "--broker", router ?? Router, "--name", name],
            ("SCHEDULEZERO_BRIDGE_KEY", known.Key),
            // All handlers of a test or of the load tool come from one address.
            ("SCHEDULEZERO_BRIDGE_CONNECTIONS_PER_ADDRESS", "20000")
        );
        await bridge.LineAsync("ready: bridge", StartLimit);
        return bridge;
    }

    public string BridgeUrl(string name = "bridge") => _bridges[name].Url.AbsoluteUri.TrimEnd('/');

    public Task<KeyCreated> CreateHandlerKeyAsync(string handler) =>
        Client.Keys.CreateAsync(new KeyRequest { Kind = KeyKind.Handler, Handler = handler });

    /// <summary>Starts any program; it is killed with the stage at the latest.</summary>
    public ChildProcess Start(
        string name,
        string file,
        IEnumerable<string> arguments,
        params (string Name, string Value)[] environment
    )
    {
        var child = ChildProcess.Start(
            name,
            file,
            arguments,
            environment.Select(variable => KeyValuePair.Create(variable.Name, variable.Value))
        );
        _children.Add(child);
        return child;
    }

    /// <summary>What all of them printed last.</summary>
    public string Describe() =>
        string.Join("\n\n", _children.Select(child => $"-- {child.Name} ({child.Id})\n{child.Describe()}"));

    public async ValueTask DisposeAsync()
    {
        Client.Dispose();
        foreach (var child in _children)
        {
            await child.DisposeAsync();
        }

        Directory.Delete(Folder, recursive: true);
    }
}
