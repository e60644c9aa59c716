using ScheduleZero.Broker.Core;
using ScheduleZero.Broker.Core.Jobs;
using ScheduleZero.Contracts;
using ScheduleZero.Contracts.Handlers;
using ScheduleZero.Tickets;

namespace ScheduleZero.Core.Tests.Jobs;

/// <summary>What producers and operators are told when a command on jobs is refused.</summary>
[FixtureLifeCycle(LifeCycle.InstancePerTestCase)]
public sealed class JobCommandTests
{
    private static readonly JobSpec Keyed = new()
    {
        Method = "m",
        DeduplicationKey = "order-7",
        DeduplicationWindow = TimeSpan.FromMinutes(1),
    };

    private readonly Stage _stage = new();

    private Answer.Refused Refusal(Func<Ticket, BrokerInput.Request> input) => _stage.Ask<Answer.Refused>(input);

    [Test]
    public void Job_that_has_ended_or_never_was_is_named_in_the_refusal()
    {
        var id = _stage.NewId();
        Answer.Refused[] refusals =
        [
            Refusal(ticket => new BrokerInput.CancelJob(ticket, "default", id, null)),
            Refusal(ticket => new BrokerInput.RetryJob(ticket, "default", id)),
            Refusal(ticket => new BrokerInput.ChangeJob(ticket, "default", id, new JobChanges { Priority = 1 })),
        ];
        Assert.That(refusals.Select(refused => refused.Code), Is.All.EqualTo(ErrorCodes.NotFound));
        Assert.That(refusals.Select(refused => refused.Detail), Is.All.EqualTo($"There is no unfinished job {id}."));
    }

    [Test]
    public void Running_job_has_neither_a_wait_to_end_nor_a_priority_to_change()
    {
        _stage.Join(1, "h", 1, "m");
        var id = _stage.Enqueue("m");
        var retry = Refusal(ticket => new BrokerInput.RetryJob(ticket, "default", id));
        var priority = Refusal(ticket => new BrokerInput.ChangeJob(
            ticket,
            "default",
            id,
            new JobChanges { Priority = 1 }
        ));
        Assert.That(retry.Detail, Does.Contain("is running").And.Contain("no wait to end"));
        Assert.That(priority.Detail, Does.Contain("is running").And.Contain("priority counts only while it waits"));
    }

    [TestCase(null, 10)]
    [TestCase(3.0, 3)]
    public void Bulk_cancel_gives_running_jobs_its_own_grace_or_the_default(double? grace, int seconds)
    {
        _stage.Join(1, "h", 1, "m");
        var id = _stage.Enqueue("m");
        var cancel = new JobAct.Cancel(grace is { } given ? TimeSpan.FromSeconds(given) : null);
        _stage.Ask<Answer.ActedOn>(ticket => new BrokerInput.ActOnJobs(ticket, "default", [id], cancel, _ => true));
        Assert.That(_stage.SentTo<Cancel>(1).Single().Attempts.Single().GraceSeconds, Is.EqualTo(seconds));
    }

    [TestCase(Limits.WaitersMax, true)]
    [TestCase(Limits.WaitersMax + 1, false)]
    public void So_many_jobs_of_one_set_may_wait_for_one_job(int count, bool mayWait)
    {
        var first = _stage.Enqueue("m");
        var set = Enumerable
            .Range(0, count)
            .Select(_ => _stage.New(new JobSpec { Method = "m" }) with { After = [first] })
            .ToList();
        if (mayWait)
        {
            Assert.That(_stage.Enqueue(set), Has.Count.EqualTo(count));
            return;
        }

        var refused = Refusal(ticket => new BrokerInput.Enqueue(ticket, set));
        Assert.That(refused.Code, Is.EqualTo(ErrorCodes.Conflict));
        Assert.That(refused.Detail, Is.EqualTo($"1000 jobs wait for job {first}, as many as may."));
    }

    [TestCase("other", null, "of another method")]
    [TestCase("m", 2L, "with other params")]
    public void Strict_set_says_which_key_it_may_not_use_and_why(string method, long? hash, string says)
    {
        var first = _stage.New(Keyed with { ParamsHash = 1 });
        var strict = _stage.New(Keyed with { Method = method, ParamsHash = hash }) with { IsStrict = true };
        var refused = Refusal(ticket => new BrokerInput.Enqueue(ticket, [first, strict]) { IsAtomic = true });
        Assert.That(refused.Code, Is.EqualTo(ErrorCodes.Conflict));
        Assert.That(refused.Detail, Does.Contain(says).And.EndsWith("The key is \"order-7\"."));
    }

    [Test]
    public void Strict_set_whose_keys_ask_for_the_same_is_made()
    {
        var strict = _stage.New(Keyed) with { IsStrict = true };
        var made = _stage
            .Ask<Answer.Enqueued>(ticket => new BrokerInput.Enqueue(
                ticket,
                [_stage.New(new JobSpec { Method = "m" }), strict, strict with { Id = _stage.NewId() }]
            )
            {
                IsAtomic = true,
            })
            .Jobs;
        Assert.That(made.Select(job => job.IsNew), Is.EqualTo(new[] { true, true, false }));
    }

    [Test]
    public void Key_is_free_at_the_very_end_of_its_window_and_then_belongs_to_the_new_job([Values] bool restarts)
    {
        var peer = _stage.Join(1, "h", 1, "m");
        _stage.Enqueue(Keyed);
        peer.Say(ReportEventTypes.Succeeded, peer.Assigned[0]);
        if (restarts)
        {
            _stage.Restart();
        }

        _stage.Move(TimeSpan.FromMinutes(1) - TimeSpan.FromTicks(1));
        Assert.That(_stage.Enqueue(Keyed).IsNew, Is.False);
        _stage.Move(TimeSpan.FromTicks(1));
        var second = _stage.Enqueue(Keyed);
        Assert.That(second.IsNew, Is.True);
        _stage.Jump(TimeSpan.FromSeconds(1));
        Assert.That(
            _stage.Enqueue(Keyed).Id,
            Is.EqualTo(second.Id),
            "the end of the first window frees no other job's key"
        );
    }

    [Test]
    public void Namespace_that_is_deleted_frees_the_keys_of_its_jobs()
    {
        var peer = _stage.Join(1, Stage.HelloOf("h", 1, ["m"]), "tenant-a");
        _stage.Enqueue(Keyed, "tenant-a");
        peer.Say(ReportEventTypes.Succeeded, peer.Assigned[0]);
        _stage.Enqueue(Keyed with { DeduplicationKey = "order-8" }, "tenant-a", Stage.Noon.AddDays(1));
        Assert.That(_stage.Kept.Deduplications, Has.Count.EqualTo(1));
        var deleted = _stage.Do(new BrokerInput.DeleteNamespace(new UncalledTicket(), "tenant-a"));
        Assert.That(
            deleted.Changes.OfType<Change.DeduplicationReleased>(),
            Is.EqualTo(new[] { new Change.DeduplicationReleased("tenant-a", "order-7") }),
            "of the key of a job that has not ended nothing is stored"
        );
        _stage.Advance(1);
        Assert.That(_stage.Kept.Deduplications, Is.Empty);
        Assert.That(_stage.Core.TimeToNext(_stage.Now), Is.Null, "no key waits for the end of its window");
    }
}
