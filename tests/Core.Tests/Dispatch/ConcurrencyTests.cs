using ScheduleZero.Broker.Core;
using ScheduleZero.Broker.Core.Jobs;
using ScheduleZero.Contracts.Handlers;
using ScheduleZero.Contracts.Ids;

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
