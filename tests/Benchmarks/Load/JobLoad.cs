using System.Text.Json.Nodes;

namespace ScheduleZero.Benchmarks.Load;

/// <summary>Jobs that are posted as fast as possible, or one now and then.</summary>
internal static class JobLoad
{
    private const double LatencyJobsPerSecond = 20;

    public static async Task<JsonObject> RunAsync(LoadSystem system, LoadOptions options)
    {
        await system.StartServersAsync(needsBridge: !options.IsZeroMq);
        var run = await JobRun.MeasureAsync(system, options, options.IsLatency ? LatencyJobsPerSecond : 0);
        var result = new JsonObject
        {
            ["mode"] = options.IsLatency ? "latency" : "throughput",
            ["carrier"] = options.IsZeroMq ? "zeromq" : "signalr",
            ["curve"] = options.IsCurve,
            ["sealed"] = options.IsSealed,
            ["producers"] = options.Producers,
            ["batch"] = options.Batch,
            ["gather"] = options.Gathers,
            ["agents"] = options.Agents,
        };
        foreach (var (name, value) in run.ToJson())
        {
            result[name] = value?.DeepClone();
        }

        return result;
    }
}
