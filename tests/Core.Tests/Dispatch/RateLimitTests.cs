using ScheduleZero.Broker.Core;
using ScheduleZero.Broker.Core.Access;
using ScheduleZero.Broker.Core.Dispatch;
using ScheduleZero.Broker.Core.Jobs;
using ScheduleZero.Contracts;
using ScheduleZero.Contracts.Handlers;
using ScheduleZero.Contracts.Rest;

namespace ScheduleZero.Core.Tests.Dispatch;

public sealed class RateLimitTests
{
    private static readonly TimeSpan Minute = TimeSpan.FromMinutes(1);

    private static JobSpec Spec(int limit, TimeSpan? period = null, string key = "mail", string method = "m") =>
        new() { Method = method, RateLimit = new RateLimit(key, limit, period ?? Minute) };

    private static void Limit(Stage stage, NamespaceLimits limits)
    {
        var record = (NamespaceRecord)stage.Kept.Access[(AccessKind.Namespace, "default")];
        stage.Ask<Answer.Done>(ticket => new BrokerInput.ChangeAccess(
            ticket,
            [AccessChange.Replace(record with { Limits = limits })]
        ));
    }

    private static void Enqueue(Stage stage, int count, JobSpec spec)
    {
        for (var i = 0; i < count; i++)
        {
            stage.Enqueue(spec);
        }
    }

    private static void Finish(Peer peer)
    {
        foreach (var attempt in peer.Assigned.ToList())
        {
            peer.Say(ReportEventTypes.Succeeded, attempt);
        }
    }

    [Test]
    public void So_many_begin_at_once_and_the_next_when_a_token_is_back()
    {
        var stage = new Stage();
        var peer = stage.Join(1, "h", 100, "m");
        Enqueue(stage, 7, Spec(3));
        Assert.That(peer.Assigned, Has.Count.EqualTo(3));
        Finish(peer);
        peer.Live(TimeSpan.FromSeconds(59), 100);
        Assert.That(peer.Assigned, Has.Count.EqualTo(3), "the end of a job gives no token back");
        peer.Live(TimeSpan.FromSeconds(1), 100);
        Assert.That(peer.Assigned, Has.Count.EqualTo(6));
        Assert.That(
            stage.Core.TimeToNext(stage.Now),
            Is.LessThanOrEqualTo(Minute),
            "the Broker wakes by itself for the last job"
        );
    }

    [Test]
    public void Never_more_than_the_limit_begin_in_any_period_however_they_lie()
    {
        var window = new RateWindow(Minute);
        var chance = new Random(4711);
        var starts = new List<TimeSpan>();
        var now = TimeSpan.Zero;
        while (starts.Count < 2_000)
        {
            now += TimeSpan.FromSeconds(chance.NextDouble() * chance.Next(6));
            window.Expire(now);
            if (window.Taken < 20)
            {
                window.TakeToken(now);
                starts.Add(now);
            }
        }

        for (var i = 20; i < starts.Count; i++)
        {
            Assert.That(starts[i] - starts[i - 20], Is.GreaterThanOrEqualTo(Minute), $"start {i}");
        }
    }

    [Test]
    public void A_window_takes_the_same_room_whatever_its_limit_is()
    {
        var window = new RateWindow(Minute);
        for (var i = 0; i < 100_000; i++)
        {
            window.TakeToken(TimeSpan.FromMilliseconds(i * 0.59));
        }

        Assert.That(window.Taken, Is.EqualTo(100_000));
        Assert.That(window.Save(new(Stage.Noon, Minute)), Has.Count.LessThanOrEqualTo(RateWindow.SlicesPerPeriod + 1));
    }

    [Test]
    public void Other_keys_other_periods_and_other_namespaces_have_tokens_of_their_own()
    {
        var stage = new Stage();
        var peer = stage.Join(1, "h", 100, "m");
        var foreign = stage.Join(2, Stage.HelloOf("h", 100, ["m"]), "a");
        Enqueue(stage, 2, Spec(1));
        Enqueue(stage, 2, Spec(1, key: "sms"));
        Enqueue(stage, 2, Spec(1, 2 * Minute));
        stage.Enqueue(Spec(1), "a");
        Assert.That(peer.Assigned, Has.Count.EqualTo(3));
        Assert.That(foreign.Assigned, Has.Count.EqualTo(1));
    }

