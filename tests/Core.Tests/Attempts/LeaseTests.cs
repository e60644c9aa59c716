using ScheduleZero.Broker.Core;
using ScheduleZero.Broker.Core.Jobs;
using ScheduleZero.Contracts;
using ScheduleZero.Contracts.Handlers;
using ScheduleZero.Contracts.Ids;
using ScheduleZero.Contracts.Rest;

namespace ScheduleZero.Core.Tests.Attempts;

/// <summary>How leases are given, renewed and ended.</summary>
public sealed class LeaseTests
{
    private static readonly RetryPolicy AtOnce = new(9, BackoffKind.Fixed, TimeSpan.Zero, TimeSpan.Zero, 0);

    private static JobSpec Spec(double timeoutSeconds = 3600) =>
        new()
        {
            Method = "m",
            Timeout = TimeSpan.FromSeconds(timeoutSeconds),
            Retry = AtOnce,
        };

    private static void Cancel(Stage stage, JobId job, double graceSeconds) =>
        stage.Ask<Answer.JobIs>(ticket => new BrokerInput.CancelJob(
            ticket,
            "default",
            job,
            TimeSpan.FromSeconds(graceSeconds)
        ));

    private static AttemptError ErrorOf(Stage stage, JobId job) => stage.Kept.Find(job).Ended![0].Error!;

    [Test]
    public void Attempt_says_which_session_has_it_and_since_when()
    {
        var stage = new Stage();
        stage.Save(Stage.KeyOf("h"));
        stage.Do(new BrokerInput.Opened(7, "bridge-2", null, new KeyClaim("default/h", [1, 2, 3]), null));
        stage.Join(7, "h", 4, "m");
        stage.Advance(3);
        var job = stage.Enqueue("m");

        var expected = new Attempt
        {
            Token = 1,
            Number = 1,
            Handler = "h",
            Instance = "i",
            Session = "session-7",
            Bridge = "bridge-2",
            AssignedAt = Stage.Noon.AddSeconds(3),
        };
        Assert.That(stage.Kept.Find(job).Current, Is.EqualTo(expected));
        Assert.That(stage.Said.OfType<Effect.SendAssign>().Single().LeaseSeconds, Is.EqualTo(30));
    }

    [Test]
    public void Jobs_of_one_batch_are_assigned_in_one_message_for_each_session()
    {
        var stage = new Stage();
        stage.Join(1, "one", 4, "m");
        stage.Join(2, "two", 4, "m");
        stage.Forget();
        stage.Enqueue([stage.New(Spec()), stage.New(Spec()), stage.New(Spec()), stage.New(Spec())]);
        Assert.That(
            stage.Said.OfType<Effect.SendAssign>().Select(sent => (sent.Connection, sent.Jobs.Count)),
            Is.EquivalentTo(new[] { (1L, 2), (2L, 2) })
        );
    }

    [Test]
    public void Heartbeat_renews_no_attempt_of_another_session()
    {
        var stage = new Stage();
        var peer = stage.Join(1, "h", 1, "m");
        var job = stage.Enqueue("m");
        var other = stage.Join(2, "other", 0, "m");
        for (var seconds = 0; seconds < 30; seconds += 5)
        {
            stage.Advance(5);
            other.Heartbeat(0, peer.Assigned[0]);
            other.Pong();
            peer.Heartbeat(1);
        }

        Assert.That(stage.Kept.Find(job).Ended!.Single().Outcome, Is.EqualTo(AttemptOutcome.Lost));
    }

    [Test]
    public void Heartbeat_renews_no_attempt_by_an_older_token()
    {
        var stage = new Stage();
        var peer = stage.Join(1, "h", 1, "m");
        var job = stage.Enqueue(Spec()).Id;
        var first = peer.Assigned[0];
        peer.Say(ReportEventTypes.Failed, first);
        Assert.That(peer.Assigned[^1].Token, Is.EqualTo(2));
        peer.Live(TimeSpan.FromSeconds(30), 1, first);
        Assert.That(stage.Kept.Find(job).Ended![^1].Outcome, Is.EqualTo(AttemptOutcome.Lost));
    }

    [Test]
    public void Handler_of_a_lost_attempt_is_told_to_stop_it_at_once()
    {
        var stage = new Stage();
        var peer = stage.Join(1, "h", 1, "m");
        var job = stage.Enqueue("m");
        peer.Live(TimeSpan.FromSeconds(30), 1);
        Assert.That(
            stage.SentTo<Cancel>(1).Single().Attempts.Single(),
            Is.EqualTo(new CancelledAttempt(peer.Assigned[0], "lost", 0))
        );
        Assert.That(ErrorOf(stage, job).Message, Is.EqualTo("Handler h lost its lease: no heartbeat within it."));
        Assert.That(ErrorOf(stage, job).Type, Is.EqualTo("lost"));
    }

