using ScheduleZero.Broker.Core;
using ScheduleZero.Broker.Core.Jobs;
using ScheduleZero.Contracts;
using ScheduleZero.Contracts.Handlers;
using ScheduleZero.Contracts.Ids;
using ScheduleZero.Contracts.Rest;

namespace ScheduleZero.Core.Tests.Jobs;

public sealed class JobLifeTests
{
    private static readonly RetryPolicy TenSeconds = new(
        3,
        BackoffKind.Fixed,
        TimeSpan.FromSeconds(10),
        TimeSpan.FromSeconds(10),
        0
    );

    private static Answer.JobIs Cancel(Stage stage, JobId id, double? grace = null) =>
        stage.Ask<Answer.JobIs>(ticket => new BrokerInput.CancelJob(
            ticket,
            "default",
            id,
            grace is { } seconds ? TimeSpan.FromSeconds(seconds) : null
        ));

    private static void Fail(Peer peer, AttemptId attempt, bool retryable = true) =>
        peer.Say(
            new ReportEvent
            {
                Type = ReportEventTypes.Failed,
                AttemptId = attempt,
                FencingToken = attempt.Token,
                Error = new AttemptError
                {
                    Type = "t",
                    Message = "m",
                    Retryable = retryable,
                },
            }
        );

    [Test]
    public void A_job_fails_after_its_last_attempt_with_backoff_in_between()
    {
        var stage = new Stage();
        var peer = stage.Join(1, "h", 4, "m");
        var id = stage.Enqueue(new JobSpec { Method = "m", Retry = TenSeconds }).Id;
        for (var attempt = 1; attempt <= 3; attempt++)
        {
            Assert.That(peer.Assigned, Has.Count.EqualTo(attempt));
            Fail(peer, peer.Assigned[^1]);
            peer.Live(TimeSpan.FromSeconds(9), 4);
            Assert.That(peer.Assigned, Has.Count.EqualTo(attempt));
            stage.Advance(1);
        }

        Assert.That(stage.Kept.Find(id).State, Is.EqualTo(JobState.Failed));
        Assert.That(peer.Assigned.Select(attempt => attempt.Token), Is.EqualTo(new[] { 1, 2, 3 }));
    }

    [Test]
    public void An_error_that_is_not_retryable_fails_the_job_at_once()
    {
        var stage = new Stage();
        var peer = stage.Join(1, "h", 4, "m");
        var id = stage.Enqueue("m");
        Fail(peer, peer.Assigned[0], retryable: false);
        Assert.That(stage.Kept.Find(id).State, Is.EqualTo(JobState.Failed));
    }

    [Test]
    public void Retry_now_ends_the_backoff()
    {
        var stage = new Stage();
        var peer = stage.Join(1, "h", 4, "m");
        var id = stage.Enqueue(new JobSpec { Method = "m", Retry = TenSeconds }).Id;
        Fail(peer, peer.Assigned[0]);
        stage.Ask<Answer.JobIs>(ticket => new BrokerInput.RetryJob(ticket, "default", id));
        Assert.That(peer.Assigned, Has.Count.EqualTo(2));
        Assert.That(
            stage.Ask<Answer.Refused>(ticket => new BrokerInput.RetryJob(ticket, "default", id)).Code,
            Is.EqualTo(ErrorCodes.Conflict)
        );
    }

    [Test]
    public void A_handler_that_is_asked_to_stop_and_does_so_cancels_the_job_without_error()
    {
        var stage = new Stage();
        var peer = stage.Join(1, "h", 4, "m");
        var id = stage.Enqueue("m");
        Assert.That(Cancel(stage, id).Job.State, Is.EqualTo(JobState.Running));
        Assert.That(
            stage.SentTo<Cancel>(1).Single().Attempts.Single(),
            Is.EqualTo(new CancelledAttempt(peer.Assigned[0], "cancelled", 10))
        );
        peer.Say(ReportEventTypes.Cancelled, peer.Assigned[0]);
        Assert.That(stage.Kept.Find(id).State, Is.EqualTo(JobState.Cancelled));
        Assert.That(stage.Kept.Find(id).Error, Is.Null);
    }