    [Test]
    public void A_retry_takes_a_token_too()
    {
        var stage = new Stage();
        var peer = stage.Join(1, "h", 100, "m");
        stage.Enqueue(Spec(1));
        peer.Say(ReportEventTypes.Failed, peer.Assigned[0]);
        peer.Live(TimeSpan.FromSeconds(55), 100);
        Assert.That(peer.Assigned, Has.Count.EqualTo(1));
        peer.Live(TimeSpan.FromSeconds(5), 100);
        Assert.That(peer.Assigned, Has.Count.EqualTo(2));
    }

    [Test]
    public void Taken_tokens_are_still_away_after_a_restart_and_come_back_in_time()
    {
        var stage = new Stage();
        var peer = stage.Join(1, "h", 100, "m");
        Enqueue(stage, 3, Spec(2));
        Finish(peer);
        stage.Restart(TimeSpan.FromSeconds(20));
        var back = stage.Join(2, "h", 100, "m");
        back.Live(TimeSpan.FromSeconds(39), 100);
        Assert.That(back.Assigned, Is.Empty);
        back.Live(TimeSpan.FromSeconds(1), 100);
        Assert.That(back.Assigned, Has.Count.EqualTo(1));
    }

    [Test]
    public void A_limit_that_has_all_its_tokens_leaves_nothing_behind()
    {
        var stage = new Stage();
        var peer = stage.Join(1, "h", 100, "m");
        Enqueue(stage, 2, Spec(2));
        Finish(peer);
        Assert.That(stage.Kept.Rates, Has.Count.EqualTo(1));
        stage.Restart(TimeSpan.FromHours(1));
        stage.Do();
        Assert.That(stage.Kept.Rates, Is.Empty);
    }

    [Test]
    public void A_clock_that_is_set_back_while_the_broker_is_down_does_not_hold_tokens_for_longer_than_a_period()
    {
        var stage = new Stage();
        var peer = stage.Join(1, "h", 100, "m");
        Enqueue(stage, 2, Spec(1));
        Finish(peer);
        stage.Restart(TimeSpan.FromDays(-400));
        var back = stage.Join(2, "h", 100, "m");
        back.Live(Minute, 100);
        Assert.That(back.Assigned, Has.Count.EqualTo(1));
    }

    [Test]
    public void Jobs_that_share_a_closed_key_and_a_spent_rate_wait_together_and_all_come_to_run()
    {
        var stage = new Stage();
        var peer = stage.Join(1, "h", 100, "m");
        var spec = Spec(2, TimeSpan.FromSeconds(5)) with { ConcurrencyKey = "db", ConcurrencyLimit = 1 };
        Enqueue(stage, 9, spec);
        for (var done = 0; done < 9; done++)
        {
            Assert.That(peer.Assigned, Has.Count.EqualTo(done + 1), "one job runs at a time");
            peer.Say(ReportEventTypes.Succeeded, peer.Assigned[done]);
            peer.Live(TimeSpan.FromSeconds(5), 100);
        }

        Assert.That(stage.Kept.Jobs, Is.Empty);
    }

    [Test]
    public void An_operators_limits_on_a_method_hold_for_all_its_jobs_and_for_no_others()
    {
        var stage = new Stage();
        var peer = stage.Join(1, "h", 100, "m", "n");
        Limit(
            stage,
            new NamespaceLimits { PerMethod = new Dictionary<string, WorkLimits> { ["m"] = new() { RunningJobs = 2 } } }
        );
        Enqueue(stage, 5, new JobSpec { Method = "m" });
        Enqueue(stage, 5, new JobSpec { Method = "n" });
        Assert.That(peer.Assigned, Has.Count.EqualTo(7));
        peer.Say(ReportEventTypes.Succeeded, peer.Assigned[0]);
        Assert.That(peer.Assigned, Has.Count.EqualTo(8));
        Limit(stage, new NamespaceLimits());
        Assert.That(peer.Assigned, Has.Count.EqualTo(10), "without the limit the other jobs start");
    }

    [Test]
    public void A_limit_that_comes_later_counts_what_runs_already()
    {
        var stage = new Stage();
        var peer = stage.Join(1, "h", 100, "m");
        Enqueue(stage, 2, new JobSpec { Method = "m" });
        Limit(
            stage,
            new NamespaceLimits { PerMethod = new Dictionary<string, WorkLimits> { ["m"] = new() { RunningJobs = 2 } } }
        );
        Enqueue(stage, 1, new JobSpec { Method = "m" });
        Assert.That(peer.Assigned, Has.Count.EqualTo(2));
        stage.Restart();
        var back = stage.Join(2, "other", 100, "m");
        Assert.That(back.Assigned, Is.Empty, "no token is back after a restart");
    }

