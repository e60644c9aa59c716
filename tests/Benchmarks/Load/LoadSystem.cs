using System.Diagnostics;
using System.Globalization;
using System.Runtime.InteropServices;
using ScheduleZero.Benchmarks.Children;
using ScheduleZero.Processes;

namespace ScheduleZero.Benchmarks.Load;

/// <summary>
/// The processes of a workload. The child processes of this program are told to stop, and write what they measured to
/// files.
/// </summary>
internal sealed class LoadSystem(LoadOptions options) : IAsyncDisposable
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
                .. options.HasSchema ? (string[])[LoadAgent.SchemaFlag] : [],
            ],
            Stage.AdminKey
        );
        await child.LineAsync("READY", Stage.StartLimit);
        return new LoadProducerProcess(child, file, jobs);
    }

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

/// <summary>An agent that notes which job it was given when.</summary>
internal sealed record LoadAgentProcess(ChildProcess Child, string File)
{
    /// <summary>The number of executions that have begun so far, repeated ones included; updated every 50 ms.</summary>
    public long Count =>
        Child.Lines.LastOrDefault(line => line.StartsWith("COUNT ", StringComparison.Ordinal)) is { } line
            ? long.Parse(line.AsSpan(6), CultureInfo.InvariantCulture)
            : 0;

    /// <summary>
    /// For each job, the instant at which its handler was first called (0 for never), and the number of calls.
    /// </summary>
    public async Task<(long[] Started, long[] Times)> ReportAsync()
    {
        Child.Say("REPORT");
        await Child.LineAsync("REPORTED", TimeSpan.FromSeconds(30));
        var all = Ticks.Read(File);
        return (all[..(all.Length / 2)], all[(all.Length / 2)..]);
    }
}

/// <summary>A producer that notes when each enqueue began and when it was answered.</summary>
internal sealed record LoadProducerProcess(ChildProcess Child, string File, int Jobs)
{
    public async Task<ProducerTimes> RunAsync(TimeSpan limit)
    {
        Child.Say("GO");
        await Child.LineAsync("RESULT", limit);
        var all = Ticks.Read(File);
        return new ProducerTimes(all[..Jobs], all[Jobs..(2 * Jobs)], all[(2 * Jobs)..]);
    }
}

/// <summary>Instants of each job, in ticks of the machine's steady clock.</summary>
/// <param name="Seen">When the producer heard of the job's end; 0 for a producer that does not listen.</param>
internal sealed record ProducerTimes(long[] Begun, long[] Answered, long[] Seen);

/// <summary>
/// Arrays of instants in a file. On Linux <see cref="Stopwatch"/> reads CLOCK_MONOTONIC, which is the same in every
/// process.
/// </summary>
internal static class Ticks
{
    public static long[] Read(string file) =>
        MemoryMarshal.Cast<byte, long>(System.IO.File.ReadAllBytes(file)).ToArray();

    public static void Write(string file, params long[][] arrays)
    {
        using var stream = System.IO.File.Create(file);
        foreach (var array in arrays)
        {
            stream.Write(MemoryMarshal.AsBytes(array.AsSpan()));
        }
    }

    public static double Milliseconds(long from, long to) => Stopwatch.GetElapsedTime(from, to).TotalMilliseconds;
}
