using ScheduleZero.Broker.Core;
using ScheduleZero.Contracts;
using ScheduleZero.Contracts.Handlers;
using ScheduleZero.Contracts.Ids;
using ScheduleZero.Contracts.Rest;

namespace ScheduleZero.Core.Tests.Sessions;

public sealed class SessionLifeTests
{
    private static readonly Hello Good = Stage.HelloOf("h", 4, ["m"]);

    private static string StateOf(Stage stage) =>
        stage.Look(state => state.Handlers("default").Single().Sessions.Single().State);

    private static Hello Resuming(AttemptId attempt) =>
        Good with
        {
            Resume = [new ResumedAttempt(attempt, attempt.Token)],
        };

    [Test]
    public void Bye_loses_the_attempts_at_once_and_they_are_tried_again_under_a_greater_token()
    {
        var stage = new Stage();
        var peer = stage.Join(1, Good);
        var job = stage.Enqueue("m");
        stage.Do(new BrokerInput.ByeSaid(1, "shutting down"));
        Assert.That(stage.Kept.Find(job).Ended!.Single().Outcome, Is.EqualTo(AttemptOutcome.Lost));
        var other = stage.Join(2, "other", 1, "m");
        stage.Advance(2);
        Assert.That(other.Assigned.Single(), Is.EqualTo(new AttemptId(job, peer.Assigned[0].Token + 1)));
    }

    [Test]
    public void A_cut_and_a_return_within_the_lease_re_run_nothing()
    {
        var stage = new Stage();
        var peer = stage.Join(1, Good);
        stage.Enqueue("m");
        var open = peer.Assigned[0];
        peer.Say(ReportEventTypes.Started, open);
        peer.Drop();
        Assert.That(StateOf(stage), Is.EqualTo("detached"));
        stage.Advance(29);
        var back = stage.Join(2, Resuming(open));
        back.Live(TimeSpan.FromMinutes(5), 4, open);
        back.Say(ReportEventTypes.Succeeded, open);
        Assert.That(back.Acknowledged(open), Is.EqualTo("accepted"));
        Assert.That(stage.Kept.Finished.Values.Single().Job.Ended, Has.Count.EqualTo(1));
    }

    [Test]
    public void Silence_for_a_lease_loses_the_attempt_and_closes_the_connection()
    {
        var stage = new Stage();
        var peer = stage.Join(1, Good);
        var job = stage.Enqueue("m");
        var open = peer.Assigned[0];
        stage.Advance(29);
        Assert.That(stage.Kept.Find(job).Ended, Is.Null);
        stage.Advance(1);
        Assert.That(stage.Kept.Find(job).Ended!.Single().Outcome, Is.EqualTo(AttemptOutcome.Lost));
        Assert.That(stage.ClosedOn(1).Single().Code, Is.EqualTo(ErrorCodes.Unavailable));
        var other = stage.Join(2, "other", 1, "m");
        stage.Advance(2);
        Assert.That(other.Assigned.Single().Token, Is.GreaterThan(open.Token));
    }

    [Test]
    public void Heartbeats_renew_the_attempts_that_they_name_and_no_others()
    {
        var stage = new Stage();
        var peer = stage.Join(1, Good);
        stage.Enqueue("m");
        stage.Enqueue("m");
        var (named, unnamed) = (peer.Assigned[0], peer.Assigned[1]);
        peer.Live(TimeSpan.FromSeconds(40), 2, named);
        Assert.That(stage.Kept.Find(named.Job).Current, Is.Not.Null);
        Assert.That(stage.Kept.Find(unnamed.Job).Ended!.Single().Outcome, Is.EqualTo(AttemptOutcome.Lost));
        Assert.That(
            stage.SentTo<Cancel>(1).SelectMany(cancel => cancel.Attempts),
            Has.Some.Matches<CancelledAttempt>(c => c.AttemptId == unnamed)
        );
    }

    [Test]
    public void No_work_is_given_before_a_probe_has_come_back()
    {
        var stage = new Stage();
        stage.Enqueue("m");
        stage.Hello(1, Good);
        var peer = new Peer(stage, 1);
        peer.Heartbeat(4);
        peer.Say(new ReportEvent { Type = ReportEventTypes.Pong, Nonce = "wrong" });
        Assert.That(StateOf(stage), Is.EqualTo("starting"));
        Assert.That(peer.Assigned, Is.Empty);
        peer.Pong();
        Assert.That(StateOf(stage), Is.EqualTo("ready"));
        Assert.That(peer.Assigned, Has.Count.EqualTo(1));
    }

