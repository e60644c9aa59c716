using System.Diagnostics;
using System.Globalization;
using System.Net;
using System.Text.Json.Nodes;
using ScheduleZero.Benchmarks.Children;
using ScheduleZero.Client;
using ScheduleZero.Contracts;
using ScheduleZero.Contracts.Rest;
using ScheduleZero.HandlerAgent;
using ScheduleZero.Processes;

namespace ScheduleZero.Benchmarks.Load;

/// <summary>
/// Runs an hour's worth of jobs, or a given number, and measures the Broker's memory at the start, in the middle and at
/// the end.
/// </summary>
internal static class SoakLoad
{
    private const string Method = "soak.run";
    private const int BatchMax = 500;
    private const int BatchBytesMax = 2 * 1024 * 1024;
    private const int Capacity = 1_000;

    /// <summary>
    /// The number of jobs under way at once. A soak measures what remains of ended jobs, not a backlog.
    /// </summary>
    private const int UnderWayMax = 10_000;
    private const long UnderWayBytesMax = 64L * 1024 * 1024;

    public static async Task<JsonObject> RunAsync(LoadSystem system, LoadOptions options)
    {
        var stage = system.Stage;
        var broker = stage.Start(
            "broker",
            Path.Combine(AppContext.BaseDirectory, "ScheduleZero.Benchmarks"),
            [SoakBroker.Verb, .. stage.BrokerArguments[1..]],
            ("SCHEDULEZERO_BOOTSTRAP_KEY", stage.AdminKey),
            Stage.Unhurried
        );
        await broker.LineAsync("ready: broker", Stage.StartLimit);
        var body = RawJson.Parse($"\"{new string('x', Math.Max(0, options.BodyBytes - 2))}\"");
        var underWayMax = (int)Math.Clamp(UnderWayBytesMax / body.Utf8.Length, 50, UnderWayMax);
        using var places = new SemaphoreSlim(underWayMax, underWayMax);
        await using var agent = await StartAgentAsync(system, body, () => places.Release());

        var watch = Stopwatch.StartNew();
        var result = new JsonObject { ["mode"] = "soak", ["body_bytes"] = body.Utf8.Length };
        var done = 0;
        Add(result, "start", await MeasureAsync(broker), done);
        foreach (
            var (name, goal) in new[] { ("first", options.First), ("middle", options.Soak / 2), ("end", options.Soak) }
        )
        {
            while (done < goal && watch.Elapsed < TimeSpan.FromSeconds(options.Seconds))
            {
                done += await PostAsync(stage.Client, body, goal - done, places);
            }

            await DrainAsync(system, places, underWayMax, done);
            await JobRun.SettleAsync(broker);
            Add(result, name, await MeasureAsync(broker), done);
        }

        result["jobs_per_s"] = Figures.Round(done / watch.Elapsed.TotalSeconds, 0);
        result["end_over_first_rss_mib"] = Figures.Round(
            Value(result, "end_rss_mib") - Value(result, "first_rss_mib"),
            1
        );
        result["end_over_first_managed_mib"] = Figures.Round(
            Value(result, "end_managed_mib") - Value(result, "first_managed_mib"),
            1
        );
        return result;
    }

    private static async Task<RunningAgent> StartAgentAsync(LoadSystem system, RawJson result, Action ran)
    {
        var key = (await system.Stage.CreateHandlerKeyAsync(LoadSystem.HandlerName)).Key;
        var agent = AgentBuilder
            .Create(options =>
            {
                options.Handler = LoadSystem.HandlerName;
                options.ApiKey = key;
                options.Capacity = Capacity;
                options.Bridges.Add(system.Stage.Router);
            })
            .Handle<RawJson, RawJson>(
                Method,
                (_, _) =>
                {
                    ran();
                    return Task.FromResult(result);
                }
            )
            .Start();
        await agent.WaitForWelcomeAsync().WaitAsync(Stage.StartLimit);
        return agent;
    }

    private static async Task<int> PostAsync(ScheduleZeroClient client, RawJson body, int left, SemaphoreSlim places)
    {
        var count = Math.Min(left, Math.Clamp(BatchBytesMax / body.Utf8.Length, 1, BatchMax));
        for (var i = 0; i < count; i++)
        {
            await places.WaitAsync();
        }

        var requests = Enumerable.Repeat(new JobRequest { Method = Method, Params = body }, count).ToArray();
        var answer = await EnqueueAsync(client, requests);
        return answer.Items.FirstOrDefault(item => item.Status != 201) is { } refused
            ? throw new InvalidOperationException($"A job was answered {refused.Status}: {refused.Problem?.Detail}")
            : count;
    }

    // The Broker lets only so many large bodies in at once, and says when there is room again.
    private static async Task<BatchAnswer> EnqueueAsync(ScheduleZeroClient client, JobRequest[] requests)
    {
        while (true)
        {
            try
            {
                return await client.Jobs.EnqueueBatchAsync(requests);
            }
            catch (ScheduleZeroException e) when (e.Status == HttpStatusCode.ServiceUnavailable)
            {
                await Task.Delay(e.RetryAfter ?? TimeSpan.FromSeconds(1));
            }
        }
    }

    // Waits until all jobs have run, and the Broker has their ends on disk.
    private static async Task DrainAsync(LoadSystem system, SemaphoreSlim places, int underWayMax, int done)
    {
        if (!await JobRun.ReachesAsync(() => places.CurrentCount, underWayMax))
        {
            throw new InvalidOperationException("Jobs that were posted do not run.");
        }

        while ((await system.Stage.Client.StatsAsync()).Finished < done)
        {
            await Task.Delay(TimeSpan.FromMilliseconds(200));
        }
    }

    // Measures what the process holds as it is, and what remains after a collection. The first figure includes garbage.
    private static async Task<(double RssMib, double CollectedRssMib, double ManagedMib)> MeasureAsync(
        ChildProcess broker
    )
    {
        var rss = ProcessMeter.RssMib(broker.Id);
        var before = broker.Lines.Count(line => line.StartsWith(SoakBroker.Measured, StringComparison.Ordinal));
        broker.Say(SoakBroker.Measure);
        string[] answers;
        while (
            (
                answers = [
                    .. broker.Lines.Where(line => line.StartsWith(SoakBroker.Measured, StringComparison.Ordinal)),
                ]
            ).Length == before
        )
        {
            await Task.Delay(TimeSpan.FromMilliseconds(50));
        }

        var managed = long.Parse(answers[^1].AsSpan(SoakBroker.Measured.Length), CultureInfo.InvariantCulture);
        return (rss, ProcessMeter.RssMib(broker.Id), managed / 1048576.0);
    }

    private static void Add(
        JsonObject result,
        string name,
        (double RssMib, double CollectedRssMib, double ManagedMib) memory,
        int jobs
    )
    {
        result[$"{name}_jobs"] = jobs;
        result[$"{name}_rss_mib"] = Figures.Round(memory.RssMib, 1);
        result[$"{name}_rss_collected_mib"] = Figures.Round(memory.CollectedRssMib, 1);
        result[$"{name}_managed_mib"] = Figures.Round(memory.ManagedMib, 1);
        // The figures so far are printed, since a long soak may be ended before its last line.
        Console.Error.WriteLine(
            string.Create(
                CultureInfo.InvariantCulture,
                $"{name}: {jobs} jobs, {memory.RssMib:0} MiB resident, {memory.ManagedMib:0} MiB of live objects"
            )
        );
    }

    private static double Value(JsonObject result, string name) => result[name]!.GetValue<double>();
}
