using System.Text.Json;
using System.Text.Json.Nodes;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using ScheduleZero.Agent.Tests.Fakes;
using ScheduleZero.Contracts;
using ScheduleZero.Contracts.Handlers;
using ScheduleZero.HandlerAgent;

namespace ScheduleZero.Agent.Tests;

[Parallelizable(ParallelScope.All)]
public sealed class AttemptTests
{
    public sealed record Sum(int A, int B);

    [Test]
    public async Task A_typed_function_gets_its_params_and_its_result_is_reported_with_the_fencing_token()
    {
        var broker = new FakeBroker();
        await using var agent = broker.Start(a =>
            a.Handle("sum", (Sum p, JobContext job) => Task.FromResult(new { total = p.A + p.B }))
        );
        var connection = await broker.WelcomeAsync();
        var attempt = Messages.AnAttempt("sum", """{"a":2,"b":40}""", token: 7);

        connection.Assign(attempt);
        var started = await connection.NextEventAsync();
        var succeeded = await connection.NextEventAsync();
        connection.Acknowledge(attempt);

        Assert.That(
            started,
            Has.Property("Type").EqualTo("started").And.Property("AttemptId").EqualTo(attempt.AttemptId)
        );
        Assert.That(succeeded.Type, Is.EqualTo("succeeded"));
        Assert.That(succeeded.FencingToken, Is.EqualTo(7));
        Assert.That(succeeded.Result.ToString(), Is.EqualTo("""{"total":42}"""));
    }

    [Test]
    public async Task Json_passes_through_untouched_for_RawJson()
    {
        var broker = new FakeBroker();
        await using var agent = broker.Start(a => a.Handle("echo", (RawJson p, JobContext job) => Task.FromResult(p)));
        var connection = await broker.WelcomeAsync();
        var attempt = Messages.AnAttempt("echo", """[1,  "two", null]""");

        connection.Assign(attempt);
        var succeeded = await connection.NextAsync("succeeded");
        connection.Acknowledge(attempt);

        Assert.That(succeeded.Result.ToString(), Is.EqualTo("""[1,  "two", null]"""));
    }

    private static readonly TestCaseData[] TakersOfNull =
    [
        new TestCaseData(
            (Func<AgentBuilder, AgentBuilder>)(
                a => a.Handle("m", (RawJson p, JobContext _) => Task.FromResult(p.ToString()))
            )
        ).SetArgDisplayNames("RawJson"),
        new TestCaseData(
            (Func<AgentBuilder, AgentBuilder>)(
                a => a.Handle("m", (JsonElement p, JobContext _) => Task.FromResult(p.GetRawText()))
            )
        ).SetArgDisplayNames("JsonElement"),
        new TestCaseData(
            (Func<AgentBuilder, AgentBuilder>)(
                a => a.Handle("m", (JsonNode? p, JobContext _) => Task.FromResult(p is null ? "null" : ""))
            )
        ).SetArgDisplayNames("JsonNode"),
        new TestCaseData(
            (Func<AgentBuilder, AgentBuilder>)(
                a => a.Handle("m", (int? p, JobContext _) => Task.FromResult(p is null ? "null" : ""))
            )
        ).SetArgDisplayNames("int?"),
    ];

    [TestCaseSource(nameof(TakersOfNull))]
    public async Task Params_of_null_are_null_for_those_who_can_take_it(Func<AgentBuilder, AgentBuilder> handle)
    {
        var broker = new FakeBroker();
        await using var agent = broker.Start(a => handle(a));
        var connection = await broker.WelcomeAsync();
        var attempt = Messages.AnAttempt("m", "null");
        connection.Assign(attempt);
        var succeeded = await connection.NextAsync("succeeded");
        connection.Acknowledge(attempt);
        Assert.That(succeeded.Result.ToString(), Is.EqualTo("\"null\""));
    }

    [Test]
    public async Task Params_of_null_fail_for_good_where_an_object_is_taken()
    {
        var broker = new FakeBroker();
        await using var agent = broker.Start(a => a.Handle("sum", (Sum p, JobContext job) => Task.FromResult(p.A)));
        var connection = await broker.WelcomeAsync();
        var attempt = Messages.AnAttempt("sum", "null");
        connection.Assign(attempt);
        var failed = await connection.NextAsync("failed");
        connection.Acknowledge(attempt);
        Assert.That((failed.Error!.Type, failed.Error.Retryable), Is.EqualTo(("invalid_params", false)));
    }

