using ScheduleZero.Broker.Core;
using ScheduleZero.Broker.Core.Jobs;
using ScheduleZero.Contracts;
using ScheduleZero.Contracts.Handlers;
using ScheduleZero.Contracts.Rest;

namespace ScheduleZero.Core.Tests.Jobs;

public sealed class DeduplicationTests
{
    private static JobSpec Spec(double? windowSeconds = null) =>
        new()
        {
            Method = "m",
            DeduplicationKey = "k",
            DeduplicationWindow = windowSeconds is { } seconds ? TimeSpan.FromSeconds(seconds) : null,
        };

    private static Decision Finish(Peer peer) => peer.Say(ReportEventTypes.Succeeded, peer.Assigned[^1]);

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
        Assert.That(Finish(peer).Changes.OfType<Change.DeduplicationKept>(), Is.Empty, "nothing is stored of it");
        Assert.That(stage.Enqueue(Spec()).IsNew, Is.True);
        Assert.That(stage.Kept.Deduplications, Is.Empty);
    }

    [Test]
    public void A_key_of_an_earlier_version_that_names_no_method_fits_every_job()
    {
        var stage = new Stage();
        var first = stage.NewId();
        var until = Stage.Noon.AddMinutes(1);
        stage.Kept.Deduplications[("default", "k")] = new Change.DeduplicationKept("default", "k", first, until);
        stage.Restart();
        var again = stage.Enqueue([stage.New(Spec()) with { IsStrict = true }])[0];
        Assert.That(again, Is.EqualTo(new EnqueuedJob(first, null, IsNew: false, Warning: null)));
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

    [TestCase("m", 1L, null)]
    [TestCase("other", 1L, "another method")]
    [TestCase("m", 2L, "other params")]
    [TestCase("m", null, null)]
    public void A_key_whose_job_asks_for_something_else_is_answered_with_a_warning_or_refused(
        string method,
        long? hash,
        string? warning
    )
    {
        var stage = new Stage();
        var peer = stage.Join(1, "h", 1, "m");
        stage.Enqueue(Spec(60) with { ParamsHash = 1 });
        var again = Spec(60) with { Method = method, ParamsHash = hash };
        foreach (var isFinished in new[] { false, true })
        {
            if (isFinished)
            {
                Finish(peer);
                stage.Restart();
            }

            var warned = stage.Enqueue(again);
            Assert.That(warned.Warning, warning is null ? Is.Null : Does.Contain(warning), $"finished: {isFinished}");
            Assert.That((warned.IsNew, warned.IsRefused), Is.EqualTo((false, false)));
            var strict = stage.Enqueue([stage.New(again) with { IsStrict = true }])[0];
            Assert.That((strict.IsNew, strict.IsRefused), Is.EqualTo((false, warning is not null)));
        }

        Assert.That(stage.Kept.Jobs, Is.Empty);
    }

    [Test]
    public void What_the_first_job_was_is_remembered_for_as_long_as_its_key()
    {
        var stage = new Stage();
        var peer = stage.Join(1, "h", 1, "m");
        stage.Enqueue(Spec(60) with { ParamsHash = 7 });
        stage.Advance(5);
        Finish(peer);
        stage.Restart();
        var holder = stage.Enqueue(Spec(60)).Holder!;
        Assert.That(
            holder,
            Is.EqualTo(new KeyHolder("m", 7, JobState.Succeeded, Stage.Noon, Stage.Noon.AddSeconds(5), 1, "test"))
        );
    }

    [TestCase(true)]
    [TestCase(false)]
    public void A_set_of_which_a_key_is_refused_is_refused_as_a_whole(bool isInSet)
    {
        var stage = new Stage();
        var first = stage.New(Spec() with { Method = "other" });
        if (!isInSet)
        {
            stage.Enqueue([first]);
        }

        var before = stage.Kept.Jobs.Count;
        NewJob[] set =
        [
            .. isInSet ? [first] : Array.Empty<NewJob>(),
            stage.New(new JobSpec { Method = "m" }),
            stage.New(Spec()) with
            {
                IsStrict = true,
            },
        ];
        var refused = stage.Ask<Answer.Refused>(ticket => new BrokerInput.Enqueue(ticket, set) { IsAtomic = true });
        Assert.That(refused.Code, Is.EqualTo(ErrorCodes.Conflict));
        Assert.That(stage.Kept.Jobs, Has.Count.EqualTo(before), "no job of the set was made");
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
