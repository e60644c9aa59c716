using ScheduleZero.Broker.Core;
using ScheduleZero.Broker.Core.Jobs;
using ScheduleZero.Contracts.Handlers;
using ScheduleZero.Contracts.Ids;
using ScheduleZero.Contracts.Rest;

namespace ScheduleZero.Core.Tests.Attempts;

/// <summary>What happens to open attempts when their handler says Hello again.</summary>
public sealed class ResumptionTests
{
    private static Hello HelloOf(int capacity, params ResumedAttempt[] resume) =>
        Stage.HelloOf("h", capacity, ["m"], "i", resume);

    private static ResumedAttempt Claim(AttemptId attempt) => new(attempt, attempt.Token);

    [Test]
    public void Claim_whose_fencing_token_is_not_that_of_its_attempt_is_abandoned()
    {
        var stage = new Stage();
        var peer = stage.Join(1, HelloOf(1));
        stage.Enqueue("m");
        var open = peer.Assigned[0];
        peer.Say(ReportEventTypes.Started, open);
        stage.Hello(2, HelloOf(1, new ResumedAttempt(open, open.Token + 1)));
        var welcome = stage.SentTo<Welcome>(2).Single();
        Assert.That(welcome.Abandoned, Is.EqualTo(new[] { open }));
        Assert.That(welcome.Resumed, Is.Empty);
    }

    [Test]
    public void Claim_of_an_attempt_in_another_namespace_is_abandoned()
    {
        var stage = new Stage();
        var peer = stage.Join(1, HelloOf(1), "a");
        var job = stage.Enqueue(new JobSpec { Method = "m" }, "a").Id;
        stage.Hello(2, HelloOf(1, Claim(peer.Assigned[0])), "b");
        Assert.That(stage.SentTo<Welcome>(2).Single().Abandoned, Is.EqualTo(new[] { peer.Assigned[0] }));
        Assert.That(stage.Kept.Find(job).Current!.Session, Is.EqualTo("session-1"));
    }

    [Test]
    public void Claim_of_another_handlers_attempt_is_abandoned()
    {
        var stage = new Stage();
        var peer = stage.Join(1, HelloOf(1));
        stage.Enqueue("m");
        stage.Hello(2, Stage.HelloOf("thief", 1, ["m"], "i", Claim(peer.Assigned[0])));
        Assert.That(stage.SentTo<Welcome>(2).Single().Abandoned, Is.EqualTo(new[] { peer.Assigned[0] }));
    }

    [Test]
    public void Resumed_attempt_has_a_whole_lease_again()
    {
        var stage = new Stage();
        var peer = stage.Join(1, HelloOf(1));
        var job = stage.Enqueue("m");
        peer.Drop();
        stage.Advance(25);
        stage.Hello(2, HelloOf(1, Claim(peer.Assigned[0])));
        stage.Advance(29);
        Assert.That(stage.Kept.Find(job).Current, Is.Not.Null);
        stage.Advance(1);
        Assert.That(stage.Kept.Find(job).Current, Is.Null);
    }

    [Test]
    public void Attempt_that_is_assigned_again_has_a_whole_lease_again()
    {
        var stage = new Stage();
        var peer = stage.Join(1, HelloOf(1));
        var job = stage.Enqueue("m");
        peer.Drop();
        stage.Advance(25);
        stage.Hello(2, HelloOf(1));
        Assert.That(stage.AssignedTo(2), Is.EqualTo(new[] { peer.Assigned[0] }));
        stage.Advance(29);
        Assert.That(stage.Kept.Find(job).Current, Is.Not.Null);
        stage.Advance(1);
        Assert.That(stage.Kept.Find(job).Current, Is.Null);
    }

    [Test]
    public void Attempt_that_had_started_and_is_not_named_says_why_it_was_lost()
    {
        var stage = new Stage();
        var peer = stage.Join(1, HelloOf(1));
        var job = stage.Enqueue("m");
        peer.Say(ReportEventTypes.Started, peer.Assigned[0]);
        stage.Hello(2, HelloOf(1));
        var ended = stage.Kept.Find(job).Ended!.Single();
        Assert.That(ended.Outcome, Is.EqualTo(AttemptOutcome.Lost));
        Assert.That(
            ended.Error!.Message,
            Is.EqualTo("Handler h lost its lease: the handler no longer knows the attempt.")
        );
        Assert.That(stage.AssignedTo(2), Is.Empty);
    }

