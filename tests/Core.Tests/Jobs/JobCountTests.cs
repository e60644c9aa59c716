using ScheduleZero.Broker.Core;
using ScheduleZero.Broker.Core.Access;
using ScheduleZero.Broker.Core.Jobs;
using ScheduleZero.Contracts;
using ScheduleZero.Contracts.Handlers;
using ScheduleZero.Contracts.Ids;
using ScheduleZero.Contracts.Rest;

namespace ScheduleZero.Core.Tests.Jobs;

/// <summary>What operators see counted of jobs, and of the bytes that are stored for them.</summary>
[FixtureLifeCycle(LifeCycle.InstancePerTestCase)]
public sealed class JobCountTests
{
    private static readonly JobSpec Spec = new() { Method = "m" };

    private readonly Stage _stage = new();

    private (long Scheduled, long Ready, long Running, long Enqueued, long Finished) Counts
    {
        get
        {
            var stats = _stage.Look(state => state.Stats());
            return (stats.Scheduled, stats.Ready, stats.Running, stats.Enqueued, stats.Finished);
        }
    }

    private void Cancel(JobId id) =>
        _stage.Ask<Answer.JobIs>(ticket => new BrokerInput.CancelJob(ticket, "default", id, null));

    [Test]
    public void Job_is_counted_in_the_state_in_which_it_is_and_as_finished_after_its_end()
    {
        var peer = _stage.Join(1, "h", 1, "m");
        _stage.Enqueue("m");
        _stage.Enqueue("m");
        var late = _stage.Enqueue(Spec, runAt: Stage.Noon.AddHours(1)).Id;
        Assert.That(Counts, Is.EqualTo((1, 1, 1, 3, 0)));
        peer.Say(ReportEventTypes.Succeeded, peer.Assigned[0]);
        Assert.That(Counts, Is.EqualTo((1, 0, 1, 3, 1)));
        Cancel(late);
        Assert.That(Counts, Is.EqualTo((0, 0, 1, 3, 2)));
        _stage.Restart();
        Assert.That(Counts, Is.EqualTo((0, 0, 1, 0, 0)), "enqueued and finished are counted since the start");
    }

    [Test]
    public void Job_that_goes_with_its_namespace_is_not_counted_any_more_and_did_not_finish()
    {
        _stage.Enqueue(Spec, "tenant-a");
        _stage.Enqueue(Spec, "tenant-a", Stage.Noon.AddHours(1));
        _stage.Ask<Answer.Done>(ticket => new BrokerInput.DeleteNamespace(ticket, "tenant-a"));
        Assert.That(Counts, Is.EqualTo((0, 0, 0, 2, 0)));
    }

    [Test]
    public void Params_and_result_count_as_stored_for_the_job_and_for_its_namespace()
    {
        var record = (NamespaceRecord)_stage.Kept.Access[(AccessKind.Namespace, "default")];
        _stage.Ask<Answer.Done>(ticket => new BrokerInput.ChangeAccess(
            ticket,
            [AccessChange.Replace(record with { Limits = new NamespaceLimits { StoredBytes = 1000 } })]
        ));
        _stage.Do(new BrokerInput.NamespaceMeasured("default", 100));
        var peer = _stage.Join(1, "h", 2, "m");
        var jobs = _stage.Enqueue([New("[1,2]"), New("[3]")]).Select(job => job.Id).ToList();
        peer.Say(
            new ReportEvent
            {
                Type = ReportEventTypes.Succeeded,
                AttemptId = peer.Assigned.Single(attempt => attempt.Job == jobs[0]),
                Result = RawJson.Parse("[4,5,6]"),
            }
        );
        peer.Say(ReportEventTypes.Succeeded, peer.Assigned.Single(attempt => attempt.Job == jobs[1]));
        Assert.That(jobs.Select(id => _stage.Kept.Find(id).StoredBytes), Is.EqualTo(new[] { 5 + 7, 3 }));
        Assert.That(_stage.Core.State.Usage("default").StoredBytes, Is.EqualTo(100 + 5 + 7 + 3));

        NewJob New(string json) => _stage.New(Spec) with { Params = RawJson.Parse(json) };
    }
}
