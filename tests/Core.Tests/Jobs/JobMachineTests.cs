using ScheduleZero.Broker.Core.Jobs;
using ScheduleZero.Contracts;
using ScheduleZero.Contracts.Handlers;
using ScheduleZero.Contracts.Ids;
using ScheduleZero.Contracts.Rest;

namespace ScheduleZero.Core.Tests.Jobs;

/// <summary>What a step changes about a job beside its state, which the table of states says.</summary>
public sealed class JobMachineTests
{
    private static readonly DateTimeOffset Now = new(2026, 6, 1, 12, 0, 0, TimeSpan.Zero);
    private static readonly JobId Other = new(Guid.Parse("0198c0de-0000-7000-8000-000000000002"));

    private static readonly Attempt First = new()
    {
        Token = 4,
        Number = 2,
        Handler = "h",
        Instance = "i",
        Session = "s",
        AssignedAt = Now.AddSeconds(-9),
    };

    private static readonly AttemptError Before = new() { Type = "before", Message = "an earlier error" };

    private static readonly Job Ready = new()
    {
        Id = new JobId(Guid.Parse("0198c0de-0000-7000-8000-000000000001")),
        Namespace = "default",
        Spec = new JobSpec
        {
            Method = "m",
            Timeout = TimeSpan.FromSeconds(1.5),
            Retry = new RetryPolicy(5, BackoffKind.Fixed, TimeSpan.FromSeconds(7), TimeSpan.FromSeconds(7), 0),
        },
        State = JobState.Ready,
        RunAt = Now.AddHours(-1),
        EnqueuedAt = Now.AddHours(-1),
        CreatedBy = "test",
        Token = 3,
        AttemptsUsed = 1,
        Error = Before,
    };

    private static readonly Job Running = JobMachine.Apply(Ready, new JobEvent.Assigned(First), Now)!;

    private static Job Apply(Job job, JobEvent happened) => JobMachine.Apply(job, happened, Now)!;

    [Test]
    public void Assigned_job_has_the_attempts_token_and_number()
    {
        Assert.That(
            Running,
            Is.EqualTo(Ready with { State = JobState.Running, Current = First, Token = 4, AttemptsUsed = 2 })
        );
    }

    [Test]
    public void Start_and_cancel_are_noted_at_the_open_attempt_alone()
    {
        Assert.That(
            Apply(Running, new JobEvent.Started(4)),
            Is.EqualTo(Running with { Current = First with { StartedAt = Now } })
        );
        Assert.That(
            Apply(Running, new JobEvent.CancelRequested(TimeSpan.FromSeconds(1))),
            Is.EqualTo(Running with { Current = First with { CancelRequestedAt = Now } })
        );
    }

    [Test]
    public void Failed_attempt_ends_with_its_error_and_the_job_waits_for_its_backoff()
    {
        var error = new AttemptError { Type = "t", Message = "m" };
        var after = Apply(Running, new JobEvent.Failed(4, error, 0.5));
        Assert.That(
            after.Ended!.Single(),
            Is.EqualTo(First with { Outcome = AttemptOutcome.Failed, Error = error, FinishedAt = Now })
        );
        Assert.That(
            (after.RunAt, after.Error, after.AttemptsUsed, after.FinishedAt),
            Is.EqualTo((Now.AddSeconds(7), error, 2, (DateTimeOffset?)null))
        );
    }

    [Test]
    public void Failure_may_say_when_to_retry_and_the_last_one_ends_the_job()
    {
        var error = new AttemptError
        {
            Type = "t",
            Message = "m",
            RetryAfter = TimeSpan.FromMinutes(3),
        };
        Assert.That(Apply(Running, new JobEvent.Failed(4, error, 0.5)).RunAt, Is.EqualTo(Now.AddMinutes(3)));
        var last = Apply(Running with { AttemptsUsed = 5 }, new JobEvent.Failed(4, error, 0.5));
        Assert.That((last.State, last.FinishedAt), Is.EqualTo((JobState.Failed, (DateTimeOffset?)Now)));
    }

    [Test]
    public void Errors_that_the_Broker_finds_say_what_happened()
    {
        Assert.That(
            new[]
            {
                Apply(Running, new JobEvent.TimedOut(4, 0.5)),
                Apply(Running, new JobEvent.LeaseLost(4, "the reason", 0.5)),
                Apply(Running, new JobEvent.Stopped(4, 0.5)),
            }.Select(job => $"{job.Error!.Type}: {job.Error.Message}"),
            Is.EqualTo(
                new[]
                {
                    "timed_out: The attempt ran longer than its time-out of 1.5 s.",
                    "lost: Handler h lost its lease: the reason.",
                    "stopped: The handler stopped the attempt without having been asked to.",
                }
            )
        );
    }

    [Test]
    public void Rejected_attempt_does_not_count_and_leaves_the_jobs_error()
    {
        var after = Apply(Running, new JobEvent.Rejected(4, "no room"));
        Assert.That(
            (after.AttemptsUsed, after.Token, after.RunAt, after.Error),
            Is.EqualTo((1, 4, Now.AddSeconds(1), Before))
        );
        var error = after.Ended!.Single().Error!;
        Assert.That((error.Type, error.Message), Is.EqualTo(("rejected", "no room")));
    }