    [Test]
    public void Named_attempts_go_on_and_the_others_are_assigned_again_up_to_the_room()
    {
        var stage = new Stage();
        var peer = stage.Join(1, HelloOf(3));
        var jobs = Enumerable.Range(0, 3).Select(_ => stage.Enqueue("m")).ToList();
        var open = peer.Assigned;
        peer.Say(ReportEventTypes.Started, open[1]);
        stage.Hello(2, HelloOf(2, Claim(open[1])));

        Assert.That(stage.SentTo<Welcome>(2).Single().Resumed, Is.EqualTo(new[] { open[1] }));
        Assert.That(stage.AssignedTo(2), Has.Count.EqualTo(1));
        var rejected = jobs.Select(stage.Kept.Find).Single(job => job.Current is null);
        Assert.That(rejected.Ended!.Single().Outcome, Is.EqualTo(AttemptOutcome.Rejected));
        Assert.That(rejected.Ended![0].Error!.Message, Is.EqualTo("the handler came back with less room"));
        Assert.That(rejected.AttemptsUsed, Is.Zero);
        Assert.That(stage.AssignedTo(2)[0].Job, Is.Not.EqualTo(rejected.Id).And.Not.EqualTo(open[1].Job));
    }

    [Test]
    public void Attempts_that_fit_the_room_exactly_are_all_assigned_again()
    {
        var stage = new Stage();
        var peer = stage.Join(1, HelloOf(2));
        stage.Enqueue("m");
        stage.Enqueue("m");
        stage.Hello(2, HelloOf(2));
        Assert.That(stage.AssignedTo(2), Is.EquivalentTo(peer.Assigned));
    }

    [Test]
    public void Cancel_whose_grace_is_over_by_the_handlers_return_gives_no_more_of_it()
    {
        var stage = new Stage();
        var peer = stage.Join(1, HelloOf(1));
        var job = stage.Enqueue("m");
        var open = peer.Assigned[0];
        peer.Drop();
        stage.Ask<Answer.JobIs>(ticket => new BrokerInput.CancelJob(ticket, "default", job, TimeSpan.FromSeconds(2)));
        stage.Move(TimeSpan.FromSeconds(3));
        stage.Hello(2, HelloOf(1, Claim(open)));
        Assert.That(
            stage.SentTo<Cancel>(2)[0].Attempts.Single(),
            Is.EqualTo(new CancelledAttempt(open, "cancelled", 0))
        );
    }

    [Test]
    public void Only_cancelled_attempts_are_told_to_stop_on_a_return()
    {
        var stage = new Stage();
        var peer = stage.Join(1, HelloOf(2));
        stage.Enqueue("m");
        var cancelled = stage.Enqueue("m");
        var open = peer.Assigned;
        peer.Drop();
        stage.Ask<Answer.JobIs>(ticket => new BrokerInput.CancelJob(ticket, "default", cancelled, null));
        stage.Hello(2, HelloOf(2, [.. open.Select(Claim)]));
        Assert.That(
            stage.SentTo<Cancel>(2).Single().Attempts.Select(attempt => attempt.AttemptId.Job),
            Is.EqualTo(new[] { cancelled })
        );
    }

    [Test]
    public void Return_without_open_attempts_assigns_and_cancels_nothing()
    {
        var stage = new Stage();
        stage.Join(1, HelloOf(2)).Drop();
        stage.Hello(2, HelloOf(2));
        Assert.That(stage.Said.OfType<Effect.SendAssign>(), Is.Empty);
        Assert.That(stage.SentTo<Cancel>(2), Is.Empty);
    }

    [Test]
    public void Attempt_of_before_a_restart_waits_for_its_own_copy_of_the_handler_alone()
    {
        var stage = new Stage();
        var peer = stage.Join(1, HelloOf(1));
        stage.Enqueue("m");
        var open = peer.Assigned[0];
        stage.Restart();
        stage.Hello(2, Stage.HelloOf("h", 1, ["m"], "another-copy", Claim(open)));
        Assert.That(stage.SentTo<Welcome>(2).Single().Abandoned, Is.EqualTo(new[] { open }));
        stage.Hello(3, HelloOf(1, Claim(open)));
        Assert.That(stage.SentTo<Welcome>(3).Single().Resumed, Is.EqualTo(new[] { open }));
        stage.Hello(4, HelloOf(1, Claim(open)));
        Assert.That(stage.SentTo<Welcome>(4).Single().Resumed, Is.EqualTo(new[] { open }), "also a second time");
    }
}
