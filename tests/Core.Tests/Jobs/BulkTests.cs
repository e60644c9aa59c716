using ScheduleZero.Broker.Core;
using ScheduleZero.Broker.Core.Jobs;
using ScheduleZero.Contracts;
using ScheduleZero.Contracts.Handlers;
using ScheduleZero.Contracts.Ids;
using ScheduleZero.Contracts.Rest;
using ScheduleZero.Tickets;

namespace ScheduleZero.Core.Tests.Jobs;

/// <summary>Bulk acts: many jobs in one step, and the priority of waiting jobs.</summary>
public sealed class BulkTests
{
    private static int Act(Stage stage, JobAct act, IReadOnlyList<JobId> ids, Func<Job, bool>? matches = null) =>
        stage
            .Ask<Answer.ActedOn>(ticket => new BrokerInput.ActOnJobs(
                ticket,
                "default",
                ids,
                act,
                matches ?? (_ => true)
            ))
            .Changed;

    private static void Prioritise(Stage stage, JobId id, int priority) =>
        stage.Ask<Answer.JobIs>(ticket => new BrokerInput.ChangeJob(
            ticket,
            "default",
            id,
            new JobChanges { Priority = priority }
        ));

    private static void Succeed(Peer peer) => peer.Say(ReportEventTypes.Succeeded, peer.Assigned[^1]);

    [Test]
    public void A_higher_priority_goes_first_also_after_a_restart()
    {
        var stage = new Stage();
        var (first, second, third) = (stage.Enqueue("m"), stage.Enqueue("m"), stage.Enqueue("m"));
        Prioritise(stage, third, 5);
        Prioritise(stage, first, -5);
        stage.Restart();
        var peer = stage.Join(1, "h", 1, "m");
        Succeed(peer);
        Succeed(peer);
        Assert.That(peer.Assigned.Select(attempt => attempt.Job), Is.EqualTo(new[] { third, second, first }));
    }

    [Test]
    public void A_job_that_waits_for_its_concurrency_key_moves_too()
    {
        var stage = new Stage();
        var peer = stage.Join(1, "h", 4, "m");
        var jobs = Enumerable
            .Range(0, 4)
            .Select(_ => stage.Enqueue(new JobSpec { Method = "m", ConcurrencyKey = "k" }).Id)
            .ToList();
        Assert.That(Act(stage, new JobAct.Prioritise(9), [jobs[3]]), Is.EqualTo(1));
        Prioritise(stage, jobs[2], 5);
        for (var i = 0; i < 3; i++)
        {
            Succeed(peer);
        }

        Assert.That(
            peer.Assigned.Select(attempt => attempt.Job),
            Is.EqualTo(new[] { jobs[0], jobs[3], jobs[2], jobs[1] })
        );
    }

    [Test]
    public void A_running_job_keeps_its_priority_and_one_that_has_it_is_not_written()
    {
        var stage = new Stage();
        stage.Join(1, "h", 1, "m");
        var (running, waiting) = (stage.Enqueue("m"), stage.Enqueue("m"));
        Assert.That(
            stage
                .Ask<Answer.Refused>(ticket => new BrokerInput.ChangeJob(
                    ticket,
                    "default",
                    running,
                    new JobChanges { Priority = 5 }
                ))
                .Code,
            Is.EqualTo(ErrorCodes.Conflict)
        );
        Assert.That(Act(stage, new JobAct.Prioritise(5), [running, waiting]), Is.EqualTo(1));
        var again = stage.Do(
            new BrokerInput.ChangeJob(new UncalledTicket(), "default", waiting, new JobChanges { Priority = 5 })
        );
        Assert.That(again.Changes, Is.Empty);
        Assert.That(stage.Kept.Find(waiting).Spec.Priority, Is.EqualTo(5));
    }

    [Test]
    public void Jobs_that_shared_their_wishes_share_them_after_a_change()
    {
        var stage = new Stage();
        var spec = new JobSpec { Method = "m" };
        JobId[] jobs = [stage.Enqueue(spec).Id, stage.Enqueue(spec).Id];
        Act(stage, new JobAct.Prioritise(5), jobs);
        Assert.That(stage.Kept.Find(jobs[0]).Spec, Is.SameAs(stage.Kept.Find(jobs[1]).Spec));
    }

    [Test]
    public void A_cancel_of_many_leaves_those_that_do_not_match_and_stops_those_that_run()
    {
        var stage = new Stage();
        var peer = stage.Join(1, "h", 1, "a");
        var (running, waiting, other) = (stage.Enqueue("a"), stage.Enqueue("a"), stage.Enqueue("b"));
        JobId[] all = [running, waiting, other, stage.NewId()];
        Assert.That(
            Act(stage, new JobAct.Cancel(TimeSpan.FromSeconds(3)), all, job => job.Spec.Method == "a"),
            Is.EqualTo(2)
        );
        Assert.That(stage.SentTo<Cancel>(1).Single().Attempts.Single().AttemptId, Is.EqualTo(peer.Assigned[0]));
        Assert.That(stage.Kept.Find(waiting).State, Is.EqualTo(JobState.Cancelled));
        Assert.That(stage.Kept.Find(other).State, Is.EqualTo(JobState.Ready));
        Assert.That(
            Act(stage, new JobAct.Cancel(null), all, job => job.Spec.Method == "a"),
            Is.Zero,
            "the first cancel stands"
        );
        stage.Advance(4);
        Assert.That(stage.Kept.Find(running).State, Is.EqualTo(JobState.Cancelled));
    }

    [Test]
    public void A_retry_of_many_ends_their_waits()
    {
        var stage = new Stage();
        JobId[] jobs =
        [
            .. Enumerable
                .Range(0, 3)
                .Select(_ => stage.Enqueue(new JobSpec { Method = "m" }, runAt: Stage.Noon.AddHours(1)).Id),
        ];
        var ready = stage.Enqueue("m");
        Assert.That(
            Act(stage, new JobAct.Retry(), [.. jobs, ready]),
            Is.EqualTo(3),
            "a job that is ready has no wait to end"
        );
        Assert.That(stage.Join(1, "h", 9, "m").Assigned, Has.Count.EqualTo(4));
    }

    [Test]
    public void A_snapshot_is_looked_through_in_portions_and_holds_no_job_that_came_later()
    {
        var stage = new Stage();
        var jobs = Enumerable.Range(0, 5).Select(_ => stage.Enqueue("m")).ToList();
        var snapshot = stage.Look(state => state.Snapshot());
        stage.Enqueue("m");
        Act(stage, new JobAct.Cancel(null), [jobs[1]]);
        var found = new List<JobId>();
        for (var from = 0; from < snapshot.Count; from += 2)
        {
            snapshot.Find(from, 2, job => job.Id != jobs[2], found);
        }

        Assert.That(found, Is.EquivalentTo(new[] { jobs[0], jobs[3], jobs[4] }));
    }
}