    [Test]
    public void A_probe_that_does_not_come_back_takes_the_session_out_of_service_until_it_does()
    {
        var stage = new Stage();
        var peer = stage.Join(1, Good);
        for (var i = 0; i < 6; i++)
        {
            stage.Advance(5);
            peer.Heartbeat(4);
        }

        Assert.That(StateOf(stage), Is.EqualTo("unresponsive"));
        stage.Enqueue("m");
        Assert.That(peer.Assigned, Is.Empty);
        peer.Pong();
        Assert.That(StateOf(stage), Is.EqualTo("ready"));
        Assert.That(peer.Assigned, Has.Count.EqualTo(1));
    }

    [TestCase(true)]
    [TestCase(false)]
    public void A_handler_that_answers_no_probes_is_closed_for_now_and_gets_work_when_it_comes_back(bool answeredOnce)
    {
        var stage = new Stage();
        stage.Hello(1, Good);
        var deaf = new Peer(stage, 1);
        if (answeredOnce)
        {
            deaf.Pong();
        }

        LiveDeaf(stage, deaf, stage.Options.ProbeInterval + (4 * stage.Options.ProbeTimeout));
        Assert.That(stage.ClosedOn(1).Single().Code, Is.EqualTo(ErrorCodes.Unavailable));
        Assert.That(stage.ClosedOn(1).Single().Reason, Does.Contain("probes"));

        stage.Enqueue("m");
        var back = stage.Join(2, Good);
        Assert.That(back.Assigned, Has.Count.EqualTo(1));
        LiveDeaf(stage, back, stage.Options.ProbeInterval + stage.Options.ProbeTimeout);
        Assert.That(stage.ClosedOn(2), Is.Empty);
    }

    [Test]
    public void A_handler_that_is_deaf_while_it_works_keeps_its_attempt_and_is_closed_after_it()
    {
        var stage = new Stage();
        var peer = stage.Join(1, Good);
        var job = stage.Enqueue("m");
        var attempt = peer.Assigned.Single();
        peer.Say(ReportEventTypes.Started, attempt);
        LiveDeaf(stage, peer, TimeSpan.FromMinutes(5), attempt);
        Assert.That(stage.ClosedOn(1), Is.Empty);

        peer.Say(ReportEventTypes.Succeeded, attempt);
        LiveDeaf(stage, peer, 2 * stage.Options.ProbeTimeout);
        Assert.That(stage.ClosedOn(1).Single().Code, Is.EqualTo(ErrorCodes.Unavailable));
        Assert.That(stage.Kept.Finished.Single().Key, Is.EqualTo(job));
    }

    [Test]
    public void A_session_that_answers_is_probed_each_interval()
    {
        var stage = new Stage();
        var peer = stage.Join(1, "h", 1, "m");
        stage.Forget();
        for (var interval = 1; interval <= 3; interval++)
        {
            peer.Heartbeat(1);
            stage.Advance(stage.Options.ProbeInterval - TimeSpan.FromSeconds(1));
            Assert.That(stage.SentTo<Probe>(1), Has.Count.EqualTo(interval - 1));
            stage.Advance(1);
            Assert.That(stage.SentTo<Probe>(1), Has.Count.EqualTo(interval));
            peer.Pong();
        }
    }

    [Test]
    public void A_probe_that_was_lost_on_the_way_is_said_again()
    {
        var stage = new Stage();
        stage.Hello(1, Good);
        stage.Forget();
        for (var i = 0; i < 3; i++)
        {
            stage.Advance(5);
            new Peer(stage, 1).Heartbeat(4);
        }

        Assert.That(stage.SentTo<Probe>(1), Is.Not.Empty);
        new Peer(stage, 1).Pong();
        Assert.That(StateOf(stage), Is.EqualTo("ready"));
    }

    [Test]
    public void Revoking_the_key_closes_its_connections_and_fences_its_attempts()
    {
        var stage = new Stage();
        var peer = stage.Join(1, Good);
        var job = stage.Enqueue("m");
        stage.Do(new BrokerInput.Opened(2, "b", null, new KeyClaim("default/h", [1, 2, 3]), null));
        stage.Ask<Answer.Done>(ticket => new BrokerInput.RevokeKey(ticket, "default", "default/h"));
        Assert.That(stage.ClosedOn(1).Single().Code, Is.EqualTo(ErrorCodes.Revoked));
        Assert.That(stage.ClosedOn(2).Single().Code, Is.EqualTo(ErrorCodes.Revoked));
        Assert.That(stage.Kept.Find(job).Current, Is.Null);
        peer.Say(ReportEventTypes.Succeeded, peer.Assigned[0]);
        Assert.That(stage.Kept.Finished, Is.Empty);
    }

