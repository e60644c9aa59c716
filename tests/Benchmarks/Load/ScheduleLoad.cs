using System.Globalization;
using System.Text.Json.Nodes;
using ScheduleZero.Benchmarks.Children;
using ScheduleZero.Contracts.Rest;

namespace ScheduleZero.Benchmarks.Load;

/// <summary>Many schedules that fire every second: is each instant served once, and how late?</summary>
internal static class ScheduleLoad
{
    /// <summary>
    /// The number of seconds in which every schedule has fired before the window opens. In the first of them code is
    /// still being compiled.
    /// </summary>
    private const int WarmUpSeconds = 5;

    public static async Task<JsonObject> RunAsync(LoadSystem system, LoadOptions options)
    {
        await system.StartServersAsync(needsBridge: !options.IsZeroMq);
        var agent = await system.StartAgentAsync(slots: 1, LoadAgent.MethodOfSchedules);
        for (var i = 0; i < options.Schedules; i++)
        {
            await system.Stage.Client.Schedules.CreateAsync(
                new ScheduleRequest
                {
                    Name = $"every-second-{i}",
                    Trigger = new TriggerRequest
                    {
                        Kind = TriggerKinds.Cron,
                        Expression = "* * * * * *",
                        TimeZone = "UTC",
                    },
                    Job = new JobRequest { Method = LoadAgent.MethodOfSchedules },
                }
            );
        }

        await Task.Delay(TimeSpan.FromSeconds(3));
        List<(string, int)> processes = [.. system.Servers, (agent.Child.Name, agent.Child.Id)];
        var cpu = new CpuMeter(processes);
        await Task.Delay(TimeSpan.FromSeconds(WarmUpSeconds + options.Seconds + 2));
        var reading = cpu.Read();
        agent.Child.Say("REPORT");
        await agent.Child.LineAsync("REPORTED", TimeSpan.FromSeconds(30));
        return Judge(await File.ReadAllLinesAsync($"{agent.File}.fired"), options, reading);
    }

    /// <summary>
    /// Judges the window's whole seconds. The window begins one warm-up after the second in which the last schedule was
    /// first heard of.
    /// </summary>
    private static JsonObject Judge(string[] lines, LoadOptions options, CpuReading cpu)
    {
        var fired = lines
            .Select(line => line.Split(' '))
            .Select(words => (Schedule: words[0], Nominal: long.Parse(words[1]), LateMs: double.Parse(words[2])))
            .ToList();
        var from = fired.GroupBy(f => f.Schedule).Max(group => group.Min(f => f.Nominal)) + 1 + WarmUpSeconds;
        var to = from + options.Seconds;
        var expected = options.Schedules * options.Seconds;
        var inside = fired.Where(f => f.Nominal >= from && f.Nominal < to).ToList();
        var distinct = inside.Select(f => (f.Schedule, f.Nominal)).Distinct().Count();
        return new JsonObject
        {
            ["mode"] = "schedules",
            ["schedules"] = options.Schedules,
            ["expected"] = expected,
            ["fired"] = inside.Count,
            ["missed"] = expected - distinct,
            ["duplicate"] = inside.Count - distinct,
            ["late_p50_ms"] = Figures.Percentile(inside.Select(f => f.LateMs), 0.5),
            ["late_p99_ms"] = Figures.Percentile(inside.Select(f => f.LateMs), 0.99),
            ["late_max_ms"] = Figures.Percentile(inside.Select(f => f.LateMs), 1),
            // The seconds, counted from the first. One second of sixty is enough to be the 99th percentile.
            ["late_p50_ms_of_worst_seconds"] = new JsonObject(
                inside
                    .GroupBy(f => f.Nominal - from)
                    .Select(second =>
                        KeyValuePair.Create(
                            second.Key.ToString(CultureInfo.InvariantCulture),
                            Figures.Percentile(second.Select(f => f.LateMs), 0.5)
                        )
                    )
                    .OrderByDescending(second => second.Value)
                    .Take(5)
                    .Select(second => KeyValuePair.Create(second.Key, (JsonNode?)second.Value))
            ),
            ["cpu_s"] = Figures.Round(cpu.Total),
            ["other_cores"] = Figures.Round(cpu.OtherCores),
        };
    }
}
