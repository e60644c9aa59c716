using System.Diagnostics;
using Microsoft.Extensions.Logging;
using ScheduleZero.Client;
using ScheduleZero.Contracts;
using ScheduleZero.Contracts.Rest;
using ScheduleZero.HandlerAgent;

namespace ScheduleZero.Dashboard.Tests;

/// <summary>Measures what it costs to ask REST in the same process, beside asking over the network.</summary>
[Explicit("Prints figures, and asserts none.")]
public sealed class Costs
{
    private const int Rounds = 5;
    private const int Lists = 300;

    [Test]
    public async Task A_list_of_50_jobs()
    {
        await using var broker = await TestBroker.StartAsync();
        await broker.Admin.Jobs.EnqueueBatchAsync([
            .. Enumerable.Range(0, 200).Select(_ => new JobRequest { Method = "reports.render" }),
        ]);
        for (var round = 0; round < Rounds; round++)
        {
            var network = await TimeAsync(broker.Admin);
            using var inProcess = broker.InProcessClient();
            await TestContext.Progress.WriteLineAsync(
                $"network {network:0} µs, in process {await TimeAsync(inProcess):0} µs"
            );
        }
    }

    [Test]
    public async Task Following_the_logs_of_all_jobs()
    {
        const int Lines = 20_000;
        await using var broker = await TestBroker.StartAsync();
        await using var fleet = await TestFleet.StartAsync(broker);
        await fleet.AddHandlerAsync(
            "office-1",
            agent => agent.Handle<int>("lines.say", (count, job) => SayAsync(job, count))
        );
        await TimeJobAsync(broker, Lines);
        for (var round = 0; round < Rounds; round++)
        {
            var alone = await TimeJobAsync(broker, Lines);
            var followed = await TimeFollowedAsync(broker, Lines, reads: true);
            var ignored = await TimeFollowedAsync(broker, Lines, reads: false);
            await TestContext.Progress.WriteLineAsync(
                $"{Lines} lines: alone {alone:0} ms; with 10 followers {followed.Milliseconds:0} ms, who got "
                    + $"{followed.Got} of {10 * Lines} lines; with 10 that do not read {ignored.Milliseconds:0} ms"
            );
        }
    }

    [Test]
    public async Task The_newest_lines_of_all_jobs()
    {
        await using var broker = await TestBroker.StartAsync();
        await using var fleet = await TestFleet.StartAsync(broker);
        await fleet.AddHandlerAsync(
            "office-1",
            agent => agent.Handle<int>("lines.say", (count, job) => SayAsync(job, count)),
            options => options.Capacity = 50
        );
        foreach (var (jobs, lines) in new[] { (1_000, 0), (1_000, 2), (1_000, 100) })
        {
            await RunAsync(broker, jobs, lines);
            foreach (var level in new[] { null, "error" })
            {
                var begun = Stopwatch.GetTimestamp();
                for (var number = 0; number < 20; number++)
                {
                    await broker.Admin.Logs.NewestAsync(new LogFilter { Level = level, Limit = 500 });
                }

                await TestContext.Progress.WriteLineAsync(
                    $"after {jobs} jobs of {lines} lines, level {level ?? "any"}: "
                        + $"{Stopwatch.GetElapsedTime(begun).TotalMilliseconds / 20:0.0} ms"
                );
            }
        }
    }

    private static async Task RunAsync(TestBroker broker, int jobs, int lines)
    {
        var job = new JobRequest { Method = "lines.say", Params = RawJson.From(lines) };
        var batch = await broker.Admin.Batches.SubmitAsync(
            new BatchSubmission { Jobs = [.. Enumerable.Repeat(job, jobs)] }
        );
        while ((await broker.Admin.Batches.GetAsync(batch.Batch.Id)).FinishedAt is null)
        {
            await Task.Delay(100);
        }
    }

    private static Task SayAsync(JobContext job, int count)
    {
        for (var number = 0; number < count; number++)
        {
            job.Log(LogLevel.Information, "A line of a log as it might be, of some eighty characters in all, or so.");
        }

        return Task.CompletedTask;
    }

    private static async Task<double> TimeJobAsync(TestBroker broker, int lines)
    {
        var begun = Stopwatch.GetTimestamp();
        await broker.Admin.Jobs.EnqueueAndWaitAsync(
            new JobRequest { Method = "lines.say", Params = RawJson.From(lines) },
            TimeSpan.FromMinutes(2)
        );
        return Stopwatch.GetElapsedTime(begun).TotalMilliseconds;
    }

    private static async Task<(double Milliseconds, int Got)> TimeFollowedAsync(
        TestBroker broker,
        int lines,
        bool reads
    )
    {
        using var stop = new CancellationTokenSource();
        var got = 0;
        using var opened = new CountdownEvent(10);
        var followers = Enumerable
            .Range(0, 10)
            .Select(_ =>
                Task.Run(async () =>
                {
                    var notes = new StreamNotes { Since = _ => opened.Signal() };
                    var stream = broker.Admin.Logs.FollowAsync(new LogFilter { Limit = 1 }, notes, stop.Token);
                    try
                    {
                        await foreach (var line in stream)
                        {
                            if (!opened.IsSet)
                            {
                                continue;
                            }

                            Interlocked.Increment(ref got);
                            if (!reads)
                            {
                                await Task.Delay(Timeout.Infinite, stop.Token);
                            }
                        }
                    }
                    catch (OperationCanceledException)
                    {
                        // The measurement is over.
                    }
                })
            )
            .ToList();
        opened.Wait(TimeSpan.FromMinutes(1));
        var milliseconds = await TimeJobAsync(broker, lines);
        await Task.Delay(500);
        await stop.CancelAsync();
        await Task.WhenAll(followers);
        return (milliseconds, got);
    }

    private static async Task<double> TimeAsync(ScheduleZeroClient client)
    {
        var begun = Stopwatch.GetTimestamp();
        for (var number = 0; number < Lists; number++)
        {
            await client.Jobs.ListAsync(new JobFilter());
        }

        return Stopwatch.GetElapsedTime(begun).TotalMicroseconds / Lists;
    }
}