    [Test]
    public void Handler_that_does_not_stop_in_its_grace_is_told_that_the_attempt_is_cancelled()
    {
        var stage = new Stage();
        var peer = stage.Join(1, "h", 1, "m");
        var job = stage.Enqueue("m");
        Cancel(stage, job, 3);
        stage.Advance(3);
        Assert.That(
            stage.SentTo<Cancel>(1).Select(cancel => cancel.Attempts.Single()),
            Is.EqualTo(
                new[]
                {
                    new CancelledAttempt(peer.Assigned[0], "cancelled", 3),
                    new CancelledAttempt(peer.Assigned[0], "cancelled", 0),
                }
            )
        );
        Assert.That(stage.Kept.Find(job).Ended!.Single().Outcome, Is.EqualTo(AttemptOutcome.Cancelled));
    }

    [Test]
    public void End_of_the_grace_counts_before_the_time_out_and_that_before_the_lease()
    {
        var stage = new Stage();
        var peer = stage.Join(1, "h", 2, "m");
        var cancelled = stage.Enqueue(Spec(timeoutSeconds: 4)).Id;
        var late = stage.Enqueue(Spec(timeoutSeconds: 30)).Id;
        Cancel(stage, cancelled, 4);
        peer.Live(TimeSpan.FromSeconds(30), 2);
        Assert.That(stage.Kept.Find(cancelled).State, Is.EqualTo(JobState.Cancelled));
        Assert.That(stage.Kept.Find(cancelled).Ended!.Single().Outcome, Is.EqualTo(AttemptOutcome.Cancelled));
        Assert.That(stage.Kept.Find(late).Ended![0].Outcome, Is.EqualTo(AttemptOutcome.TimedOut));
    }

    [Test]
    public void Handler_that_is_away_is_told_nothing_when_a_cancel_is_requested()
    {
        var stage = new Stage();
        var peer = stage.Join(1, "h", 1, "m");
        var job = stage.Enqueue("m");
        peer.Drop();
        Cancel(stage, job, 2);
        stage.Advance(2);
        Assert.That(stage.Said.OfType<Effect.Send>().Select(sent => sent.Message), Has.None.TypeOf<Cancel>());
        Assert.That(stage.Kept.Find(job).State, Is.EqualTo(JobState.Cancelled));
    }

    [Test]
    public void Error_of_a_lost_attempt_says_why_the_session_ended()
    {
        var stage = new Stage();
        stage.Join(1, "h", 1, "m");
        var job = stage.Enqueue("m");
        stage.Do(new BrokerInput.ByeSaid(1, "shutting down"));
        Assert.That(
            ErrorOf(stage, job).Message,
            Is.EqualTo("Handler h lost its lease: the handler said Bye: shutting down.")
        );
    }

    [Test]
    public void Session_that_does_not_come_back_loses_its_attempts_when_its_lease_is_over()
    {
        var stage = new Stage();
        var peer = stage.Join(1, "h", 1, "m");
        var job = stage.Enqueue("m");
        stage.Advance(10);
        peer.Heartbeat(1, peer.Assigned[0]);
        peer.Drop();
        stage.Advance(29);
        Assert.That(stage.Kept.Find(job).Current, Is.Not.Null);
        stage.Advance(1);
        Assert.That(stage.Kept.Find(job).Current, Is.Null);
        Assert.That(stage.Look(state => state.Handlers("default").Single().Sessions), Is.Empty);
    }

    [Test]
    public void Session_is_ended_by_nothing_that_another_namespace_hears()
    {
        var stage = new Stage();
        var peer = stage.Join(1, Stage.HelloOf("h", 1, ["m"]), "a");
        var same = stage.Join(2, Stage.HelloOf("h", 1, ["m"]), "b");
        var job = stage.Enqueue(Spec(), "a").Id;
        stage.Do(new BrokerInput.ByeSaid(2, "done"));
        Assert.That(same.Assigned, Is.Empty);
        Assert.That(stage.Kept.Find(job).Current, Is.Not.Null);
        peer.Say(ReportEventTypes.Succeeded, peer.Assigned[0]);
        Assert.That(stage.Kept.Find(job).State, Is.EqualTo(JobState.Succeeded));
    }

    [Test]
    public void Attempts_that_run_are_listed_by_their_namespace_newest_first()
    {
        var stage = new Stage();
        stage.Join(1, "h", 9, "m");
        stage.Join(2, Stage.HelloOf("h", 9, ["m"]), "b");
        var (first, second, foreign) = (stage.Enqueue("m"), stage.Enqueue("m"), stage.Enqueue(Spec(), "b").Id);
        stage.Enqueue("nobody-offers-it");
        Assert.That(stage.Look(state => state.RunningJobs("default")), Is.EqualTo(new[] { second, first }));
        Assert.That(stage.Look(state => state.RunningJobs("b")), Is.EqualTo(new[] { foreign }));
    }
}
