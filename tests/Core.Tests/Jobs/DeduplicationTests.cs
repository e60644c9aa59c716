using ScheduleZero.Broker.Core.Jobs;
using ScheduleZero.Contracts.Handlers;

namespace ScheduleZero.Core.Tests.Jobs;

public sealed class DeduplicationTests
{
    private static JobSpec Spec(double? windowSeconds = null) => new()
    {
        Method = "m",
        DeduplicationKey = "k",
        DeduplicationWindow = windowSeconds is { } seconds ? TimeSpan.FromSeconds(seconds) : null,
    };

    private static void Finish(Peer peer) => peer.Say(ReportEventTypes.Succeeded, peer.Assigned[^1]);

    [Test]
    public void While_the_first_job_is_unfinished_it_answers_its_key()
    {
        var stage = new Stage();
        var first = stage.Enqueue(Spec());
        var second = stage.Enqueue(Spec());
        Assert.That(second, Is.EqualTo(first with { IsNew = false, Warning = null }));
        Assert.That(stage.Enqueue(Spec(), "tenant-b").IsNew, Is.True, "keys do not cross namespaces");
        Assert.That(stage.Kept.Jobs, Has.Count.EqualTo(2));
    }

    [Test]
    public void Within_one_batch_the_key_holds_too()
    {
        var stage = new Stage();
        var answers = stage.Enqueue([stage.New(Spec()), stage.New(Spec())]);
        Assert.That(answers[1].Id, Is.EqualTo(answers[0].Id));
    }

    [Test]
    public void Without_a_window_the_key_is_free_when_the_job_has_finished()
    {
        var stage = new Stage();
        var peer = stage.Join(1, "h", 1, "m");
        stage.Enqueue(Spec());
        Finish(peer);
        Assert.That(stage.Enqueue(Spec()).IsNew, Is.True);
        Assert.That(stage.Kept.Deduplications, Is.Empty);
    }

    [TestCase(false)]
    [TestCase(true)]
    public void Within_the_window_a_finished_job_answers_also_after_a_restart(bool restart)
    {
        var stage = new Stage();
        var peer = stage.Join(1, "h", 1, "m");
        var first = stage.Enqueue(Spec(60)).Id;
        Finish(peer);
        stage.Advance(30);
        if (restart)
        {
            stage.Restart();
        }

        stage.Advance(29);
        var again = stage.Enqueue(Spec(60));
        Assert.That(again.Id, Is.EqualTo(first));
        Assert.That(again.Job, Is.Null);
        stage.Advance(1);
        Assert.That(stage.Kept.Deduplications, Is.Empty);
        Assert.That(stage.Enqueue(Spec(60)).IsNew, Is.True);
    }

    [Test]
    public void A_window_that_ends_before_the_job_does_not_free_the_key()
    {
        var stage = new Stage();
        var first = stage.Enqueue(Spec(5)).Id;
        stage.Advance(30);
        Assert.That(stage.Enqueue(Spec(5)).Id, Is.EqualTo(first));
        stage.Restart();
        Assert.That(stage.Enqueue(Spec(5)).Id, Is.EqualTo(first));
    }
}
