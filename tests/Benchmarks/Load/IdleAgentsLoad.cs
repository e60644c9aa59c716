using System.Text.Json.Nodes;
using ScheduleZero.Benchmarks.Children;

namespace ScheduleZero.Benchmarks.Load;

/// <summary>Measures what idle handlers cost.</summary>
internal static class IdleAgentsLoad
{
    private static readonly TimeSpan Window = TimeSpan.FromSeconds(30);

    public static async Task<JsonObject> RunAsync(LoadSystem system, LoadOptions options)
    {
        await system.StartServersAsync(needsBridge: true);
        // The first connections compile code and fill pools. That cost is not the cost of one more connection.
        var first = await ConnectAsync(system, Math.Min(50, options.IdleAgents));
        await JobRun.SettleAsync(system.Broker);
        var bridgeBefore = ProcessMeter.RssMib(system.Bridge!.Id);
        var brokerBefore = ProcessMeter.RssMib(system.Broker.Id);
        var crowd = await ConnectAsync(system, options.IdleAgents);
        await JobRun.SettleAsync(system.Broker);

        var cpu = new CpuMeter([.. system.Servers]);
        await Task.Delay(Window);
        var reading = cpu.Read();
        var online = (await system.Stage.Client.StatsAsync()).Sessions;
        var bridgeAfter = ProcessMeter.RssMib(system.Bridge.Id);
        var brokerAfter = ProcessMeter.RssMib(system.Broker.Id);
        await first.KillAsync();
        await crowd.KillAsync();
        return new JsonObject
        {
            ["mode"] = "idle-agents",
            ["idle_agents"] = options.IdleAgents,
            ["sessions"] = online,
            ["bridge_rss_mib"] = Figures.Round(bridgeAfter, 1),
            ["bridge_kib_per_connection"] = Figures.Round((bridgeAfter - bridgeBefore) * 1024 / options.IdleAgents, 1),
            ["bridge_cpu_percent"] = Figures.Round(Share(reading, "bridge"), 1),
            ["broker_kib_per_connection"] = Figures.Round((brokerAfter - brokerBefore) * 1024 / options.IdleAgents, 1),
            ["broker_cpu_percent"] = Figures.Round(Share(reading, "broker"), 1),
            ["other_cores"] = Figures.Round(reading.OtherCores),
        };
    }

    private static double Share(CpuReading reading, string name) =>
        100 * reading.ByProcess.Single(used => used.Name == name).Seconds / reading.Elapsed;

    private static async Task<Processes.ChildProcess> ConnectAsync(LoadSystem system, int count)
    {
        var crowd = system.StartOwn(
            "crowd",
            [IdleCrowd.Verb, "--bridge", system.Stage.BridgeUrl(), "--count", $"{count}"]
        );
        await crowd.LineAsync("READY", TimeSpan.FromMinutes(3));
        return crowd;
    }
}
