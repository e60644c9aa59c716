using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using ScheduleZero.Client;
using ScheduleZero.Contracts;
using ScheduleZero.Contracts.Rest;
using ScheduleZero.HandlerAgent;

namespace ScheduleZero.Testing.Tests;

/// <summary>Handlers as production registers them.</summary>
public sealed class HandlerTests
{
    [Test]
    public async Task A_function_gets_its_params_and_the_producer_its_result()
    {
        await using var simulation = await ScheduleZeroSimulation.StartAsync();
        await simulation.AddHandlerAsync(
            "office-7",
            agent =>
                agent.Handle<IReadOnlyList<int>, int>("numbers.sum", (numbers, job) => Task.FromResult(numbers.Sum()))
        );
        var job = await simulation.Client.Jobs.EnqueueAndWaitAsync(
            new JobRequest { Method = "numbers.sum", Params = RawJson.From<int[]>([20, 22]) },
            TimeSpan.FromSeconds(30)
        );
        Assert.That((job.State, job.Result.To<int>(), job.Handler), Is.EqualTo((JobState.Succeeded, 42, "office-7")));
    }

    [Test]
    public async Task A_host_s_registrations_run_unchanged()
    {
        await using var simulation = await ScheduleZeroSimulation.StartAsync();
        var office = await simulation.AddHandlerAsync(RegisterAsProductionDoes);
        Assert.That(office.Name, Is.EqualTo("office-7"));
        var job = await simulation.Client.Jobs.EnqueueAsync("reports.render", new RenderParams("2026-10", 3));
        var ended = await simulation.WaitForEndAsync(job.Id);
        Assert.That(ended.Result.To<RenderedReport>(), Is.EqualTo(new RenderedReport("Report of 2026-10", 3)));
        Assert.That(
            ended.FinishedAt - ended.StartedAt,
            Is.EqualTo(TimeSpan.FromMinutes(3)),
            "three pages of a minute each"
        );
        Assert.That(office.Services.GetRequiredService<PageCounter>().Pages, Is.EqualTo(3));
    }

    [Test]
    public async Task Progress_and_log_are_read_over_rest()
    {
        await using var simulation = await ScheduleZeroSimulation.StartAsync();
        await simulation.AddHandlerAsync(RegisterAsProductionDoes);
        var job = await simulation.Client.Jobs.EnqueueAsync("reports.render", new RenderParams("2026-10", 4));
        await simulation.AdvanceAsync(TimeSpan.FromMinutes(2));
        var running = await simulation.Client.Jobs.GetAsync(job.Id);
        Assert.That((running.State, running.ProgressPercent), Is.EqualTo((JobState.Running, 50)));
        await simulation.WaitForEndAsync(job.Id);
        var lines = new List<string>();
        await foreach (var line in simulation.Client.Jobs.AllLogsAsync(job.Id))
        {
            lines.Add($"{line.At:HH:mm} {line.Message}");
        }

        Assert.That(
            lines,
            Is.EqualTo(
                (string[])
                    ["00:01 Rendered page 1", "00:02 Rendered page 2", "00:03 Rendered page 3", "00:04 Rendered page 4"]
            )
        );
    }