    [Test]
    public void A_handlers_limits_hold_for_all_its_sessions_together()
    {
        var stage = new Stage();
        var limits = new WorkLimits { RunningJobs = 3, Rate = new RateOptions(4, Minute) };
        Limit(stage, new NamespaceLimits { PerHandler = new Dictionary<string, WorkLimits> { ["h"] = limits } });
        var one = stage.Join(1, Stage.HelloOf("h", 100, ["m"], "one"));
        var two = stage.Join(2, Stage.HelloOf("h", 100, ["m"], "two"));
        Enqueue(stage, 9, new JobSpec { Method = "m" });
        Assert.That(one.Assigned.Count + two.Assigned.Count, Is.EqualTo(3));
        Finish(one);
        Finish(two);
        Assert.That(one.Assigned.Count + two.Assigned.Count, Is.EqualTo(4), "the rate is spent");
        var other = stage.Join(3, "other", 1, "m");
        Assert.That(other.Assigned, Has.Count.EqualTo(1), "another handler has a rate of its own");
        one.Live(Minute, 100);
        Assert.That(one.Assigned, Has.Count.GreaterThan(2));
    }

    [Test]
    public void A_handlers_place_is_free_for_its_other_session_too()
    {
        var stage = new Stage();
        var limits = new WorkLimits { RunningJobs = 1 };
        Limit(stage, new NamespaceLimits { PerHandler = new Dictionary<string, WorkLimits> { ["h"] = limits } });
        var one = stage.Join(1, Stage.HelloOf("h", 1, ["m"], "one"));
        Enqueue(stage, 2, new JobSpec { Method = "m" });
        var two = stage.Join(2, Stage.HelloOf("h", 1, ["m"], "two"));
        Assert.That(two.Assigned, Is.Empty);
        one.Heartbeat(0, [.. one.Assigned]);
        Finish(one);
        Assert.That((one.Assigned.Count, two.Assigned.Count), Is.EqualTo((1, 1)));
    }

    [Test]
    public void A_handlers_running_jobs_count_after_a_restart()
    {
        var stage = new Stage();
        var limits = new WorkLimits { RunningJobs = 1 };
        Limit(stage, new NamespaceLimits { PerHandler = new Dictionary<string, WorkLimits> { ["h"] = limits } });
        stage.Join(1, Stage.HelloOf("h", 9, ["m"], "one"));
        Enqueue(stage, 2, new JobSpec { Method = "m" });
        stage.Restart();
        var two = stage.Join(2, Stage.HelloOf("h", 9, ["m"], "two"));
        Assert.That(two.Assigned, Is.Empty);
        two.Live(stage.Options.Lease, 9);
        Assert.That(two.Assigned, Has.Count.EqualTo(1), "the attempt of the first session is lost");
    }

    [Test]
    public void A_handler_goes_on_by_itself_when_a_token_of_its_rate_is_back()
    {
        var stage = new Stage();
        var limits = new WorkLimits { Rate = new RateOptions(1, TimeSpan.FromSeconds(5)) };
        Limit(stage, new NamespaceLimits { PerHandler = new Dictionary<string, WorkLimits> { ["h"] = limits } });
        var peer = stage.Join(1, "h", 100, "m");
        Enqueue(stage, 2, new JobSpec { Method = "m" });
        Assert.That(peer.Assigned, Has.Count.EqualTo(1));
        stage.Advance(5);
        Assert.That(peer.Assigned, Has.Count.EqualTo(2));
    }

    [Test]
    public void Tokens_that_were_taken_apart_come_back_apart()
    {
        var stage = new Stage();
        var peer = stage.Join(1, "h", 100, "m");
        Enqueue(stage, 1, Spec(2));
        Finish(peer);
        peer.Live(TimeSpan.FromSeconds(10), 100);
        Enqueue(stage, 3, Spec(2));
        foreach (var (seconds, started) in new[] { (49, 2), (1, 3), (9, 3), (1, 4) })
        {
            Finish(peer);
            peer.Live(TimeSpan.FromSeconds(seconds), 100);
            Assert.That(peer.Assigned, Has.Count.EqualTo(started));
        }
    }