    private static readonly object[][] Failures =
    [
        [
            (Func<JobContext, Task>)(
                _ => throw new JobFailedException("no_such_month", "There is no 13th month.", retryable: false)
            ),
            "no_such_month",
            false,
        ],
        [(Func<JobContext, Task>)(_ => throw new JobFailedException("busy", "Later.")), "busy", true],
        [
            (Func<JobContext, Task>)(_ => throw new InvalidDataException("bad disk")),
            "System.IO.InvalidDataException",
            true,
        ],
        [
            (Func<JobContext, Task>)(_ => throw new TaskCanceledException("an HTTP time-out")),
            "System.Threading.Tasks.TaskCanceledException",
            true,
        ],
    ];

    [Test]
    public async Task A_failure_says_when_to_try_again()
    {
        var broker = new FakeBroker();
        await using var agent = broker.Start(a =>
            a.Handle(
                "fail",
                Task (RawJson p, JobContext job) =>
                    throw new JobFailedException("busy", "Later.") { RetryAfter = TimeSpan.FromMinutes(5) }
            )
        );
        var connection = await broker.WelcomeAsync();
        var attempt = Messages.AnAttempt("fail");
        connection.Assign(attempt);
        var failed = await connection.NextAsync("failed");
        connection.Acknowledge(attempt);
        Assert.That(failed.Error!.RetryAfter, Is.EqualTo(TimeSpan.FromMinutes(5)));
    }

    [TestCaseSource(nameof(Failures))]
    public async Task What_a_handler_throws_is_reported_as_its_failure(
        Func<JobContext, Task> code,
        string type,
        bool retryable
    )
    {
        var broker = new FakeBroker();
        await using var agent = broker.Start(a => a.Handle("fail", (RawJson p, JobContext job) => code(job)));
        var connection = await broker.WelcomeAsync();
        var attempt = Messages.AnAttempt("fail");

        connection.Assign(attempt);
        var failed = await connection.NextAsync("failed");
        connection.Acknowledge(attempt);

        Assert.That(failed.Error!.Type, Is.EqualTo(type));
        Assert.That(failed.Error.Retryable, Is.EqualTo(retryable));
        Assert.That(failed.FencingToken, Is.EqualTo(1));
    }

    [Test]
    public async Task Long_errors_are_cut_to_the_protocols_bounds()
    {
        var broker = new FakeBroker();
        await using var agent = broker.Start(a =>
            a.Handle("fail", (RawJson p, JobContext job) => throw new InvalidDataException(new string('x', 100_000)))
        );
        var connection = await broker.WelcomeAsync();
        var attempt = Messages.AnAttempt("fail");

        connection.Assign(attempt);
        var failed = await connection.NextAsync("failed");
        connection.Acknowledge(attempt);

        Assert.That(failed.Error!.Message, Has.Length.EqualTo(Limits.ErrorMessageLengthMax));
        Assert.That(failed.Error.StackTrace, Has.Length.EqualTo(Limits.StackTraceLengthMax));
    }

    [TestCase("""{"a":1,"b":"two"}""", "$.b")]
    [TestCase("""[1]""", "$")]
    public async Task Params_that_do_not_fit_fail_the_job_for_good_and_name_the_path(string parameters, string path)
    {
        var broker = new FakeBroker();
        await using var agent = broker.Start(a => a.Handle("sum", (Sum p, JobContext job) => Task.CompletedTask));
        var connection = await broker.WelcomeAsync();
        var attempt = Messages.AnAttempt("sum", parameters);

        connection.Assign(attempt);
        var failed = await connection.NextAsync("failed");
        connection.Acknowledge(attempt);

        Assert.That(failed.Error!.Type, Is.EqualTo("invalid_params"));
        Assert.That(failed.Error.Retryable, Is.False);
        Assert.That(failed.Error.Message, Does.Contain($"at {path}:"));
    }

    [Test]
    public async Task A_result_over_the_Brokers_limit_fails_the_job_for_good()
    {
        var broker = new FakeBroker();
        await using var agent = broker.Start(a =>
            a.Handle("big", (RawJson p, JobContext job) => Task.FromResult(new string('x', 2000)))
        );
        var connection = await broker.WelcomeAsync();
        var attempt = Messages.AnAttempt("big");

        connection.Assign(attempt);
        var failed = await connection.NextAsync("failed");
        connection.Acknowledge(attempt);

        Assert.That(failed.Error!.Type, Is.EqualTo("too_large"));
        Assert.That(failed.Error.Retryable, Is.False);
    }

