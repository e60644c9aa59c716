using System.Diagnostics;
using System.Globalization;
using ScheduleZero.Benchmarks.Load;
using ScheduleZero.Processes;

namespace ScheduleZero.Benchmarks.Compare;

/// <summary>The processes of a peer: its servers, and its clients as agents and producers.</summary>
internal sealed class PeerSystem : IJobSystem
{
    private static readonly TimeSpan StopLimit = TimeSpan.FromSeconds(15);

    private readonly string _peer;
    private readonly LoadOptions _options;
    private readonly Stage _stage = new();
    private readonly List<ChildProcess> _servers = [];
    private int _agents;

    private PeerSystem(string peer, LoadOptions options) => (_peer, _options) = (peer, options);

    public string Folder => _stage.Folder;

    /// <summary>Where the server is, in the words of the peer's client.</summary>
    public string Address { get; set; } = "";

    public IEnumerable<(string Name, int Process)> Servers =>
        _servers.AsEnumerable().Reverse().Select(server => (server.Name, server.Id));

    /// <param name="startServers">Starts the servers and sets the address.</param>
    public static async Task<IJobSystem> StartAsync(
        string peer,
        LoadOptions options,
        Func<PeerSystem, Task> startServers
    )
    {
        var system = new PeerSystem(peer, options);
        try
        {
            await startServers(system);
            return system;
        }
        catch (Exception e)
        {
            var said = system.Describe();
            await system.DisposeAsync();
            throw new InvalidOperationException($"{e.Message}\n{said}", e);
        }
    }

    public ChildProcess StartServer(
        string name,
        string file,
        IEnumerable<string> arguments,
        params (string Name, string Value)[] environment
    )
    {
        var server = _stage.Start(name, file, arguments, environment);
        _servers.Add(server);
        return server;
    }

    public async Task<LoadAgentProcess> StartAgentAsync(int slots)
    {
        var name = $"agent-{++_agents}";
        var file = Path.Combine(Folder, $"{name}.bin");
        var child = StartClient(
            name,
            "agent",
            ["--slots", Text(slots), "--capacity", Text(_options.Capacity), "--out", file]
        );
        await child.LineAsync("READY", Stage.StartLimit);
        return new LoadAgentProcess(child, file);
    }

    public async Task<LoadProducerProcess> StartProducerAsync(LoadOptions run, double ratePerSecond)
    {
        var file = Path.Combine(Folder, "producer.bin");
        var child = StartClient(
            "producer",
            "producer",
            [
                "--jobs",
                Text(run.Jobs),
                "--producers",
                Text(run.Producers),
                "--rate",
                ratePerSecond.ToString(CultureInfo.InvariantCulture),
                "--warm-up",
                Text(run.WarmUpJobs),
                "--out",
                file,
            ]
        );
        await child.LineAsync("READY", Stage.StartLimit);
        return new LoadProducerProcess(child, file, run.Jobs);
    }

    public Task<long?> FinishedAsync() => Task.FromResult<long?>(null);

    public string Describe() => _stage.Describe();

    public async ValueTask DisposeAsync()
    {
        foreach (var client in _stage.Children.Except(_servers).Where(client => !client.HasExited))
        {
            await client.KillAsync();
        }

        foreach (var server in _servers.AsEnumerable().Reverse().Where(server => !server.HasExited))
        {
            await StopAsync(server);
        }

        await _stage.DisposeAsync();
    }

    /// <summary>Stops a server, and kills what it has started and left behind.</summary>
    private static async Task StopAsync(ChildProcess server)
    {
        var started = ProcessMeter.ProcessTree(server.Id);
        server.Terminate();
        try
        {
            await server.ExitAsync(StopLimit);
        }
        catch (InvalidOperationException)
        {
            await server.KillAsync();
        }

        foreach (var left in started.Where(one => ProcessStat.TryRead(one.Process)?.Begun == one.Begun))
        {
            try
            {
                using var process = Process.GetProcessById(left.Process);
                process.Kill();
            }
            catch (ArgumentException)
            {
                // The process has ended meanwhile.
            }
        }
    }

    private ChildProcess StartClient(string name, string role, string[] arguments)
    {
        var server = ("PEER_SERVER", Address);
        return _peer == "redis"
            ? _stage.Start(
                name,
                "node",
                [Shipped.Find("tests/Benchmarks.Peers/bullmq.mjs"), role, .. arguments],
                ("BULLMQ", Programs.BullMqFolder),
                server
            )
            : _stage.Start(
                name,
                Path.Combine(Programs.PeersFolder, "ScheduleZero.Benchmarks.Peers"),
                [role, _peer, .. arguments],
                server
            );
    }

    private static string Text(int number) => number.ToString(CultureInfo.InvariantCulture);
}
