using System.Collections.Concurrent;
using Microsoft.Extensions.Logging;
using ScheduleZero.Agent.Tests.Fakes;
using ScheduleZero.Contracts;
using ScheduleZero.Contracts.Handlers;
using ScheduleZero.Contracts.Rest;
using ScheduleZero.HandlerAgent;

namespace ScheduleZero.Agent.Tests.Offline;

public sealed class RunTests
{
    private OfflineRig _rig = null!;

    [SetUp]
    public void Begin() => _rig = new OfflineRig();

    [TearDown]
    public void End() => _rig.Dispose();

    private static double Second(OfflineRun run) => (run.Nominal - OfflineRig.Noon).TotalSeconds;

    private List<TaskCompletionSource<RawJson>> Hold()
    {
        var held = new List<TaskCompletionSource<RawJson>>();
        _rig.Code = job =>
        {
            var end = new TaskCompletionSource<RawJson>();
            job.CancellationToken.Register(() => end.TrySetCanceled());
            held.Add(end);
            return end.Task;
        };
        return held;
    }

    [Test]
    public void A_run_brings_back_result_times_and_log()
    {
        _rig.Code = job =>
        {
            job.Log(LogLevel.Warning, "hot");
            return Task.FromResult(RawJson.Parse("{\n  \"a\": [1, 2]\r\n}"));
        };
        _rig.GoOffline(_rig.ASchedule());
        _rig.To(12);
        var run = _rig.Reports().Single();

        Assert.That((run.Outcome, run.Attempts, Second(run)), Is.EqualTo((OfflineOutcomes.Succeeded, 1, 10d)));
        Assert.That(
            (run.StartedAt, run.FinishedAt),
            Is.EqualTo(
                ((DateTimeOffset?)OfflineRig.Noon.AddSeconds(10), (DateTimeOffset?)OfflineRig.Noon.AddSeconds(10))
            )
        );
        Assert.That(run.Result.To<Dictionary<string, int[]>>()!["a"], Is.EqualTo(new[] { 1, 2 }));
        Assert.That(
            run.Log!.Single(),
            Is.EqualTo(new OfflineLogLine(1, OfflineRig.Noon.AddSeconds(10), "warning", "hot"))
        );
    }

    [Test]
    public void A_failed_attempt_is_tried_again_by_the_schedules_policy_until_none_is_left()
    {
        var at = new List<double>();
        _rig.Code = job =>
        {
            at.Add((_rig.Time.GetUtcNow() - OfflineRig.Noon).TotalSeconds);
            job.Log(LogLevel.Information, $"try {job.Attempt}");
            throw new JobFailedException("no_paper", $"no paper at {job.Attempt}");
        };
        _rig.GoOffline(_rig.ASchedule(TimeSpan.FromMinutes(10)));
        _rig.To(700);
        var run = _rig.Reports().Single();

        Assert.That(at, Is.EqualTo(new[] { 600d, 602, 604 }));
        Assert.That(
            (run.Outcome, run.Attempts, run.Error!.Type, run.Error.Message),
            Is.EqualTo((OfflineOutcomes.Failed, 3, "no_paper", "no paper at 3"))
        );
        Assert.That(
            run.Log!.Select(line => (line.Attempt, line.Message)),
            Is.EqualTo(new[] { (1, "try 1"), (2, "try 2"), (3, "try 3") })
        );
    }

    [Test]
    public void What_the_failure_says_of_the_next_try_counts()
    {
        var at = new List<double>();
        _rig.Code = job =>
        {
            at.Add((_rig.Time.GetUtcNow() - OfflineRig.Noon).TotalSeconds);
            throw new JobFailedException("busy", "busy", retryable: job.Attempt < 2)
            {
                RetryAfter = TimeSpan.FromSeconds(30),
            };
        };
        _rig.GoOffline(_rig.ASchedule(TimeSpan.FromMinutes(10)));
        _rig.To(700);

        Assert.That(at, Is.EqualTo(new[] { 600d, 630 }));
        Assert.That(_rig.Reports().Single().Attempts, Is.EqualTo(2));
    }

    [Test]
    public void An_attempt_that_runs_longer_than_its_time_out_has_failed_and_its_late_end_counts_no_more()
    {
        // The two callbacks run on the thread pool, and on a busy machine at once.
        var reasons = new ConcurrentQueue<CancelReason?>();
        var ends = new List<TaskCompletionSource<RawJson>>();
        _rig.Code = job =>
        {
            job.CancellationToken.Register(() => reasons.Enqueue(job.CancelReason));
            ends.Add(new TaskCompletionSource<RawJson>());
            return ends[^1].Task;
        };
        _rig.GoOffline(
            _rig.ASchedule(TimeSpan.FromMinutes(10)) with
            {
                Timeout = TimeSpan.FromSeconds(20),
                Retry = RetryPolicy.Default with { MaxAttempts = 2, Jitter = 0 },
            }
        );
        _rig.To(630);
        ends[0].SetResult(RawJson.Parse("1"));
        _rig.To(645);
        var run = _rig.Reports().Single();

        Assert.That(_rig.Begun, Is.EqualTo(new[] { (600d, 1), (600d, 2) }));
        Assert.That(() => reasons, Is.EqualTo(new[] { CancelReason.TimedOut, CancelReason.TimedOut }).After(20_000, 5));
        Assert.That((run.Outcome, run.Attempts, run.Error!.Type), Is.EqualTo((OfflineOutcomes.Failed, 2, "timed_out")));
    }

