using ScheduleZero.Broker.Core.Jobs;
using ScheduleZero.Contracts.Handlers;
using ScheduleZero.Contracts.Rest;

namespace ScheduleZero.Core.Tests;

public sealed class RestoreTests
{
    private static Hello Resuming(Peer peer) =>
        Stage.HelloOf(
            "h",
            4,
            ["m"],
            "i",
            [.. peer.Assigned.Select(attempt => new ResumedAttempt(attempt, attempt.Token))]
        );

    [Test]
    public void Running_attempts_wait_a_whole_lease_for_their_sessions()
    {
        var stage = new Stage();
        var peer = stage.Join(1, "h", 4, "m");
        var job = stage.Enqueue("m");
        var (open, hello) = (peer.Assigned[0], Resuming(peer));
        stage.Restart(TimeSpan.FromMinutes(10));
        stage.Advance(29);
        Assert.That(stage.Kept.Find(job).Current, Is.Not.Null);
        var back = stage.Join(2, hello);
        back.Live(TimeSpan.FromSeconds(60), 4, open);
        back.Say(ReportEventTypes.Succeeded, open);
        Assert.That(stage.Kept.Find(job).Ended, Has.Count.EqualTo(1));
        Assert.That(stage.Kept.Find(job).State, Is.EqualTo(JobState.Succeeded));
    }

    [Test]
    public void The_start_of_an_attempt_that_goes_on_is_known_after_a_restart()
    {
        var stage = new Stage();
        var peer = stage.Join(1, "h", 4, "m");
        var job = stage.Enqueue("m");
        stage.Advance(3);
        peer.Say(ReportEventTypes.Started, peer.Assigned[0]);
        Assert.That(
            stage.Core.TimeToNext(stage.Now),
            Is.LessThanOrEqualTo(TimeSpan.FromSeconds(1)),
            "the loop wakes in time for it"
        );
        stage.Advance(1);
        stage.Restart();
        Assert.That(
            stage.Look(state => state.FindJob("default", job))!.Value.Job.Current!.StartedAt,
            Is.EqualTo(Stage.Noon.AddSeconds(3))
        );
    }

    [Test]
    public void A_Broker_that_stops_keeps_also_the_newest_starts()
    {
        var stage = new Stage();
        var peer = stage.Join(1, "h", 4, "m");
        var job = stage.Enqueue("m");
        peer.Say(ReportEventTypes.Started, peer.Assigned[0]);
        Assert.That(stage.Kept.Find(job).Current!.StartedAt, Is.Null);
        stage.Stop();
        Assert.That(stage.Kept.Find(job).Current!.StartedAt, Is.EqualTo(Stage.Noon));
    }

    [Test]
    public void The_start_of_an_attempt_that_ends_soon_is_written_with_its_end_alone()
    {
        var stage = new Stage();
        var peer = stage.Join(1, "h", 4, "m");
        var job = stage.Enqueue("m");
        peer.Say(ReportEventTypes.Started, peer.Assigned[0]);
        peer.Say(ReportEventTypes.Succeeded, peer.Assigned[0]);
        stage.Move(TimeSpan.FromSeconds(2));
        Assert.That(stage.Do().Changes, Is.Empty);
        Assert.That(stage.Kept.Find(job).Ended![0].StartedAt, Is.EqualTo(Stage.Noon));
    }

    [Test]
    public void An_attempt_whose_session_does_not_return_is_lost_and_the_token_grows_on()
    {
        var stage = new Stage();
        var peer = stage.Join(1, "h", 4, "m");
        var job = stage.Enqueue("m");
        var open = peer.Assigned[0];
        stage.Restart();
        stage.Advance(30);
        Assert.That(stage.Kept.Find(job).Ended!.Single().Outcome, Is.EqualTo(AttemptOutcome.Lost));
        var other = stage.Join(2, "other", 1, "m");
        stage.Advance(2);
        Assert.That(other.Assigned.Single().Token, Is.GreaterThan(open.Token));
    }

    [Test]
    public void An_attempt_that_was_lost_on_its_way_when_the_broker_stopped_is_given_again_to_its_session_alone()
    {
        var stage = new Stage();
        var peer = stage.Join(1, "h", 4, "m");
        stage.Enqueue("m");
        var open = peer.Assigned[0];
        stage.Restart();
        Assert.That(stage.Join(2, Stage.HelloOf("h", 4, ["m"], "j")).Assigned, Is.Empty);
        Assert.That(stage.Join(3, Stage.HelloOf("h", 4, ["m"])).Assigned, Is.EqualTo(new[] { open }));
        stage.Hello(3, Stage.HelloOf("h", 4, ["m"], "i", new ResumedAttempt(open, open.Token)));
        Assert.That(stage.AssignedTo(3), Has.Count.EqualTo(1), "the handler that has the attempt is not sent it again");
    }

