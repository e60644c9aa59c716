using System.Diagnostics;
using System.Text.Json.Nodes;
using ScheduleZero.Processes;

namespace ScheduleZero.Benchmarks.Load;

/// <summary>A number of jobs that were posted, run and counted, and the cost of the run.</summary>
internal sealed record JobRun
{
    // A run in which nothing moves for this time is over.
    private static readonly TimeSpan StallLimit = TimeSpan.FromSeconds(60);
    private static readonly TimeSpan Step = TimeSpan.FromMilliseconds(20);

    public required int Jobs { get; init; }

    public required ProducerTimes Producer { get; init; }

    /// <summary>
    /// For each job, the instant at which a handler was called; 0 for a job that no handler was given.
    /// </summary>
    public required long[] Started { get; init; }

    public required long Executions { get; init; }

    /// <summary>CPU time until 0.3 s after the last handler was called.</summary>
    public required CpuReading Cpu { get; init; }

    /// <summary>CPU time until the Broker had nothing more to do, so that postponed work is included.</summary>
    public required CpuReading SettledCpu { get; init; }

    public required double PeakMemoryMib { get; init; }

    /// <summary>Whether every job was given to a handler, and the Broker has the end of each on disk.</summary>
    public required bool IsComplete { get; init; }

    public int Distinct => Started.Count(at => at != 0);

    public double Seconds => Ticks.Milliseconds(Producer.Begun.Min(), Started.Max()) / 1000;

    public double JobsPerSecond => Distinct / Seconds;

    /// <summary>The median time from a job's post to the call of its handler.</summary>
    public double StartP50Ms => StartMs(0.5);

    /// <param name="share">The percentile as a share, 0 to 1.</param>
    public double StartMs(double share) => Figures.Percentile(Starts(), share) ?? double.NaN;

    /// <summary>A percentile of the time from a job's post to its answer.</summary>
    public double EnqueueMs(double share) => Figures.Percentile(Enqueues(), share) ?? double.NaN;

    public static async Task<JobRun> MeasureAsync(IJobSystem system, LoadOptions options, double ratePerSecond = 0)
    {
        var agents = new List<LoadAgentProcess>();
        for (var i = 0; i < options.Agents; i++)
        {
            agents.Add(await system.StartAgentAsync(options.Jobs + options.WarmUpJobs));
        }

        var producer = await system.StartProducerAsync(options, ratePerSecond);
        Require(
            await ReachesAsync(() => Count(agents), options.WarmUpJobs),
            "The warm-up jobs did not all run.",
            system
        );
        var finishedBefore = await WarmAsync(system, options.WarmUpJobs);

        List<(string, int)> processes =
        [
            .. system.Servers,
            .. agents.Select(agent => (agent.Child.Name, agent.Child.Id)),
            ("producer", producer.Child.Id),
        ];
        await using var memory = new MemoryMeter(processes);
        var cpu = new CpuMeter(processes);
        var times = await producer.RunAsync(TimeSpan.FromMinutes(15));
        var isComplete = await ReachesAsync(() => Count(agents), options.Jobs + options.WarmUpJobs);
        await Task.Delay(TimeSpan.FromMilliseconds(300));
        var reading = cpu.Read();
        isComplete &= await FinishedAsync(system, finishedBefore + options.Jobs);
        await SettleAsync(system.Servers.First().Process);
        var settled = cpu.Read();
        var reports = await Task.WhenAll(agents.Select(agent => agent.ReportAsync()));
        // The meter reads what the system reports about running processes, so it ends before they do.
        await memory.DisposeAsync();
        foreach (var child in agents.Select(agent => agent.Child).Append(producer.Child))
        {
            await child.KillAsync();
        }

        return new JobRun
        {
            Jobs = options.Jobs,
            Producer = times,
            Started =
            [
                .. Enumerable
                    .Range(0, options.Jobs)
                    .Select(i => FirstStart(reports.Select(report => report.Started[i]))),
            ],
            Executions = reports.Sum(report => report.Times.Take(options.Jobs).Sum()),
            Cpu = reading,
            SettledCpu = settled,
            PeakMemoryMib = memory.Peak,
            IsComplete = isComplete,
        };
    }

