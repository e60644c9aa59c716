using ScheduleZero.Client;
using ScheduleZero.Contracts;
using ScheduleZero.Contracts.Rest;

namespace ScheduleZero.Processes;

/// <summary>
/// A Broker and its Bridges as real processes, with a folder and ports of their own. A process that is started again
/// has the same address. Disposing kills all processes and removes the folder.
/// </summary>
internal sealed class Stage : IAsyncDisposable
{
    /// <summary>How long a process may take to be ready. Generous, since a build may run on the same cores.</summary>
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

    /// <summary>
    /// A setting that raises the limit of requests: tests and the load tool call REST more often than people do.
    /// </summary>
    public static (string Name, string Value) Unhurried => ("SCHEDULEZERO_REQUESTS_PER_MINUTE", "10000000");

    public string AdminKey { get; } = ApiKey.Generate().Reveal();

    public ScheduleZeroClient Client { get; }

    public string DataFolder => Path.Combine(Folder, "data");

    /// <summary>Every process that was started, also those that have ended.</summary>
    public IReadOnlyList<ChildProcess> Children => _children;

    public string[] BrokerArguments =>
        ["broker", "--data", DataFolder, "--urls", Rest.AbsoluteUri.TrimEnd('/'), "--router", Router];

    /// <param name="environment">Variables beside those that the Broker needs.</param>
    public async Task<ChildProcess> StartBrokerAsync(params (string Name, string Value)[] environment)
    {
        var broker = BeginBroker(environment);
        await broker.LineAsync("ready: broker", StartLimit);
        return broker;
    }

    /// <summary>Starts a Broker without waiting for its ready line, which may never come.</summary>
    public ChildProcess BeginBroker(params (string Name, string Value)[] environment) =>
        Start(
            "broker",
            Shipped.ScheduleZero,
            BrokerArguments,
            [("SCHEDULEZERO_BOOTSTRAP_KEY", AdminKey), Unhurried, .. environment]
        );

    /// <param name="router">The address at which the Bridge dials the Broker; null for the Broker's own.</param>
    /// <param name="environment">Variables beside those that the Bridge needs.</param>
    public async Task<ChildProcess> StartBridgeAsync(
        string name = "bridge",
        string? router = null,
        params (string Name, string Value)[] environment
    )
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
            [
                ("SCHEDULEZERO_BRIDGE_KEY", known.Key),
                // All handlers of a test or of the load tool connect from one address.
                ("SCHEDULEZERO_BRIDGE_CONNECTIONS_PER_ADDRESS", "20000"),
                .. environment,
            ]
        );
        await bridge.LineAsync("ready: bridge", StartLimit);
        return bridge;
    }

    public string BridgeUrl(string name = "bridge") => _bridges[name].Url.AbsoluteUri.TrimEnd('/');

    public Task<KeyCreated> CreateHandlerKeyAsync(string handler) =>
        Client.Keys.CreateAsync(new KeyRequest { Kind = KeyKind.Handler, Handler = handler });

    /// <summary>Starts any program. Disposing the stage kills it at the latest.</summary>
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

    /// <summary>The last output of all processes.</summary>
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