    [Test]
    public void A_timeout_that_passed_while_the_broker_was_down_leaves_a_lease_for_the_result_to_arrive()
    {
        var stage = new Stage();
        var peer = stage.Join(1, "h", 4, "m");
        var job = stage.Enqueue(new JobSpec { Method = "m", Timeout = TimeSpan.FromMinutes(1) }).Id;
        var (open, hello) = (peer.Assigned[0], Resuming(peer));
        stage.Restart(TimeSpan.FromMinutes(2));
        stage.Advance(5);
        stage.Join(2, hello).Say(ReportEventTypes.Succeeded, open);
        Assert.That(stage.Kept.Find(job).State, Is.EqualTo(JobState.Succeeded));
    }

    [Test]
    public void A_timeout_counts_from_the_assignment_on_and_the_time_in_which_the_broker_was_down_too()
    {
        var stage = new Stage();
        var peer = stage.Join(1, "h", 4, "m");
        var job = stage.Enqueue(new JobSpec { Method = "m", Timeout = TimeSpan.FromSeconds(100) }).Id;
        var (open, hello) = (peer.Assigned[0], Resuming(peer));
        stage.Advance(20);
        stage.Restart(TimeSpan.FromSeconds(10));
        stage.Join(2, hello).Live(TimeSpan.FromSeconds(69), 4, open);
        Assert.That(stage.Kept.Find(job).Current, Is.Not.Null);
        stage.Advance(1);
        Assert.That(stage.Kept.Find(job).Ended!.Single().Outcome, Is.EqualTo(AttemptOutcome.TimedOut));
    }

    [Test]
    public void Jobs_whose_instant_passed_meanwhile_are_ready_and_equals_keep_their_order()
    {
        var stage = new Stage();
        var ids = new List<Contracts.Ids.JobId>();
        for (var i = 0; i < 5; i++)
        {
            ids.Add(stage.Enqueue(new JobSpec { Method = "m" }, runAt: Stage.Noon + TimeSpan.FromMinutes(1)).Id);
            stage.Advance(1);
        }

        stage.Restart(TimeSpan.FromMinutes(2));
        Assert.That(stage.Look(state => state.Stats().Ready), Is.EqualTo(5));
        Assert.That(stage.Join(1, "h", 9, "m").Assigned.Select(attempt => attempt.Job), Is.EqualTo(ids));
    }

    [Test]
    public void A_result_said_again_after_a_restart_is_acknowledged_as_it_was_before()
    {
        var stage = new Stage();
        var peer = stage.Join(1, "h", 4, "m");
        stage.Enqueue("m");
        stage.Enqueue("m");
        var (succeeded, retried) = (peer.Assigned[0], peer.Assigned[1]);
        peer.Say(ReportEventTypes.Succeeded, succeeded);
        peer.Say(ReportEventTypes.Failed, retried);
        stage.Restart();
        var back = stage.Join(2, Resuming(peer));
        back.Say(ReportEventTypes.Succeeded, succeeded);
        back.Say(ReportEventTypes.Failed, retried);
        Assert.That(back.Acknowledged(succeeded), Is.EqualTo("accepted"));
        Assert.That(back.Acknowledged(retried), Is.EqualTo("accepted"));
        Assert.That(stage.Kept.Superseded, Is.Empty);
    }

    [Test]
    public void A_requested_cancel_goes_on_after_a_restart()
    {
        var stage = new Stage();
        var peer = stage.Join(1, "h", 4, "m");
        var job = stage.Enqueue("m");
        var hello = Resuming(peer);
        stage.Ask<Broker.Core.Answer.JobIs>(ticket => new Broker.Core.BrokerInput.CancelJob(
            ticket,
            "default",
            job,
            null
        ));
        stage.Restart();
        stage.Join(2, hello);
        Assert.That(stage.SentTo<Cancel>(2), Has.Count.EqualTo(1));
        stage.Advance(10);
        Assert.That(stage.Kept.Find(job).State, Is.EqualTo(JobState.Cancelled));
    }

    [Test]
    public void Handlers_and_their_drains_are_known_after_a_restart()
    {
        var stage = new Stage();
        stage.Join(1, "h", 4, "m");
        stage.Ask<Broker.Core.Answer.Done>(ticket => new Broker.Core.BrokerInput.DrainHandler(
            ticket,
            "default",
            "h",
            true
        ));
        stage.Restart();
        stage.Enqueue("m");
        Assert.That(stage.Join(2, "h", 4, "m").Assigned, Is.Empty);
        Assert.That(stage.Look(state => state.Handlers("default").Single().Drained), Is.True);
    }
}
