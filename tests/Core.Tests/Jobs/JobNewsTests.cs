using ScheduleZero.Broker.Core;
using ScheduleZero.Broker.Core.Jobs;
using ScheduleZero.Contracts;
using ScheduleZero.Contracts.Handlers;
using ScheduleZero.Contracts.Ids;
using ScheduleZero.Contracts.Rest;

namespace ScheduleZero.Core.Tests.Jobs;

/// <summary>Which events the steps of a job publish.</summary>
[FixtureLifeCycle(LifeCycle.InstancePerTestCase)]
public sealed class JobNewsTests
{
    private static readonly JobSpec Spec = new()
    {
        Method = "m",
        Retry = new RetryPolicy(2, BackoffKind.Fixed, TimeSpan.FromSeconds(2), TimeSpan.FromSeconds(2), 0),
    };

    private readonly Stage _stage = new();

    private IEnumerable<Happened> Published =>
        _stage.Said.OfType<Effect.Publish>().Select(said => said.Happened).Where(happened => happened.Job is not null);

    private IEnumerable<(string Type, string? Handler, string? Detail)> NewsOf(JobId job) =>
        Published
            .Where(happened => happened.Job!.Id == job)
            .Select(happened => (happened.Type, happened.Handler, happened.Detail));

    private static ReportEvent End(string type, AttemptId attempt, string? error = null) =>
        new()
        {
            Type = type,
            AttemptId = attempt,
            FencingToken = attempt.Token,
            Result = type == ReportEventTypes.Succeeded ? RawJson.Parse("[1]") : default,
            Error = error is null ? null : new AttemptError { Type = "t", Message = error },
        };

    private void Cancel(JobId job) =>
        _stage.Ask<Answer.JobIs>(ticket => new BrokerInput.CancelJob(ticket, "default", job, null));

    [Test]
    public void Attempts_are_assigned_started_retried_and_succeed()
    {
        var peer = _stage.Join(1, "h", 1, "m");
        var job = _stage.Enqueue(Spec).Id;
        peer.Say(ReportEventTypes.Started, peer.Assigned[0]);
        peer.Say(End(ReportEventTypes.Failed, peer.Assigned[0], "no disk"));
        _stage.Advance(2);
        peer.Say(End(ReportEventTypes.Succeeded, peer.Assigned[1]));
        Assert.That(
            NewsOf(job),
            Is.EqualTo(
                new (string, string?, string?)[]
                {
                    ("job.enqueued", null, null),
                    ("job.assigned", "h", null),
                    ("job.started", "h", null),
                    ("job.retrying", "h", "no disk"),
                    ("job.ready", null, null),
                    ("job.assigned", "h", null),
                    ("job.succeeded", "h", null),
                }
            )
        );
        var last = Published.Last();
        Assert.That(last.Result.ToString(), Is.EqualTo("[1]"));
        Assert.That(
            (last.Namespace, last.Subject, last.At, last.JobId),
            Is.EqualTo(("default", $"{job}", Stage.Noon.AddSeconds(2), (JobId?)job))
        );
        Assert.That(Published.SkipLast(1).Select(happened => happened.Result.IsEmpty), Is.All.True);
    }

    [Test]
    public void Retry_without_a_backoff_is_told_as_a_retry_and_not_as_a_wait_that_is_over()
    {
        var peer = _stage.Join(1, "h", 1, "m");
        var job = _stage.Enqueue(Spec with { Retry = Spec.Retry with { FirstDelay = TimeSpan.Zero } }).Id;
        peer.Say(End(ReportEventTypes.Failed, peer.Assigned[0], "no disk"));
        Assert.That(
            NewsOf(job).Select(news => news.Type),
            Is.EqualTo(new[] { "job.enqueued", "job.assigned", "job.retrying", "job.assigned" })
        );
    }

    [Test]
    public void Last_attempt_that_fails_says_with_which_error()
    {
        var peer = _stage.Join(1, "h", 1, "m");
        var job = _stage.Enqueue(Spec with { Retry = Spec.Retry with { MaxAttempts = 1 } }).Id;
        peer.Say(End(ReportEventTypes.Failed, peer.Assigned[0], "no disk"));
        Assert.That(NewsOf(job).Last(), Is.EqualTo(("job.failed", (string?)"h", (string?)"no disk")));
    }

    [Test]
    public void Cancel_of_a_running_job_is_requested_first()
    {
        var peer = _stage.Join(1, "h", 1, "m");
        var job = _stage.Enqueue(Spec).Id;
        Cancel(job);
        peer.Say(ReportEventTypes.Cancelled, peer.Assigned[0]);
        Assert.That(
            NewsOf(job).TakeLast(2),
            Is.EqualTo(
                new (string, string?, string?)[] { ("job.cancelRequested", "h", null), ("job.cancelled", "h", null) }
            )
        );
    }