    [Test]
    public async Task A_thrown_exception_is_a_failed_attempt_and_retries_keep_their_distance()
    {
        await using var simulation = await ScheduleZeroSimulation.StartAsync();
        var tries = new List<DateTimeOffset>();
        await simulation.AddHandlerAsync(
            "office-7",
            agent =>
                agent.Handle<RawJson>(
                    "flaky",
                    (_, job) =>
                    {
                        tries.Add(job.Time.GetUtcNow());
                        return job.Attempt < 4
                            ? throw new InvalidOperationException("The printer is on fire.")
                            : Task.CompletedTask;
                    }
                )
        );
        var job = await simulation.Client.Jobs.EnqueueAsync(
            new JobRequest
            {
                Method = "flaky",
                Retry = new RetryOptions
                {
                    MaxAttempts = 5,
                    Backoff = BackoffKind.Exponential,
                    FirstDelay = TimeSpan.FromMinutes(1),
                    MaxDelay = TimeSpan.FromHours(1),
                    Jitter = 0,
                },
            }
        );
        await simulation.WaitForEndAsync(job.Id);
        await simulation.AssertSucceededAsync(job.Id);
        Assert.That(
            tries.Select(at => at - tries[0]),
            Is.EqualTo(
                (TimeSpan[])[TimeSpan.Zero, TimeSpan.FromMinutes(1), TimeSpan.FromMinutes(3), TimeSpan.FromMinutes(7)]
            )
        );
        var attempts = await simulation.Client.Jobs.AttemptsAsync(job.Id);
        Assert.That(
            attempts.Select(attempt => attempt.Outcome),
            Is.EqualTo(
                (AttemptOutcome?[])
                    [AttemptOutcome.Failed, AttemptOutcome.Failed, AttemptOutcome.Failed, AttemptOutcome.Succeeded]
            )
        );
        Assert.That(attempts[0].Error?.Message, Is.EqualTo("The printer is on fire."));
    }

    [Test]
    public async Task Time_waits_for_code_that_works_on_the_thread_pool()
    {
        await using var simulation = await ScheduleZeroSimulation.StartAsync();
        await simulation.AddHandlerAsync(
            "office-7",
            agent =>
                agent.Handle<RawJson, string>(
                    "busy",
                    async (_, job) =>
                    {
                        var before = job.Time.GetUtcNow();
                        for (var i = 0; i < 20; i++)
                        {
                            await Task.Run(() => SpinFor(1));
                            await Task.Yield();
                        }

                        return $"{job.Time.GetUtcNow() - before}";
                    }
                )
        );
        var job = await simulation.Client.Jobs.EnqueueAsync("busy", 1);
        await simulation.AdvanceAsync(TimeSpan.FromDays(1));
        Assert.That((await simulation.AssertSucceededAsync(job.Id)).Result.To<string>(), Is.EqualTo("00:00:00"));
    }

    [Test]
    public async Task Code_between_two_waits_runs_at_one_instant()
    {
        await using var simulation = await ScheduleZeroSimulation.StartAsync();
        await simulation.AddHandlerAsync(
            "office-7",
            agent =>
                agent.Handle<RawJson, DateTimeOffset>(
                    "steps",
                    async (_, job) =>
                    {
                        for (var i = 0; i < 50; i++)
                        {
                            await Task.Delay(TimeSpan.FromMinutes(1), job.Time, job.CancellationToken);
                            await Task.Run(() => SpinFor(0.1));
                        }

                        return job.Time.GetUtcNow();
                    }
                )
        );
        var job = await simulation.Client.Jobs.EnqueueAsync("steps", 1);
        var ended = await simulation.WaitForEndAsync(job.Id);
        Assert.That(ended.Result.To<DateTimeOffset>(), Is.EqualTo(ended.EnqueuedAt + TimeSpan.FromMinutes(50)));
    }

    [Test]
    public async Task A_time_limit_over_real_work_does_not_run_out_while_the_work_goes_on()
    {
        await using var simulation = await ScheduleZeroSimulation.StartAsync();
        await simulation.AddHandlerAsync(
            "office-7",
            agent =>
                agent.Handle<RawJson, string>(
                    "limited",
                    async (_, job) =>
                    {
                        using var limit = new CancellationTokenSource(TimeSpan.FromSeconds(5), job.Time);
                        await Task.Run(() => SpinFor(20), limit.Token).WaitAsync(TimeSpan.FromSeconds(3), job.Time);
                        return limit.IsCancellationRequested ? "cut off" : "done";
                    }
                )
        );
        var job = await simulation.Client.Jobs.EnqueueAsync("limited", 1);
        await simulation.AdvanceAsync(TimeSpan.FromHours(1));
        Assert.That((await simulation.AssertSucceededAsync(job.Id)).Result.To<string>(), Is.EqualTo("done"));
    }

