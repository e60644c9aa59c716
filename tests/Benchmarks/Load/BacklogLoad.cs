using System.Text.Json.Nodes;
using ScheduleZero.Benchmarks.Children;

namespace ScheduleZero.Benchmarks.Load;

/// <summary>
/// Measures what many waiting jobs cost: memory, a restart, and the rate of the jobs that run beside them.
/// </summary>
internal static class BacklogLoad
{
    private const int SmallBacklog = 1_000;
    private const int BatchMax = 1_000;

    public static async Task<JsonObject> RunAsync(LoadSystem system, LoadOptions options)
    {
        await system.StartServersAsync(needsBridge: !options.IsZeroMq);
        await FillAsync(system, SmallBacklog);
        var beside1000 = await JobRun.MeasureAsync(system, options);
        await system.RestartBrokerAsync(kill: false);
        var emptyMib = ProcessMeter.RssMib(system.Broker.Id);

        await FillAsync(system, options.Backlog - SmallBacklog);
        await JobRun.SettleAsync(system.Broker);
        var fullMib = ProcessMeter.RssMib(system.Broker.Id);
        var afterStop = await system.RestartBrokerAsync(kill: false);
        var afterKill = await system.RestartBrokerAsync(kill: true);
        var restartedMib = ProcessMeter.RssMib(system.Broker.Id);
        var waiting = (await system.Stage.Client.StatsAsync()).Ready;

        var besideAll = await JobRun.MeasureAsync(system, options);
        var drained = await DrainAsync(system, options);
        return new JsonObject
        {
            ["mode"] = "backlog",
            ["backlog"] = options.Backlog,
            ["waiting_after_restart"] = waiting,
            ["broker_rss_1000_mib"] = Figures.Round(emptyMib, 0),
            ["broker_rss_mib"] = Figures.Round(fullMib, 0),
            ["broker_rss_restarted_mib"] = Figures.Round(restartedMib, 0),
            ["broker_peak_rss_mib"] = Figures.Round(ProcessMeter.PeakRssMib(system.Broker.Id), 0),
            ["restart_s"] = Figures.Round(afterStop.TotalSeconds),
            ["restart_after_kill_s"] = Figures.Round(afterKill.TotalSeconds),
            ["jobs_per_s_beside_1000"] = Figures.Round(beside1000.JobsPerSecond, 0),
            ["jobs_per_s_beside_all"] = Figures.Round(besideAll.JobsPerSecond, 0),
            ["ratio"] = Figures.Round(besideAll.JobsPerSecond / beside1000.JobsPerSecond),
            ["drained_per_s"] = Figures.Round(drained, 0),
            ["lost"] =
                options.Backlog - waiting + beside1000.Jobs - beside1000.Distinct + besideAll.Jobs - besideAll.Distinct,
            ["complete"] = beside1000.IsComplete && besideAll.IsComplete,
        };
    }

    private static async Task FillAsync(LoadSystem system, int jobs)
    {
        if (jobs <= 0)
        {
            return;
        }

        var producer = await system.StartProducerAsync(jobs, producers: 4, BatchMax, method: LoadAgent.MethodOfNobody);
        await producer.RunAsync(TimeSpan.FromMinutes(30));
        await producer.Child.KillAsync();
    }

    /// <summary>Lets an agent run the first waiting jobs, and returns their rate.</summary>
    private static async Task<double> DrainAsync(LoadSystem system, LoadOptions options)
    {
        var jobs = Math.Min(options.Jobs, options.Backlog);
        var agent = await system.StartAgentAsync(Math.Max(options.Backlog, SmallBacklog), LoadAgent.MethodOfNobody);
        await JobRun.ReachesAsync(() => agent.Count, jobs);
        var (started, _) = await agent.ReportAsync();
        await agent.Child.KillAsync();
        var starts = started.Where(at => at != 0).Order().Take(jobs).ToArray();
        return starts.Length / (Ticks.Milliseconds(starts[0], starts[^1]) / 1000);
    }
}