    [Test]
    public void Retries_go_on_while_there_is_a_session_and_their_end_is_said()
    {
        _rig.Code = job =>
            job.Attempt == 1 ? throw new InvalidOperationException("no") : Task.FromResult(RawJson.Parse("2"));
        _rig.GoOffline(_rig.ASchedule());
        _rig.To(11);
        var first = _rig.Reports().Single();
        _rig.To(60);
        var second = _rig.Says().Single();

        Assert.That((first.Outcome, first.Attempts), Is.EqualTo((OfflineOutcomes.Running, 1)));
        Assert.That(_rig.Begun, Is.EqualTo(new[] { (10d, 1), (10d, 2) }));
        Assert.That(
            (second.Last, second.Runs.Single().Outcome, second.Runs.Single().Attempts),
            Is.EqualTo((false, OfflineOutcomes.Succeeded, 2))
        );
    }

    [Test]
    public void Overlap_allow_runs_them_side_by_side()
    {
        Hold();
        _rig.GoOffline(_rig.ASchedule() with { Overlap = OverlapPolicy.Allow });
        _rig.To(35);
        Assert.That(_rig.Begun.Select(begun => begun.Nominal), Is.EqualTo(new[] { 10d, 20, 30 }));
    }

    [Test]
    public void Overlap_skip_misses_those_that_come_meanwhile()
    {
        var held = Hold();
        _rig.GoOffline(_rig.ASchedule() with { Overlap = OverlapPolicy.Skip });
        _rig.To(35);
        held[0].SetResult(default);
        _rig.To(45);
        held[1].SetResult(default);
        var runs = _rig.Reports();

        Assert.That(
            runs.Select(run => (Second(run), run.Outcome)),
            Is.EqualTo(new[] { (10d, "succeeded"), (20d, "missed"), (30d, "missed"), (40d, "succeeded") })
        );
        Assert.That((runs[1].Attempts, runs[1].Reason), Is.EqualTo((0, "the occurrence before is unfinished")));
    }

    [Test]
    public void Overlap_queue_lets_one_wait_and_misses_further_ones()
    {
        var held = Hold();
        _rig.GoOffline(_rig.ASchedule() with { Overlap = OverlapPolicy.Queue });
        _rig.To(45);
        Assert.That(_rig.Begun, Is.EqualTo(new[] { (10d, 1) }));
        held[0].SetResult(default);
        held[1].SetResult(default);
        var runs = _rig.Reports();

        Assert.That(_rig.Begun, Is.EqualTo(new[] { (10d, 1), (20d, 1) }));
        Assert.That(
            runs.Select(run => (Second(run), run.Outcome)),
            Is.EqualTo(new[] { (10d, "succeeded"), (20d, "succeeded"), (30d, "missed"), (40d, "missed") })
        );
    }

    [Test]
    public void Overlap_cancelPrevious_cancels_the_one_under_way_and_runs()
    {
        var held = Hold();
        _rig.GoOffline(_rig.ASchedule() with { Overlap = OverlapPolicy.CancelPrevious });
        _rig.To(25);
        Assert.That(() => held, Has.Count.EqualTo(2).After(20_000, 5));
        held[1].SetResult(default);
        var runs = _rig.Reports();

        Assert.That(
            runs.Select(run => (Second(run), run.Outcome, run.Error?.Type)),
            Is.EqualTo(new[] { (10d, "failed", "cancelled"), (20d, "succeeded", null) })
        );
        Assert.That(_rig.Begun, Is.EqualTo(new[] { (10d, 1), (20d, 1) }));
    }

    [Test]
    public void One_that_does_not_heed_its_cancellation_is_given_up_after_the_grace()
    {
        _rig.Code = job => new TaskCompletionSource<RawJson>().Task;
        _rig.GoOffline(_rig.ASchedule(TimeSpan.FromSeconds(60)) with { Overlap = OverlapPolicy.CancelPrevious });
        _rig.To(129);
        Assert.That(_rig.Begun, Is.EqualTo(new[] { (60d, 1) }));
        _rig.To(131);

        Assert.That(_rig.Begun, Is.EqualTo(new[] { (60d, 1), (120d, 1) }));
    }