    [Test]
    public async Task A_time_limit_that_somebody_waits_for_runs_out()
    {
        await using var simulation = await ScheduleZeroSimulation.StartAsync();
        await simulation.AddHandlerAsync(
            "office-7",
            agent =>
                agent.Handle<RawJson, TimeSpan>(
                    "waits",
                    async (_, job) =>
                    {
                        var before = job.Time.GetUtcNow();
                        using var limit = new CancellationTokenSource(TimeSpan.FromMinutes(5), job.Time);
                        var over = new TaskCompletionSource();
                        await using var told = limit.Token.Register(over.SetResult);
                        await over.Task;
                        return job.Time.GetUtcNow() - before;
                    }
                )
        );
        var job = await simulation.Client.Jobs.EnqueueAsync("waits", 1);
        var ended = await simulation.WaitForEndAsync(job.Id);
        Assert.That(ended.Result.To<TimeSpan>(), Is.EqualTo(TimeSpan.FromMinutes(5)));
    }

    [Test]
    public async Task An_attempt_that_takes_too_long_is_told_to_stop_at_its_very_time_out()
    {
        await using var simulation = await ScheduleZeroSimulation.StartAsync();
        var stopped = new List<(DateTimeOffset, CancelReason?)>();
        await simulation.AddHandlerAsync(
            "office-7",
            agent =>
                agent.Handle<RawJson>(
                    "slow",
                    async (_, job) =>
                    {
                        try
                        {
                            await Task.Delay(TimeSpan.FromDays(1), job.Time, job.CancellationToken);
                        }
                        finally
                        {
                            stopped.Add((job.Time.GetUtcNow(), job.CancelReason));
                        }
                    }
                )
        );
        var job = await simulation.Client.Jobs.EnqueueAsync(
            new JobRequest
            {
                Method = "slow",
                Timeout = TimeSpan.FromMinutes(10),
                Retry = new RetryOptions { MaxAttempts = 1 },
            }
        );
        await simulation.WaitForEndAsync(job.Id);
        await simulation.AssertStateAsync(job.Id, JobState.Failed);
        Assert.That(
            stopped,
            Is.EqualTo(new[] { (job.EnqueuedAt + TimeSpan.FromMinutes(10), (CancelReason?)CancelReason.TimedOut) })
        );
    }

    [Test]
    public async Task A_handler_may_enqueue_and_wait_for_jobs_itself()
    {
        await using var simulation = await ScheduleZeroSimulation.StartAsync();
        var client = simulation.Client;
        await simulation.AddHandlerAsync(
            "office-7",
            agent =>
                agent
                    .Handle<RawJson>(
                        "child",
                        (_, job) => Task.Delay(TimeSpan.FromHours(1), job.Time, job.CancellationToken)
                    )
                    .Handle<RawJson, JobState>(
                        "parent",
                        async (_, job) =>
                            (
                                await client.Jobs.EnqueueAndWaitAsync(
                                    new JobRequest { Method = "child" },
                                    TimeSpan.FromMinutes(2),
                                    job.CancellationToken
                                )
                            ).State
                    )
        );
        var parent = await client.Jobs.EnqueueAsync("parent", 1);
        var ended = await simulation.WaitForEndAsync(parent.Id);
        Assert.That(
            (ended.Result.To<JobState>(), ended.FinishedAt - ended.StartedAt),
            Is.EqualTo((JobState.Running, TimeSpan.FromMinutes(2)))
        );
    }

    [Test]
    public async Task Events_reach_who_listens_as_they_happen()
    {
        await using var simulation = await ScheduleZeroSimulation.StartAsync();
        await simulation.AddHandlerAsync(
            "office-7",
            agent =>
                agent.Handle<RawJson>(
                    "work",
                    (_, job) => Task.Delay(TimeSpan.FromMinutes(30), job.Time, job.CancellationToken)
                )
        );
        var listens = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        var heard = HearAsync(simulation.Client, listens.SetResult);
        await listens.Task;
        await simulation.Client.Jobs.EnqueueAsync("work", 1);
        await simulation.AdvanceAsync(TimeSpan.FromHours(2));
        Assert.That(
            await heard,
            Is.EqualTo((string[])["job.enqueued", "job.assigned", "job.started", "job.succeeded"])
        );
    }