    [TestCase(null, 10)]
    [TestCase(3.0, 3)]
    public void After_the_grace_the_job_is_cancelled_whatever_the_handler_does(double? grace, int seconds)
    {
        var stage = new Stage();
        var peer = stage.Join(1, "h", 4, "m");
        var id = stage.Enqueue("m");
        Cancel(stage, id, grace);
        stage.Advance(seconds - 1);
        Assert.That(stage.Kept.Find(id).State, Is.EqualTo(JobState.Running));
        stage.Advance(1);
        Assert.That(stage.Kept.Find(id).State, Is.EqualTo(JobState.Cancelled));
        peer.Say(ReportEventTypes.Succeeded, peer.Assigned[0]);
        Assert.That(stage.Kept.Find(id).State, Is.EqualTo(JobState.Cancelled));
    }

    [Test]
    public void A_second_cancel_does_not_lengthen_the_grace()
    {
        var stage = new Stage();
        stage.Join(1, "h", 4, "m");
        var id = stage.Enqueue("m");
        Cancel(stage, id);
        stage.Advance(8);
        Cancel(stage, id, 1_000);
        stage.Advance(2);
        Assert.That(stage.Kept.Find(id).State, Is.EqualTo(JobState.Cancelled));
    }

    [Test]
    public void A_cancel_asked_for_while_the_handler_was_away_is_said_on_its_return()
    {
        var stage = new Stage();
        var peer = stage.Join(1, "h", 4, "m");
        var id = stage.Enqueue("m");
        var open = peer.Assigned[0];
        peer.Drop();
        Cancel(stage, id);
        stage.Advance(4);
        stage.Join(2, Stage.HelloOf("h", 4, ["m"], "i", new ResumedAttempt(open, open.Token)));
        Assert.That(
            stage.SentTo<Cancel>(2).Single().Attempts.Single(),
            Is.EqualTo(new CancelledAttempt(open, "cancelled", 6))
        );
    }

    [Test]
    public void A_cancelled_attempt_that_never_arrived_is_not_given_again()
    {
        var stage = new Stage();
        stage.Join(1, "h", 4, "m").Drop();
        var id = stage.Enqueue("m");
        var peer = stage.Join(2, "h", 4, "m");
        peer.Drop();
        Cancel(stage, id);
        stage.Join(3, "h", 4, "m");
        Assert.That(stage.AssignedTo(3), Is.Empty);
        Assert.That(stage.Kept.Find(id).State, Is.EqualTo(JobState.Cancelled));
    }

    [Test]
    public void Waiting_jobs_are_cancelled_at_once_and_answer_not_found_then()
    {
        var stage = new Stage();
        var ready = stage.Enqueue("m");
        var scheduled = stage.Enqueue(new JobSpec { Method = "m" }, runAt: Stage.Noon + TimeSpan.FromHours(1)).Id;
        Assert.That(Cancel(stage, ready).Job.State, Is.EqualTo(JobState.Cancelled));
        Assert.That(Cancel(stage, scheduled).Job.State, Is.EqualTo(JobState.Cancelled));
        var refused = stage.Ask<Answer.Refused>(ticket => new BrokerInput.CancelJob(ticket, "default", ready, null));
        Assert.That(refused.Code, Is.EqualTo(ErrorCodes.NotFound));
        Assert.That(stage.Core.TimeToNext(stage.Now), Is.Null, "no timer is left");
    }

    [Test]
    public void Another_namespace_does_not_see_the_job()
    {
        var stage = new Stage();
        var id = stage.Enqueue("m");
        Assert.That(
            stage.Ask<Answer.Refused>(ticket => new BrokerInput.CancelJob(ticket, "tenant-b", id, null)).Code,
            Is.EqualTo(ErrorCodes.NotFound)
        );
    }

    [Test]
    public void An_attempt_that_runs_past_its_timeout_is_ended_and_tried_again()
    {
        var stage = new Stage();
        var peer = stage.Join(1, "h", 4, "m");
        var id = stage
            .Enqueue(
                new JobSpec
                {
                    Method = "m",
                    Timeout = TimeSpan.FromSeconds(60),
                    Retry = TenSeconds,
                }
            )
            .Id;
        var open = peer.Assigned[0];
        peer.Live(TimeSpan.FromSeconds(59), 4, open);
        Assert.That(stage.Kept.Find(id).Current, Is.Not.Null);
        stage.Advance(1);
        Assert.That(stage.Kept.Find(id).Ended!.Single().Outcome, Is.EqualTo(AttemptOutcome.TimedOut));
        Assert.That(
            stage.SentTo<Cancel>(1).Single().Attempts.Single(),
            Is.EqualTo(new CancelledAttempt(open, "timed_out", 0))
        );
        peer.Live(TimeSpan.FromSeconds(10), 4);
        Assert.That(peer.Assigned[^1].Token, Is.EqualTo(2));
    }