    public JsonObject ToJson() =>
        new()
        {
            ["jobs"] = Jobs,
            ["enqueue_per_s"] = Figures.Round(
                Jobs / (Ticks.Milliseconds(Producer.Begun.Min(), Producer.Answered.Max()) / 1000),
                0
            ),
            ["jobs_per_s"] = Figures.Round(JobsPerSecond, 0),
            ["seconds"] = Figures.Round(Seconds),
            ["enqueue_p50_ms"] = Figures.Percentile(Enqueues(), 0.5),
            ["enqueue_p99_ms"] = Figures.Percentile(Enqueues(), 0.99),
            ["start_p50_ms"] = Figures.Percentile(Starts(), 0.5),
            ["start_p99_ms"] = Figures.Percentile(Starts(), 0.99),
            ["seen_p50_ms"] = Figures.Percentile(Sights(), 0.5),
            ["seen_p99_ms"] = Figures.Percentile(Sights(), 0.99),
            ["cpu_s"] = Figures.Round(Cpu.Total),
            ["cpu_ms_per_job"] = Figures.Round(Cpu.Total * 1000 / Jobs, 3),
            ["settled_cpu_s"] = Figures.Round(SettledCpu.Total),
            ["settled_cpu_ms_per_job"] = Figures.Round(SettledCpu.Total * 1000 / Jobs, 3),
            ["settled_cpu_ms_per_job_by_process"] = new JsonObject(
                SettledCpu.ByProcess.Select(used =>
                    KeyValuePair.Create<string, JsonNode?>(used.Name, Figures.Round(used.Seconds * 1000 / Jobs, 3))
                )
            ),
            ["other_cores"] = Figures.Round(Cpu.OtherCores),
            ["peak_mem_mib"] = Figures.Round(PeakMemoryMib, 0),
            ["lost"] = Jobs - Distinct,
            ["double"] = Executions - Distinct,
            ["complete"] = IsComplete,
        };

    /// <summary>Waits until the Broker does nothing any more, for 30 s at most.</summary>
    public static Task SettleAsync(ChildProcess broker) => SettleAsync(broker.Id);

    private static async Task SettleAsync(int process)
    {
        var start = Stopwatch.GetTimestamp();
        double before,
            now = ProcessMeter.CpuSeconds(process);
        do
        {
            before = now;
            await Task.Delay(TimeSpan.FromMilliseconds(500));
            now = ProcessMeter.CpuSeconds(process);
        } while (now - before > 0.03 && Stopwatch.GetElapsedTime(start) < TimeSpan.FromSeconds(30));
    }

    private static async Task<long> WarmAsync(IJobSystem system, int warmUpJobs)
    {
        await SettleAsync(system.Servers.First().Process);
        var finished = await system.FinishedAsync();
        Require(!(finished < warmUpJobs), "The Broker has not finished the warm-up jobs.", system);
        return finished ?? 0;
    }

    private static async Task<bool> FinishedAsync(IJobSystem system, long finished)
    {
        var start = Stopwatch.GetTimestamp();
        while (await system.FinishedAsync() < finished)
        {
            if (Stopwatch.GetElapsedTime(start) > StallLimit)
            {
                return false;
            }

            await Task.Delay(TimeSpan.FromMilliseconds(200));
        }

        return true;
    }

    /// <summary>Waits until the count reaches the goal; false when the count does not grow for too long.</summary>
    public static async Task<bool> ReachesAsync(Func<long> count, long goal)
    {
        var (last, moved) = (count(), Stopwatch.GetTimestamp());
        while (last < goal)
        {
            await Task.Delay(Step);
            var now = count();
            if (now != last)
            {
                (last, moved) = (now, Stopwatch.GetTimestamp());
            }
            else if (Stopwatch.GetElapsedTime(moved) > StallLimit)
            {
                return false;
            }
        }

        return true;
    }

    private static void Require(bool holds, string otherwise, IJobSystem system)
    {
        if (!holds)
        {
            throw new InvalidOperationException($"{otherwise}\n{system.Describe()}");
        }
    }

    private static long Count(List<LoadAgentProcess> agents) => agents.Sum(agent => agent.Count);

    private static long FirstStart(IEnumerable<long> starts) => starts.Where(at => at != 0).DefaultIfEmpty(0).Min();

    private IEnumerable<double> Enqueues() => Producer.Begun.Zip(Producer.Answered, Ticks.Milliseconds);

    private IEnumerable<double> Starts() =>
        Producer
            .Begun.Zip(Started)
            .Where(pair => pair.Second != 0)
            .Select(pair => Ticks.Milliseconds(pair.First, pair.Second));

    private IEnumerable<double> Sights() =>
        Producer
            .Begun.Zip(Producer.Seen)
            .Where(pair => pair.Second != 0)
            .Select(pair => Ticks.Milliseconds(pair.First, pair.Second));
}