    [Test]
    public void A_key_that_expires_closes_its_connections_then()
    {
        var stage = new Stage();
        stage.Save(Stage.KeyOf("h") with { ExpiresAt = Stage.Noon + TimeSpan.FromSeconds(20) });
        stage.Join(1, Good);
        stage.Advance(19);
        Assert.That(stage.ClosedOn(1), Is.Empty);
        stage.Advance(1);
        Assert.That(stage.ClosedOn(1).Single().Code, Is.EqualTo(ErrorCodes.Revoked));
    }

    [TestCase(KeyKind.Handler)]
    [TestCase(KeyKind.Bridge)]
    [TestCase(KeyKind.Service)]
    public void The_edge_is_told_of_a_key_that_expires(KeyKind kind)
    {
        var stage = new Stage();
        stage.Save(Stage.KeyOf("h") with { Kind = kind, ExpiresAt = Stage.Noon + TimeSpan.FromSeconds(20) });
        stage.Advance(19);
        Assert.That(stage.Said.OfType<Effect.KeyExpired>(), Is.Empty);
        stage.Advance(1);
        Assert.That(
            stage.Said.OfType<Effect.KeyExpired>().Select(said => said.Key.Id),
            Is.EqualTo(new[] { "default/h" })
        );
    }

    [Test]
    public void Revoking_an_old_key_leaves_a_session_that_has_moved_to_a_new_one()
    {
        var stage = new Stage();
        stage.Save(Stage.KeyOf("h"));
        stage.Save(Stage.KeyOf("h") with { Id = "new" });
        stage.Do(
            new BrokerInput.Opened(1, null, null, new KeyClaim("default/h", [1, 2, 3]), null),
            new BrokerInput.HelloSaid(1, Good, new KeyClaim("new", [1, 2, 3]), "s")
        );
        new Peer(stage, 1).Pong();
        stage.Ask<Answer.Done>(ticket => new BrokerInput.RevokeKey(ticket, "default", "default/h"));
        stage.Enqueue("m");
        Assert.That(stage.ClosedOn(1), Is.Empty);
        Assert.That(stage.AssignedTo(1), Has.Count.EqualTo(1));
    }

    [Test]
    public void A_broker_that_slept_extends_the_leases_by_as_long()
    {
        var stage = new Stage();
        var peer = stage.Join(1, Good);
        stage.Enqueue("m");
        var open = peer.Assigned[0];
        stage.Jump(TimeSpan.FromHours(2) - TimeSpan.FromHours(1.5));
        Assert.That(stage.Kept.Find(open.Job).Current, Is.Not.Null);
        Assert.That(stage.ClosedOn(1), Is.Empty);
        stage.Advance(29);
        Assert.That(stage.Kept.Find(open.Job).Current, Is.Not.Null);
        stage.Advance(2);
        Assert.That(stage.Kept.Find(open.Job).Current, Is.Null);
    }

    [Test]
    public void A_gap_below_the_threshold_extends_nothing()
    {
        var stage = new Stage();
        var peer = stage.Join(1, Good);
        stage.Enqueue("m");
        for (var i = 0; i < 7; i++)
        {
            stage.Jump(TimeSpan.FromSeconds(4.5));
        }

        Assert.That(stage.Kept.Find(peer.Assigned[0].Job).Current, Is.Null);
    }

    [Test]
    public void Disconnecting_a_handler_lets_it_come_back()
    {
        var stage = new Stage();
        var peer = stage.Join(1, Good);
        stage.Enqueue("m");
        var open = peer.Assigned[0];
        stage.Ask<Answer.Done>(ticket => new BrokerInput.DisconnectHandler(ticket, "default", "h"));
        Assert.That(stage.ClosedOn(1).Single().Code, Is.EqualTo(ErrorCodes.Unavailable));
        stage.Join(2, Resuming(open));
        Assert.That(stage.SentTo<Welcome>(2).Single().Resumed, Is.EqualTo(new[] { open }));
    }

    /// <summary>Sends heartbeats and no answers to probes while time passes.</summary>
    private static void LiveDeaf(Stage stage, Peer peer, TimeSpan time, params AttemptId[] running)
    {
        for (var left = time; left > TimeSpan.Zero; left -= TimeSpan.FromSeconds(5))
        {
            stage.Advance(5);
            peer.Heartbeat(4, running);
        }
    }
}