    [Test]
    public void A_job_not_started_by_its_deadline_expires()
    {
        var stage = new Stage();
        var deadline = Stage.Noon + TimeSpan.FromSeconds(10);
        var ready = stage.Enqueue(new JobSpec { Method = "m", StartDeadline = deadline }).Id;
        var scheduled = stage
            .Enqueue(new JobSpec { Method = "m", StartDeadline = deadline }, runAt: Stage.Noon + TimeSpan.FromDays(1))
            .Id;
        stage.Advance(9);
        Assert.That(stage.Kept.Finished, Is.Empty);
        stage.Advance(1);
        Assert.That(stage.Kept.Find(ready).State, Is.EqualTo(JobState.Expired));
        Assert.That(stage.Kept.Find(scheduled).State, Is.EqualTo(JobState.Expired));
    }

    [Test]
    public void A_job_that_started_in_time_may_be_tried_again_after_its_deadline_but_a_rejected_one_may_not()
    {
        var stage = new Stage();
        var peer = stage.Join(1, "h", 4, "m");
        var spec = new JobSpec
        {
            Method = "m",
            StartDeadline = Stage.Noon + TimeSpan.FromSeconds(5),
            Retry = TenSeconds,
        };
        var failed = stage.Enqueue(spec).Id;
        var rejected = stage.Enqueue(spec).Id;
        stage.Advance(6);
        Fail(peer, peer.Assigned.First(attempt => attempt.Job == failed));
        peer.Say(ReportEventTypes.Rejected, peer.Assigned.First(attempt => attempt.Job == rejected));
        Assert.That(stage.Kept.Find(rejected).State, Is.EqualTo(JobState.Expired));
        peer.Live(TimeSpan.FromSeconds(10), 4);
        Assert.That(peer.Assigned.Count(attempt => attempt.Job == failed), Is.EqualTo(2));
    }

    [Test]
    public void A_scheduled_job_becomes_ready_at_its_instant()
    {
        var stage = new Stage();
        var peer = stage.Join(1, "h", 4, "m");
        stage.Enqueue(new JobSpec { Method = "m" }, runAt: Stage.Noon + TimeSpan.FromSeconds(5));
        stage.Advance(4.9);
        Assert.That(peer.Assigned, Is.Empty);
        stage.Advance(0.1);
        Assert.That(peer.Assigned, Has.Count.EqualTo(1));
    }

    [Test]
    public void A_ready_job_without_a_start_deadline_wakes_nobody_also_when_its_wait_was_ended()
    {
        var stage = new Stage();
        stage.Enqueue("m");
        Assert.That(stage.Core.TimeToNext(stage.Now), Is.Null);
        var late = stage.Enqueue(new JobSpec { Method = "m" }, runAt: Stage.Noon.AddHours(1)).Id;
        Assert.That(stage.Core.TimeToNext(stage.Now), Is.EqualTo(TimeSpan.FromHours(1)));
        stage.Ask<Answer.JobIs>(ticket => new BrokerInput.RetryJob(ticket, "default", late));
        Assert.That(stage.Core.TimeToNext(stage.Now), Is.Null);
    }

    [Test]
    public void A_job_whose_time_came_while_the_broker_was_down_expires_at_its_start_deadline()
    {
        var stage = new Stage();
        var spec = new JobSpec { Method = "m", StartDeadline = Stage.Noon.AddMinutes(10) };
        var job = stage.Enqueue(spec, runAt: Stage.Noon.AddMinutes(1)).Id;
        stage.Restart(TimeSpan.FromMinutes(2));
        Assert.That(stage.Look(state => state.FindJob("default", job))!.Value.Job.State, Is.EqualTo(JobState.Ready));
        stage.Advance(TimeSpan.FromMinutes(8));
        Assert.That(stage.Kept.Find(job).State, Is.EqualTo(JobState.Expired));
    }

    [Test]
    public void A_method_that_nobody_offers_is_warned_of()
    {
        var stage = new Stage();
        Assert.That(stage.Enqueue(new JobSpec { Method = "m" }).Warning, Does.Contain("\"m\""));
        stage.Join(1, "h", 4, "m");
        Assert.That(stage.Enqueue(new JobSpec { Method = "m" }).Warning, Is.Null);
        stage.Do(new BrokerInput.ByeSaid(1, "done"));
        Assert.That(stage.Enqueue(new JobSpec { Method = "m" }).Warning, Does.Contain("\"m\""));
    }
}