    [TestCase("cancelled", CancelReason.Cancelled)]
    [TestCase("timed_out", CancelReason.TimedOut)]
    [TestCase("lost", CancelReason.LeaseLost)]
    [TestCase("a_word_of_a_later_version", CancelReason.Cancelled)]
    public async Task An_attempt_that_obeys_a_Cancel_is_reported_as_cancelled(string word, CancelReason reason)
    {
        var broker = new FakeBroker();
        var seen = new TaskCompletionSource<CancelReason?>();
        await using var agent = broker.Start(a =>
            a.Handle(
                "wait",
                async (RawJson p, JobContext job) =>
                {
                    try
                    {
                        await Task.Delay(Timeout.Infinite, job.CancellationToken);
                    }
                    finally
                    {
                        seen.TrySetResult(job.CancelReason);
                    }
                }
            )
        );
        var connection = await broker.WelcomeAsync();
        var attempt = Messages.AnAttempt("wait");

        connection.Assign(attempt);
        await connection.NextAsync("started");
        connection.Say(new Cancel([new CancelledAttempt(attempt.AttemptId, word, 10)]));
        var cancelled = await connection.NextAsync("cancelled");
        connection.Acknowledge(attempt);

        Assert.That(cancelled.AttemptId, Is.EqualTo(attempt.AttemptId));
        Assert.That(await seen.Task, Is.EqualTo(reason));
    }

    [Test]
    public async Task Log_lines_and_progress_come_before_the_outcome_and_in_order()
    {
        var broker = new FakeBroker();
        await using var agent = broker.Start(a =>
            a.Handle(
                "talk",
                (RawJson p, JobContext job) =>
                {
                    job.Log(LogLevel.Information, "first");
                    job.ReportProgress(150, "half");
                    job.Logger.Log(LogLevel.Warning, default, 2, null, (number, _) => $"second {number}");
                    return Task.CompletedTask;
                }
            )
        );
        var connection = await broker.WelcomeAsync();
        var attempt = Messages.AnAttempt("talk");

        connection.Assign(attempt);
        var events = new List<ReportEvent>();
        while (events.LastOrDefault()?.Type != "succeeded")
        {
            events.Add(await connection.NextEventAsync());
        }

        connection.Acknowledge(attempt);

        Assert.That(events.Select(e => e.Type), Is.EqualTo(new[] { "started", "log", "progress", "log", "succeeded" }));
        Assert.That(events[1], Has.Property("Level").EqualTo("information").And.Property("Message").EqualTo("first"));
        Assert.That(events[2].Percent, Is.EqualTo(100));
        Assert.That(events[3], Has.Property("Level").EqualTo("warning").And.Property("Message").EqualTo("second 2"));
        Assert.That(events[1].At, Is.EqualTo(broker.Time.GetUtcNow()));
    }

    [Test]
    public async Task Progress_that_waits_is_replaced_by_the_newest()
    {
        var broker = new FakeBroker();
        var go = new TaskCompletionSource();
        await using var agent = broker.Start(a =>
            a.Handle(
                "talk",
                async (RawJson p, JobContext job) =>
                {
                    await go.Task;
                    for (var i = 0; i <= 50; i++)
                    {
                        job.ReportProgress(i);
                    }
                }
            )
        );
        var connection = await broker.WelcomeAsync();
        var attempt = Messages.AnAttempt("talk");
        connection.Assign(attempt);
        await connection.NextAsync("started");

        connection.Gate = new TaskCompletionSource();
        connection.Say(new Probe("occupies the writer"));
        go.SetResult();
        connection.Gate.SetResult();
        var events = new List<ReportEvent>();
        while (events.LastOrDefault()?.Type != "succeeded")
        {
            events.Add(await connection.NextEventAsync());
        }

        connection.Acknowledge(attempt);

        Assert.That(events.Last(e => e.Type == "progress").Percent, Is.EqualTo(50));
        Assert.That(events.Count(e => e.Type == "progress"), Is.LessThan(51));
    }

    private sealed class Scoped : IDisposable
    {
        public bool IsDisposed { get; private set; }

        public void Dispose() => IsDisposed = true;
    }

    private sealed class ScopedHandler(Scoped scoped, List<Scoped> seen) : IJobHandler<RawJson, string>
    {
        public Task<string> HandleAsync(RawJson parameters, JobContext job)
        {
            seen.Add(scoped);
            return Task.FromResult(JsonSerializer.Serialize(new { alive = !scoped.IsDisposed }));
        }
    }

    [Test]
    public async Task Each_attempt_of_a_handler_class_has_a_scope_of_its_own()
    {
        var broker = new FakeBroker();
        var seen = new List<Scoped>();
        await using var agent = broker.Start(a =>
        {
            a.Services.AddScoped<Scoped>().AddSingleton(seen);
            a.AddHandler<ScopedHandler, RawJson, string>("scoped");
        });
        var connection = await broker.WelcomeAsync();
        for (var i = 0; i < 2; i++)
        {
            var attempt = Messages.AnAttempt("scoped");
            connection.Assign(attempt);
            Assert.That((await connection.NextAsync("succeeded")).Result.To<string>(), Does.Contain("alive\":true"));
            connection.Acknowledge(attempt);
        }

        Assert.That(seen.Distinct().Count(), Is.EqualTo(2));
        Assert.That(seen, Has.All.Property("IsDisposed").True);
    }
}