    [Test]
    public void Waiting_job_is_cancelled_or_expires_without_a_handler()
    {
        var cancelled = _stage.Enqueue(Spec).Id;
        var expired = _stage.Enqueue(Spec with { StartDeadline = Stage.Noon.AddSeconds(1) }).Id;
        Cancel(cancelled);
        _stage.Advance(1);
        Assert.That(NewsOf(cancelled).Last(), Is.EqualTo(("job.cancelled", (string?)null, (string?)null)));
        Assert.That(NewsOf(expired).Last(), Is.EqualTo(("job.expired", (string?)null, (string?)null)));
    }

    [Test]
    public void New_priority_and_a_retry_are_told()
    {
        var job = _stage.Enqueue(Spec, runAt: Stage.Noon.AddHours(1)).Id;
        _stage.Ask<Answer.JobIs>(ticket => new BrokerInput.ChangeJob(
            ticket,
            "default",
            job,
            new JobChanges { Priority = 7 }
        ));
        _stage.Ask<Answer.JobIs>(ticket => new BrokerInput.ChangeJob(
            ticket,
            "default",
            job,
            new JobChanges { Priority = 7 }
        ));
        _stage.Ask<Answer.JobIs>(ticket => new BrokerInput.RetryJob(ticket, "default", job));
        Assert.That(
            NewsOf(job).Select(news => news.Type),
            Is.EqualTo(new[] { "job.enqueued", "job.priorityChanged", "job.ready" }),
            "the same priority again is no news"
        );
    }

    [Test]
    public void Job_that_goes_on_waiting_for_others_is_no_news_and_one_that_need_not_is_ready()
    {
        var peer = _stage.Join(1, "h", 9, "m");
        var (first, second) = (_stage.Enqueue("m"), _stage.Enqueue("m"));
        var last = _stage.Enqueue([_stage.New(Spec with { Method = "other" }) with { After = [first, second] }])[0].Id;
        peer.Say(End(ReportEventTypes.Succeeded, peer.Assigned[0]));
        Assert.That(NewsOf(last).Select(news => news.Type), Is.EqualTo(new[] { "job.enqueued" }));
        peer.Say(End(ReportEventTypes.Succeeded, peer.Assigned[1]));
        Assert.That(NewsOf(last).Select(news => news.Type), Is.EqualTo(new[] { "job.enqueued", "job.ready" }));
    }

    [Test]
    public void Job_whose_chain_is_broken_says_by_which_job()
    {
        var first = _stage.Enqueue("m");
        var last = _stage.Enqueue([_stage.New(Spec) with { After = [first] }])[0].Id;
        Cancel(first);
        Assert.That(
            NewsOf(last).Last(),
            Is.EqualTo(
                (
                    "job.cancelled",
                    (string?)null,
                    (string?)$"Job {first}, after which it was to run, ended as Cancelled."
                )
            )
        );
        Assert.That(NewsOf(last).Count(), Is.EqualTo(2), "that the chain is broken is told with the cancel alone");
    }

    [TestCase("half done", 50.0, "half done")]
    [TestCase(null, 12.34, "12.3 %")]
    public void Progress_is_told_in_the_handlers_words_or_in_percent(string? message, double percent, string detail)
    {
        var peer = _stage.Join(1, "h", 1, "m");
        var job = _stage.Enqueue(Spec).Id;
        peer.Say(
            new ReportEvent
            {
                Type = ReportEventTypes.Progress,
                AttemptId = peer.Assigned[0],
                Percent = percent,
                Message = message,
            }
        );
        Assert.That(NewsOf(job).Last(), Is.EqualTo(("job.progress", (string?)"h", (string?)detail)));
    }

    [Test]
    public void Handler_is_online_with_its_first_session_and_offline_after_its_last()
    {
        _stage.Join(1, Stage.HelloOf("h", 1, ["m"], "one"));
        _stage.Join(2, Stage.HelloOf("h", 1, ["m"], "two"));
        _stage.Join(3, Stage.HelloOf("h", 1, ["m"]), "b");
        _stage.Do(new BrokerInput.ByeSaid(1, "done"));
        Assert.That(Handlers("handler.offline"), Is.Empty, "a copy is left");
        _stage.Do(new BrokerInput.ByeSaid(2, "done too"));
        Assert.That(
            Handlers("handler.offline"),
            Is.EqualTo(new[] { ("default", "h", (string?)"the handler said Bye: done too") })
        );
        Assert.That(Handlers("handler.online").Count(), Is.EqualTo(3));
    }

    private IEnumerable<(string Namespace, string Handler, string? Detail)> Handlers(string type) =>
        _stage
            .Said.OfType<Effect.Publish>()
            .Select(said => said.Happened)
            .Where(happened => happened.Type == type)
            .Select(happened => (happened.Namespace, happened.Handler!, happened.Detail));
}
