using System.Diagnostics;
using System.Globalization;
using ScheduleZero.Benchmarks.Children;
using ScheduleZero.Processes;

namespace ScheduleZero.Benchmarks.Load;

/// <summary>
/// The processes of a workload. The child processes of this program are told to stop, and write what they measured to
/// files.
/// </summary>
internal sealed class LoadSystem(LoadOptions options) : IJobSystem
{
    public const string HandlerName = "load";

    private string? _handlerKey;
    private LoadSecurity? _security;
    private int _agents;

    public Stage Stage { get; } = new();

    public ChildProcess Broker { get; private set; } = null!;

    public ChildProcess? Bridge { get; private set; }

    public IEnumerable<(string Name, int Process)> Servers =>
        Bridge is null ? [("broker", Broker.Id)] : [("broker", Broker.Id), ("bridge", Bridge.Id)];

    public async Task StartServersAsync(bool needsBridge)
    {
        _security = await LoadSecurity.CreateAsync(Stage, options);
        Broker = await Stage.StartBrokerAsync(_security.OfBroker);
        Bridge = needsBridge ? await Stage.StartBridgeAsync(environment: _security.OfBridge) : null;
        _handlerKey = (await Stage.CreateHandlerKeyAsync(HandlerName)).Key;
        await _security.SealAsync();
    }

    /// <summary>Starts the Broker again on its data, and returns how long it took until its ready line.</summary>
    public async Task<TimeSpan> RestartBrokerAsync(bool kill)
    {
        if (kill)
        {
            await Broker.KillAsync();
        }
        else
        {
            Broker.Terminate();
            await Broker.ExitAsync(TimeSpan.FromMinutes(1));
        }

        var start = Stopwatch.GetTimestamp();
        Broker = await Stage.StartBrokerAsync(_security!.OfBroker);
        return Stopwatch.GetElapsedTime(start);
    }

    /// <param name="slots">The agent may get jobs with numbers from 0 up to this.</param>
    public async Task<LoadAgentProcess> StartAgentAsync(int slots, string method = LoadAgent.MethodDefault)
    {
        var name = $"agent-{++_agents}";
        var file = Path.Combine(Stage.Folder, $"{name}.bin");
        var address = options.IsZeroMq ? Stage.Router : Stage.BridgeUrl();
        var credentials = await _security!.ArgumentsOfAgentAsync(name, address);
        var child = StartOwn(
            name,
            [
                LoadAgent.Verb,
                "--bridge",
                address,
                "--slots",
                Text(slots),
                "--capacity",
                Text(options.Capacity),
                "--method",
                method,
                "--out",
                file,
                .. credentials,
                .. options.HasSchema ? (string[])[LoadAgent.SchemaFlag] : [],
            ]
        );
        await child.LineAsync("READY", Stage.StartLimit);
        return new LoadAgentProcess(child, file);
    }

    public async Task<LoadProducerProcess> StartProducerAsync(
        int jobs,
        int producers,
        int batch,
        double ratePerSecond = 0,
        string method = LoadAgent.MethodDefault,
        int warmUp = 0
    )
    {
        var file = Path.Combine(Stage.Folder, "producer.bin");
        var child = StartOwn(
            "producer",
            [
                LoadProducer.Verb,
                "--server",
                Stage.Rest.AbsoluteUri,
                "--jobs",
                Text(jobs),
                "--producers",
                Text(producers),
                "--batch",
                Text(batch),
                "--rate",
                ratePerSecond.ToString(CultureInfo.InvariantCulture),
                "--method",
                method,
                "--warm-up",
                Text(warmUp),
                "--out",
                file,
                .. options.IsRaw ? (string[])[LoadProducer.RawFlag] : [],
                .. options.IgnoresEvents ? (string[])[LoadProducer.NoEventsFlag] : [],
                .. options.Gathers ? [] : (string[])[LoadProducer.NoGatherFlag],
            ],
            Stage.AdminKey
        );
        await child.LineAsync("READY", Stage.StartLimit);
        return new LoadProducerProcess(child, file, jobs);
    }

    Task<LoadAgentProcess> IJobSystem.StartAgentAsync(int slots) => StartAgentAsync(slots);

    Task<LoadProducerProcess> IJobSystem.StartProducerAsync(LoadOptions run, double ratePerSecond) =>
        StartProducerAsync(run.Jobs, run.Producers, run.Batch, ratePerSecond, warmUp: run.WarmUpJobs);

    public async Task<long?> FinishedAsync() => (await Stage.Client.StatsAsync()).Finished;

    public string Describe() => Stage.Describe();

    public ChildProcess StartOwn(string name, IEnumerable<string> arguments, string? key = null) =>
        Stage.Start(
            name,
            Path.Combine(AppContext.BaseDirectory, "ScheduleZero.Benchmarks"),
            arguments,
            ("SCHEDULEZERO_API_KEY", key ?? _handlerKey!)
        );

    public ValueTask DisposeAsync() => Stage.DisposeAsync();

    private static string Text(int number) => number.ToString(CultureInfo.InvariantCulture);
}
