using ScheduleZero.Broker.Core;
using ScheduleZero.Broker.Core.Access;
using ScheduleZero.Broker.Core.Jobs;
using ScheduleZero.Contracts.Handlers;
using ScheduleZero.Contracts.Ids;
using ScheduleZero.Contracts.Rest;

namespace ScheduleZero.Core.Tests.Dispatch;

public sealed class ConcurrencyTests
{
    private static JobSpec Spec(int limit = 1, string? handler = null) =>
        new()
        {
            Method = "m",
            ConcurrencyKey = "db-7",
            ConcurrencyLimit = limit,
            Handler = handler,
        };

    private static int Running(Stage stage) => stage.Kept.Jobs.Values.Count(job => job.Current is not null);

    private static void Cancel(Stage stage, JobId id) =>
        stage.Ask<Answer.JobIs>(ticket => new BrokerInput.CancelJob(ticket, "default", id, null));

    [TestCase(1)]
    [TestCase(3)]
    public void At_most_limit_jobs_with_the_key_run_at_once(int limit)
    {
        var stage = new Stage();
        var peer = stage.Join(1, "h", 100, "m");
        for (var i = 0; i < 20; i++)
        {
            stage.Enqueue(Spec(limit));
        }

        for (var done = 0; done < 20; done++)
        {
            Assert.That(Running(stage), Is.EqualTo(Math.Min(limit, 20 - done)));
            peer.Say(ReportEventTypes.Succeeded, peer.Assigned[done]);
        }

        Assert.That(stage.Kept.Finished, Has.Count.EqualTo(20));
    }

    [Test]
    public void A_waiting_job_that_is_cancelled_gives_its_turn_to_the_next()
    {
        var stage = new Stage();
        var peer = stage.Join(1, "h", 100, "m");
        stage.Enqueue(Spec());
        var second = stage.Enqueue(Spec()).Id;
        var third = stage.Enqueue(Spec()).Id;
        Cancel(stage, second);
        peer.Say(ReportEventTypes.Succeeded, peer.Assigned[0]);
        Assert.That(peer.Assigned[^1].Job, Is.EqualTo(third));
    }

    [Test]
    public void A_job_cancelled_between_the_gate_and_a_handler_gives_its_turn_to_the_next()
    {
        var stage = new Stage();
        var peer = stage.Join(1, "h", 3, "m");
        stage.Enqueue(Spec());
        var second = stage.Enqueue(Spec()).Id;
        var third = stage.Enqueue(Spec()).Id;
        peer.Heartbeat(0, [.. peer.Assigned]);
        // The second job has its place at the concurrency gate now, but no handler has room for it.
        peer.Say(ReportEventTypes.Succeeded, peer.Assigned[0]);
        Cancel(stage, second);
        peer.Heartbeat(3);
        Assert.That(peer.Assigned[^1].Job, Is.EqualTo(third));
    }

    [Test]
    public void A_job_whose_handler_is_away_does_not_hold_up_one_that_could_run()
    {
        var stage = new Stage();
        var peer = stage.Join(1, "here", 10, "m");
        var gone = stage.Join(2, "gone", 10, "m");
        stage.Enqueue(Spec(handler: "here"));
        stage.Enqueue(Spec(handler: "gone"));
        var third = stage.Enqueue(Spec(handler: "here")).Id;
        gone.Drop();
        peer.Say(ReportEventTypes.Succeeded, peer.Assigned[0]);
        Assert.That(peer.Assigned[^1].Job, Is.EqualTo(third));
    }

    [Test]
    public void A_place_is_free_again_however_the_attempt_ends()
    {
        foreach (
            var end in new[]
            {
                ReportEventTypes.Failed,
                ReportEventTypes.Cancelled,
                ReportEventTypes.Rejected,
                ReportEventTypes.Succeeded,
            }
        )
        {
            var stage = new Stage();
            var peer = stage.Join(1, "h", 100, "m");
            stage.Enqueue(Spec());
            stage.Enqueue(Spec());
            peer.Say(end, peer.Assigned[0]);
            Assert.That(peer.Assigned, Has.Count.EqualTo(2), end);
        }
    }

    [Test]
    public void Jobs_with_other_limits_of_the_same_key_all_come_to_run()
    {
        var stage = new Stage();
        var peer = stage.Join(1, "h", 100, "m");
        for (var i = 0; i < 12; i++)
        {
            stage.Enqueue(Spec((i % 3) + 1));
        }

        for (var done = 0; done < 12; done++)
        {
            Assert.That(peer.Assigned, Has.Count.GreaterThan(done));
            peer.Say(ReportEventTypes.Succeeded, peer.Assigned[done]);
        }

        Assert.That(stage.Kept.Jobs, Is.Empty);
    }