    [Test]
    public void An_attempt_of_the_Brokers_that_still_runs_counts_as_the_one_before()
    {
        var held = Hold();
        var schedule = _rig.ASchedule() with { Overlap = OverlapPolicy.Queue };
        _rig.OpenWith(schedule);
        _rig.To(10);
        var assigned = FiringTests.Assigned(schedule, 10) with { Method = "work" };
        Assert.That(_rig.Custodian.TrySettle(assigned), Is.False);
        _rig.Book.Assign(assigned);
        _rig.Cut();
        _rig.To(25);
        Assert.That(_rig.Begun, Is.EqualTo(new[] { (10d, 1) }));
        held[0].SetResult(default);

        Assert.That(_rig.Begun, Is.EqualTo(new[] { (10d, 1), (20d, 1) }));
    }

    [Test]
    public void A_result_that_cannot_be_sent_is_a_failure_not_a_stone_in_the_way()
    {
        var results = new Queue<RawJson>([
            new RawJson("{no json"u8.ToArray()),
            new RawJson(new byte[193 * 1024]),
            RawJson.Parse("3"),
        ]);
        _rig.Code = _ => Task.FromResult(results.Dequeue());
        _rig.GoOffline(_rig.ASchedule());
        _rig.To(35);

        Assert.That(
            _rig.Reports().Select(run => run.Error?.Type ?? run.Result.ToString()),
            Is.EqualTo(new[] { "invalid_result", ErrorCodes.TooLarge, "3" })
        );
    }

    [Test]
    public void A_log_is_bounded_and_says_so()
    {
        _rig.Code = job =>
        {
            for (var i = 0; i < 1000; i++)
            {
                job.Log(LogLevel.Information, $"line {i}");
            }

            return Task.FromResult(default(RawJson));
        };
        _rig.GoOffline(_rig.ASchedule());
        _rig.To(12);
        var log = _rig.Reports().Single().Log!;

        Assert.That(log, Has.Count.EqualTo(Limits.OfflineLogLinesMax));
        Assert.That((log[198].Message, log[199].Level), Is.EqualTo(("line 198", "warning")));
        Assert.That(log[199].Message, Does.StartWith("801 log lines were dropped"));
    }

    [Test]
    public void What_ran_when_the_process_fell_is_lost_and_goes_on_by_its_policy_also_with_a_session()
    {
        Hold();
        _rig.GoOffline(_rig.ASchedule() with { Retry = RetryPolicy.Default with { MaxAttempts = 2, Jitter = 0 } });
        _rig.To(11);
        _rig.Restart();
        Assert.That(_rig.Reports().Single().Outcome, Is.EqualTo("running"));
        _rig.To(20);
        Assert.That(_rig.Begun, Is.EqualTo(new[] { (10d, 1), (10d, 2) }));

        _rig.Restart();
        var run = _rig.Reports().Single();
        Assert.That(
            (run.Outcome, run.Attempts, run.Error!.Type, run.Error.Message),
            Is.EqualTo((OfflineOutcomes.Failed, 2, "lost", "The agent stopped while the attempt ran."))
        );
        Assert.That(run.StartedAt, Is.EqualTo(OfflineRig.Noon.AddSeconds(12)));
    }

    [Test]
    public void A_retry_that_waited_when_the_process_fell_waits_no_longer_than_before()
    {
        _rig.Code = job =>
            job.Attempt == 1
                ? throw new JobFailedException("x", "x") { RetryAfter = TimeSpan.FromSeconds(60) }
                : Task.FromResult(RawJson.Parse("2"));
        _rig.GoOffline(_rig.ASchedule(TimeSpan.FromMinutes(10)));
        _rig.To(630);
        _rig.Restart();
        _rig.Custodian.SessionOpened();
        _rig.To(659);
        Assert.That(_rig.Begun, Has.Count.EqualTo(1));
        _rig.To(660);
        Assert.That(_rig.Begun, Is.EqualTo(new[] { (600d, 1), (600d, 2) }));
    }

    [Test]
    public void A_stop_cancels_what_runs_and_the_next_start_goes_on()
    {
        var held = Hold();
        _rig.GoOffline(_rig.ASchedule());
        _rig.To(11);
        _rig.Book.Drain();
        _rig.Book.CancelAll(CancelReason.AgentStopping);
        Assert.That(() => _rig.Book.WhenIdle.IsCompleted, Is.True.After(20_000, 5));
        _rig.Restart();
        Assert.That(_rig.Begun, Is.EqualTo(new[] { (10d, 1) }));
        _rig.To(14);

        Assert.That(held, Has.Count.EqualTo(2));
        Assert.That(_rig.Begun, Is.EqualTo(new[] { (10d, 1), (10d, 2) }));
    }
}