    [Test]
    public void Of_rejected_attempts_the_newest_are_remembered_and_the_others_all()
    {
        var failed = First with { Token = 1, Outcome = AttemptOutcome.Failed };
        var rejected = Enumerable
            .Range(2, JobMachine.RejectionsKept)
            .Select(token => First with { Token = token, Outcome = AttemptOutcome.Rejected });
        var current = First with { Token = 100 };
        var job = Running with { Token = 100, Current = current, Ended = [failed, .. rejected] };
        var tokens = Apply(job, new JobEvent.Rejected(100, "r")).Ended!.Select(attempt => attempt.Token);
        Assert.That(tokens, Is.EqualTo(Enumerable.Range(3, JobMachine.RejectionsKept - 1).Prepend(1).Append(100)));
    }

    [Test]
    public void Success_ends_the_attempt_without_an_error()
    {
        var after = Apply(Running, new JobEvent.Succeeded(4));
        Assert.That(
            (after.Error, after.FinishedAt, after.Current),
            Is.EqualTo(((AttemptError?)null, (DateTimeOffset?)Now, (Attempt?)null))
        );
        Assert.That(
            after.Ended!.Single(),
            Is.EqualTo(First with { Outcome = AttemptOutcome.Succeeded, FinishedAt = Now })
        );
    }

    [Test]
    public void Retry_that_is_requested_makes_the_job_due_now_and_a_priority_changes_the_spec_alone()
    {
        var waiting = Ready with { State = JobState.Scheduled, RunAt = Now.AddHours(1) };
        Assert.That(
            Apply(waiting, new JobEvent.RetryRequested()),
            Is.EqualTo(waiting with { State = JobState.Ready, RunAt = Now })
        );
        var spec = Ready.Spec with { Priority = 8 };
        Assert.That(
            Apply(waiting, new JobEvent.PriorityChanged(spec)),
            Is.EqualTo(waiting with { Spec = spec, Version = 1 })
        );
    }

    [TestCase(-60, 0, JobState.Ready)] // It comes after those that were ready while it waited.
    [TestCase(0, 0, JobState.Ready)]
    [TestCase(60, 60, JobState.Scheduled)]
    public void Job_whose_wait_for_others_is_over_is_due_now_or_at_its_own_time(
        int runAtSeconds,
        int expectedSeconds,
        JobState state
    )
    {
        var waiting = Ready with
        {
            State = JobState.Scheduled,
            RunAt = Now.AddSeconds(runAtSeconds),
            Chain = new Chain([Other], AfterFailure.Cancel, [Other]),
        };
        var after = Apply(waiting, new JobEvent.AwaitedEnded(Other, JobState.Succeeded));
        Assert.That((after.RunAt, after.State), Is.EqualTo((Now.AddSeconds(expectedSeconds), state)));
        Assert.That(after.Chain!.After, Is.EqualTo(new[] { Other }), "the chain still names it");
    }

    [Test]
    public void Job_that_waits_for_its_batch_too_keeps_its_time_when_the_others_have_ended()
    {
        var waiting = Ready with
        {
            State = JobState.Scheduled,
            Chain = new Chain([Other], AfterFailure.Run, [Other]),
            Completes = new Completion(default),
        };
        var after = Apply(waiting, new JobEvent.AwaitedEnded(Other, JobState.Failed));
        Assert.That((after.RunAt, after.State), Is.EqualTo((waiting.RunAt, JobState.Scheduled)));
        var end = new CompletedBatch(default, 1, 1, 0, 0, 0, "b");
        var last = Apply(after, new JobEvent.BatchEnded(end));
        Assert.That((last.RunAt, last.State, last.Completes!.End), Is.EqualTo((Now, JobState.Ready, end)));
    }

    [Test]
    public void Attempt_of_a_handler_that_was_out_of_reach_comes_after_the_one_that_never_reached_it()
    {
        var error = new AttemptError { Type = "t", Message = "m" };
        var own = First with { Token = 0, Number = 3, Outcome = AttemptOutcome.Failed, Error = error };
        var after = Apply(Running, new JobEvent.RanOffline(own));
        Assert.That(
            (after.Token, after.AttemptsUsed, after.Error, after.FinishedAt),
            Is.EqualTo((5, 3, error, (DateTimeOffset?)Now))
        );
        Assert.That(
            after.Ended!.Select(attempt => (attempt.Token, attempt.Outcome, attempt.Error!.Type)),
            Is.EqualTo(new[] { (4, (AttemptOutcome?)AttemptOutcome.Lost, "lost"), (5, AttemptOutcome.Failed, "t") })
        );
        Assert.That(
            after.Ended![0].Error!.Message,
            Is.EqualTo("Handler h never had the attempt: it was out of reach, and ran the occurrence by itself.")
        );
    }

    [Test]
    public void Late_result_means_nothing_to_a_job_of_which_no_attempt_has_ended() =>
        Assert.That(JobMachine.Apply(Ready, new JobEvent.ResultCameLate(3, null), Now), Is.Null);

    [Test]
    public void Job_whose_chain_is_broken_says_which_job_broke_it()
    {
        var waiting = Ready with
        {
            State = JobState.Scheduled,
            Chain = new Chain([Other], AfterFailure.Cancel, []) { BrokenBy = new AwaitedEnd(Other, JobState.Expired) },
        };
        var error = Apply(waiting, new JobEvent.ChainBroken()).Error!;
        Assert.That(
            (error.Type, error.Message, error.Retryable),
            Is.EqualTo(("after", $"Job {Other}, after which it was to run, ended as Expired.", false))
        );
    }
}