    [Test]
    public void Jobs_that_wait_for_a_place_in_their_method_begin_in_their_order_whatever_their_keys()
    {
        var stage = new Stage();
        var limits = new Dictionary<string, WorkLimits> { ["m"] = new() { RunningJobs = 1 } };
        var record = (NamespaceRecord)stage.Kept.Access[(AccessKind.Namespace, "default")];
        stage.Ask<Answer.Done>(ticket => new BrokerInput.ChangeAccess(
            ticket,
            [AccessChange.Replace(record with { Limits = new NamespaceLimits { PerMethod = limits } })]
        ));
        var peer = stage.Join(1, "h", 9, "m");
        var jobs = new[] { ("a", 0), ("b", 0), ("c", -5), ("d", 5), ("e", 0) }
            .Select(job => stage.Enqueue(Spec() with { ConcurrencyKey = job.Item1, Priority = job.Item2 }).Id)
            .ToList();
        for (var done = 0; done < 4; done++)
        {
            Assert.That(Running(stage), Is.EqualTo(1));
            peer.Say(ReportEventTypes.Succeeded, peer.Assigned[done]);
        }

        Assert.That(
            peer.Assigned.Select(attempt => attempt.Job),
            Is.EqualTo(new[] { jobs[0], jobs[3], jobs[1], jobs[4], jobs[2] })
        );
    }

    [Test]
    public void Jobs_that_need_a_key_and_a_token_wait_for_both_and_begin_one_by_one()
    {
        var stage = new Stage();
        var peer = stage.Join(1, "h", 100, "m");
        var spec = Spec() with { RateLimit = new RateLimit("mail", 1, TimeSpan.FromMinutes(1)) };
        for (var i = 0; i < 4; i++)
        {
            stage.Enqueue(spec);
        }

        for (var done = 1; done <= 4; done++)
        {
            Assert.That(peer.Assigned, Has.Count.EqualTo(done));
            peer.Say(ReportEventTypes.Succeeded, peer.Assigned[^1]);
            Assert.That(peer.Assigned, Has.Count.EqualTo(done), "the key is free, and the token is not back");
            peer.Live(TimeSpan.FromMinutes(1), 100);
        }

        Assert.That(stage.Kept.Finished, Has.Count.EqualTo(4));
        Assert.That(stage.Kept.Jobs, Is.Empty);
    }

    [TestCase(2, 60)]
    [TestCase(1, 30)]
    public void A_job_whose_rate_has_tokens_does_not_wait_behind_one_whose_rate_is_spent(int limit, int period)
    {
        var stage = new Stage();
        var peer = stage.Join(1, "h", 100, "m");
        var spent = new RateLimit("mail", 1, TimeSpan.FromMinutes(1));
        var free = new RateLimit("mail", limit, TimeSpan.FromSeconds(period));
        stage.Enqueue(new JobSpec { Method = "m", RateLimit = spent });
        stage.Enqueue(Spec());
        stage.Enqueue(Spec() with { RateLimit = spent });
        var last = stage.Enqueue(Spec() with { RateLimit = free }).Id;
        Assert.That(peer.Assigned, Has.Count.EqualTo(2), "the key is held");
        peer.Say(ReportEventTypes.Succeeded, peer.Assigned[1]);
        Assert.That(peer.Assigned.Skip(2).Select(attempt => attempt.Job), Is.EqualTo(new[] { last }));
    }

    [Test]
    public void A_job_that_shares_its_key_does_not_wait_behind_one_that_wants_the_key_alone()
    {
        var stage = new Stage();
        var peer = stage.Join(1, "h", 100, "m");
        var rate = new RateLimit("mail", 1, TimeSpan.FromSeconds(20));
        stage.Enqueue(Spec(limit: 2));
        stage.Enqueue(new JobSpec { Method = "m", RateLimit = rate });
        stage.Enqueue(Spec(limit: 1) with { RateLimit = rate });
        var shares = stage.Enqueue(Spec(limit: 2) with { RateLimit = rate }).Id;
        Assert.That(peer.Assigned, Has.Count.EqualTo(2), "the token is away");
        stage.Advance(20);
        Assert.That(peer.Assigned.Skip(2).Select(attempt => attempt.Job), Is.EqualTo(new[] { shares }));
    }

    [Test]
    public void Places_are_still_taken_after_a_restart()
    {
        var stage = new Stage();
        var before = stage.Join(1, "h", 100, "m");
        stage.Enqueue(Spec());
        stage.Enqueue(Spec());
        var open = before.Assigned[0];
        stage.Restart();
        var other = stage.Join(2, "other", 100, "m");
        Assert.That(other.Assigned, Is.Empty);
        var after = stage.Join(3, Stage.HelloOf("h", 100, ["m"], "i", new ResumedAttempt(open, open.Token)));
        after.Say(ReportEventTypes.Succeeded, open);
        Assert.That(Running(stage), Is.EqualTo(1));
        Assert.That(stage.Kept.Finished, Has.Count.EqualTo(1));
    }
}
