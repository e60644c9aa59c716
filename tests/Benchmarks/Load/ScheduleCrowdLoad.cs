using System.Diagnostics;
using System.Text.Json.Nodes;
using ScheduleZero.Benchmarks.Children;
using ScheduleZero.Contracts;
using ScheduleZero.Contracts.Rest;

namespace ScheduleZero.Benchmarks.Load;

/// <summary>
/// Measures what many schedules cost of which most are not due: memory, a restart, and how long answers of REST take
/// while many are due in the same second.
/// </summary>
internal static class ScheduleCrowdLoad
{
    private const int DueAtOnce = 1_000;
    private const int AsksPerSecond = 100;

    private static readonly TimeSpan _calm = TimeSpan.FromSeconds(10);
    private static readonly TimeSpan _storm = TimeSpan.FromSeconds(2);

    // The Broker checks every 10 s whether it was quiet since the last check.
    private static readonly TimeSpan _quiet = TimeSpan.FromSeconds(21);

    public static async Task<JsonObject> RunAsync(LoadSystem system, LoadOptions options)
    {
        await system.StartServersAsync(needsBridge: !options.IsZeroMq);
        var emptyMib = ProcessMeter.RssMib(system.Broker.Id);
        var saving = Stopwatch.StartNew();
        for (var from = 0; from < options.ScheduleCrowd; from += Limits.ApplyMax)
        {
            var count = Math.Min(Limits.ApplyMax, options.ScheduleCrowd - from);
            // Each schedule has its own time within the year. None is due during the run, except those of New Year's
            // Eve.
            await system.Stage.Client.Schedules.ApplyAsync(
                new ApplyRequest([
                    .. Enumerable
                        .Range(from, count)
                        .Select(i =>
                            Schedule(
                                $"crowd-{i}",
                                new TriggerRequest
                                {
                                    Kind = TriggerKinds.Cron,
                                    Expression = $"{i % 60} {i / 60 % 24} {1 + (i % 28)} 1 *",
                                    TimeZone = "Europe/Berlin",
                                }
                            )
                        ),
                ])
            );
        }

        saving.Stop();
        await JobRun.SettleAsync(system.Broker);
        var fullMib = ProcessMeter.RssMib(system.Broker.Id);
        await Task.Delay(_quiet);
        var quietMib = ProcessMeter.RssMib(system.Broker.Id);
        var afterStop = await system.RestartBrokerAsync(kill: false);
        var afterKill = await system.RestartBrokerAsync(kill: true);
        await JobRun.SettleAsync(system.Broker);
        var restartedMib = ProcessMeter.RssMib(system.Broker.Id);

        var agent = await system.StartAgentAsync(slots: 1, LoadAgent.MethodOfSchedules);
        var due =
            DateTimeOffset.FromUnixTimeSeconds(TimeProvider.System.GetUtcNow().ToUnixTimeSeconds())
            + _calm
            + TimeSpan.FromSeconds(5);
        await system.Stage.Client.Schedules.ApplyAsync(
            new ApplyRequest([
                .. Enumerable
                    .Range(0, DueAtOnce)
                    .Select(i => Schedule($"due-{i}", new TriggerRequest { Kind = TriggerKinds.Once, At = due })),
            ])
        );
        var asked = await AskAsync(system, due - _calm, due + _storm);
        await JobRun.SettleAsync(system.Broker);
        agent.Child.Say("REPORT");
        await agent.Child.LineAsync("REPORTED", TimeSpan.FromSeconds(30));
        var fired = (await File.ReadAllLinesAsync($"{agent.File}.fired"))
            .Select(line => line.Split(' '))
            .Where(words => words[0].StartsWith("due-", StringComparison.Ordinal))
            .ToList();
        return new JsonObject
        {
            ["mode"] = "schedule-crowd",
            ["schedules"] = options.ScheduleCrowd,
            ["saved_per_s"] = Figures.Round(options.ScheduleCrowd / saving.Elapsed.TotalSeconds, 0),
            ["broker_rss_empty_mib"] = Figures.Round(emptyMib, 0),
            ["broker_rss_mib"] = Figures.Round(fullMib, 0),
            ["broker_rss_quiet_mib"] = Figures.Round(quietMib, 0),
            ["broker_rss_restarted_mib"] = Figures.Round(restartedMib, 0),
            ["restart_s"] = Figures.Round(afterStop.TotalSeconds),
            ["restart_after_kill_s"] = Figures.Round(afterKill.TotalSeconds),
            ["due_at_once"] = DueAtOnce,
            ["fired"] = fired.Count,
            ["duplicate"] = fired.Count - fired.Select(words => words[0]).Distinct(StringComparer.Ordinal).Count(),
            ["late_p50_ms"] = Figures.Percentile(fired.Select(words => double.Parse(words[2])), 0.5),
            ["late_max_ms"] = Figures.Percentile(fired.Select(words => double.Parse(words[2])), 1),
            ["rest_p99_ms_before"] = Figures.Percentile(asked.Where(ask => ask.At < due).Select(ask => ask.Ms), 0.99),
            ["rest_p99_ms_while_due"] = Figures.Percentile(
                asked.Where(ask => ask.At >= due).Select(ask => ask.Ms),
                0.99
            ),
            ["rest_max_ms_while_due"] = Figures.Percentile(asked.Where(ask => ask.At >= due).Select(ask => ask.Ms), 1),
        };
    }

    private static ScheduleRequest Schedule(string name, TriggerRequest trigger) =>
        new()
        {
            Name = name,
            Trigger = trigger,
            Job = new JobRequest { Method = LoadAgent.MethodOfSchedules },
        };

    // Requests are sent at a steady rate, however long the answers take. So one slow answer does not hide the requests
    // that would have waited behind it.
    private static async Task<(DateTimeOffset At, double Ms)[]> AskAsync(
        LoadSystem system,
        DateTimeOffset from,
        DateTimeOffset to
    )
    {
        var asks = new List<Task<(DateTimeOffset, double)>>();
        for (var at = from; at < to; at += TimeSpan.FromSeconds(1) / AsksPerSecond)
        {
            var wait = at - TimeProvider.System.GetUtcNow();
            if (wait > TimeSpan.Zero)
            {
                await Task.Delay(wait);
            }

            asks.Add(AskOnceAsync(system, at));
        }

        return await Task.WhenAll(asks);
    }

    private static async Task<(DateTimeOffset At, double Ms)> AskOnceAsync(LoadSystem system, DateTimeOffset at)
    {
        var start = Stopwatch.GetTimestamp();
        await system.Stage.Client.Schedules.GetAsync("crowd-0");
        return (at, Stopwatch.GetElapsedTime(start).TotalMilliseconds);
    }
}