    [Test]
    public void The_broker_sleeps_until_the_first_stored_token_is_back()
    {
        var stage = new Stage();
        var peer = stage.Join(1, "h", 100, "m");
        Enqueue(stage, 1, Spec(1));
        Finish(peer);
        stage.Restart(TimeSpan.FromSeconds(20));
        Assert.That(stage.Core.TimeToNext(stage.Now), Is.EqualTo(TimeSpan.FromSeconds(40)));
    }

    [Test]
    public void A_namespace_that_is_deleted_takes_its_counted_starts_along()
    {
        var stage = new Stage();
        var peer = stage.Join(1, Stage.HelloOf("h", 100, ["m"]), "tenant-a");
        stage.Enqueue(Spec(1), "tenant-a");
        Finish(peer);
        Assert.That(stage.Kept.Rates, Has.Count.EqualTo(1));
        stage.Ask<Answer.Done>(ticket => new BrokerInput.DeleteNamespace(ticket, "tenant-a"));
        stage.Advance(1);
        stage.Do(new BrokerInput.NamespacePurged("tenant-a"));
        Assert.That(stage.Kept.Rates, Is.Empty);
        Assert.That(stage.Core.TimeToNext(stage.Now), Is.Null, "nothing is left that would come back");
    }

    [TestCase(true)]
    [TestCase(false)]
    public void The_rate_of_a_method_or_a_handler_outlives_a_restart(bool isOfMethod)
    {
        var stage = new Stage();
        var limits = new WorkLimits { Rate = new RateOptions(1, Minute) };
        Limit(
            stage,
            isOfMethod
                ? new NamespaceLimits { PerMethod = new Dictionary<string, WorkLimits> { ["m"] = limits } }
                : new NamespaceLimits { PerHandler = new Dictionary<string, WorkLimits> { ["h"] = limits } }
        );
        var peer = stage.Join(1, "h", 100, "m");
        Enqueue(stage, 2, new JobSpec { Method = "m" });
        Finish(peer);
        stage.Restart(TimeSpan.FromSeconds(30));
        var back = stage.Join(2, "h", 100, "m");
        Assert.That(back.Assigned, Is.Empty);
        back.Live(TimeSpan.FromSeconds(30), 100);
        Assert.That(back.Assigned, Has.Count.EqualTo(1));
    }

    [Test]
    public void The_broker_runs_and_takes_so_many_jobs_of_all_namespaces_together()
    {
        var stage = new Stage(options: new CoreOptions { RunningJobsMax = 2, WaitingJobsMax = 3 });
        var here = stage.Join(1, "h", 100, "m");
        var there = stage.Join(2, Stage.HelloOf("h", 100, ["m"]), "a");
        for (var i = 0; i < 5; i++)
        {
            stage.Enqueue(new JobSpec { Method = "m" }, i % 2 == 0 ? "default" : "a");
        }

        Assert.That(here.Assigned.Count + there.Assigned.Count, Is.EqualTo(2));
        var refused = stage.Ask<Answer.Refused>(ticket => new BrokerInput.Enqueue(
            ticket,
            [stage.New(new JobSpec { Method = "m" })]
        ));
        Assert.That(refused.Code, Is.EqualTo(ErrorCodes.RateLimited));
        Finish(here);
        Finish(there);
        Assert.That(here.Assigned.Count + there.Assigned.Count, Is.EqualTo(4));
    }

    [Test]
    public void A_failure_may_say_when_to_try_again_in_place_of_the_backoff()
    {
        var stage = new Stage();
        var peer = stage.Join(1, "h", 100, "m");
        var job = stage.Enqueue("m");
        Fail(TimeSpan.FromMinutes(7));
        Assert.That(stage.Kept.Find(job).RunAt, Is.EqualTo(stage.Wall + TimeSpan.FromMinutes(7)));
        peer.Live(TimeSpan.FromMinutes(7), 100);
        Fail(TimeSpan.FromDays(400));
        Assert.That(stage.Kept.Find(job).RunAt, Is.EqualTo(stage.Wall + Limits.RetryAfterMax));

        void Fail(TimeSpan wait) =>
            peer.Say(
                new ReportEvent
                {
                    Type = ReportEventTypes.Failed,
                    AttemptId = peer.Assigned[^1],
                    FencingToken = peer.Assigned[^1].Token,
                    Error = new AttemptError
                    {
                        Type = "busy",
                        Message = "Come later.",
                        RetryAfter = wait,
                    },
                }
            );
    }
}