    [Test]
    public async Task Requests_are_validated_and_permitted_as_in_production()
    {
        await using var simulation = await ScheduleZeroSimulation.StartAsync();
        var invalid = Assert.ThrowsAsync<ScheduleZeroException>(() =>
            simulation.Client.Jobs.EnqueueAsync(new JobRequest { Method = "not a name" })
        );
        Assert.That(invalid!.Code, Is.EqualTo(ErrorCodes.Invalid));
        var key = await simulation.Client.Keys.CreateAsync(
            new KeyRequest
            {
                Kind = KeyKind.Service,
                Name = "reader",
                Roles = [Roles.Viewer],
            }
        );
        var viewer = simulation.ClientOf(apiKey: key.Key);
        Assert.That((await viewer.Jobs.ListAsync()).Items, Is.Empty);
        var forbidden = Assert.ThrowsAsync<ScheduleZeroException>(() => viewer.Jobs.EnqueueAsync("a", 1));
        Assert.That(forbidden!.Code, Is.EqualTo(ErrorCodes.Forbidden));
    }

    [Test]
    public async Task Handlers_of_another_namespace_take_its_jobs()
    {
        await using var simulation = await ScheduleZeroSimulation.StartAsync();
        await simulation.Client.Namespaces.CreateAsync(new NamespaceRequest { Name = "tenant" });
        await simulation.AddHandlerAsync(
            "office-7",
            agent => agent.Handle<RawJson>("work", (_, _) => Task.CompletedTask),
            ns: "tenant"
        );
        var mine = await simulation.Client.Jobs.EnqueueAsync("work", 1);
        var theirs = await simulation.ClientOf("tenant").Jobs.EnqueueAsync("work", 1);
        await simulation.SettleAsync();
        await simulation.AssertSucceededAsync(theirs.Id);
        await simulation.AssertStateAsync(mine.Id, JobState.Ready);
    }

    private static void RegisterAsProductionDoes(IServiceCollection services)
    {
        services.AddSingleton<PageCounter>();
        services
            .AddHandlerAgent(options =>
            {
                options.Handler = "office-7";
                options.ApiKeyFile = "/etc/office-7.key";
                options.Bridges.Add("https://bridge.example");
            })
            .AddHandler<RenderReport, RenderParams, RenderedReport>("reports.render");
    }

    private static async Task<List<string>> HearAsync(ScheduleZeroClient client, Action listens)
    {
        var heard = new List<string>();
        await foreach (var happened in client.EventsAsync(opened: listens))
        {
            heard.Add(happened.Type);
            if (happened.Type == "job.succeeded")
            {
                break;
            }
        }

        return heard;
    }

    private static void SpinFor(double milliseconds)
    {
        var from = TimeProvider.System.GetTimestamp();
        while (TimeProvider.System.GetElapsedTime(from).TotalMilliseconds < milliseconds)
        {
            Thread.SpinWait(100);
        }
    }

    private sealed record RenderParams(string Month, int Pages);

    private sealed record RenderedReport(string Title, int PagesSoFar);

    private sealed class PageCounter
    {
        public int Pages { get; set; }
    }

    private sealed class RenderReport(PageCounter counter, TimeProvider time)
        : IJobHandler<RenderParams, RenderedReport>
    {
        public async Task<RenderedReport> HandleAsync(RenderParams parameters, JobContext job)
        {
            for (var page = 1; page <= parameters.Pages; page++)
            {
                await Task.Delay(TimeSpan.FromMinutes(1), time, job.CancellationToken);
                job.Log(LogLevel.Information, $"Rendered page {page}");
                job.ReportProgress(100.0 * page / parameters.Pages);
            }

            return new RenderedReport($"Report of {parameters.Month}", counter.Pages += parameters.Pages);
        }
    }
}
