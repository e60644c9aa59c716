using ScheduleZero.Broker.Core;
using ScheduleZero.Broker.Core.Jobs;
using ScheduleZero.Contracts.Handlers;

namespace ScheduleZero.Core.Tests.Jobs;

/// <summary>The numbers of a namespace's unfinished jobs by state, after each step that a job can take.</summary>
[FixtureLifeCycle(LifeCycle.InstancePerTestCase)]
public sealed class JobStateCountTests
{
    private readonly Stage _stage = new();

    [Test]
    public void Numbers_follow_the_steps_of_jobs_and_a_restart()
    {
        AssertCounts(0, 0, 0);
        _stage.Enqueue(new JobSpec { Method = "m" }, runAt: Stage.Noon.AddMinutes(1));
        _stage.Enqueue("m");
        var cancelled = _stage.Enqueue("m");
        AssertCounts(1, 2, 0);
        _stage.Restart();
        AssertCounts(1, 2, 0);
        _stage.Ask<Answer.JobIs>(ticket => new BrokerInput.CancelJob(ticket, "default", cancelled, null));
        AssertCounts(1, 1, 0);
        _stage.Join(1, "h", 1, "m");
        AssertCounts(1, 0, 1);
        _stage.Restart();
        AssertCounts(1, 0, 1);
        _stage.Jump(TimeSpan.FromMinutes(1));
        AssertCounts(0, 1, 1);
    }

    [Test]
    public void A_failed_attempt_waits_and_a_job_that_ends_counts_no_more()
    {
        var peer = _stage.Join(1, "h", 1, "m");
        _stage.Enqueue("m");
        _stage.Enqueue("m");
        AssertCounts(0, 1, 1);
        peer.Say(
            new ReportEvent
            {
                Type = ReportEventTypes.Failed,
                AttemptId = peer.Assigned[0],
                FencingToken = peer.Assigned[0].Token,
                Error = new AttemptError { Type = "t", Message = "m" },
            }
        );
        AssertCounts(1, 0, 1);
        peer.Say(ReportEventTypes.Succeeded, peer.Assigned[1]);
        AssertCounts(1, 0, 0);
    }

    [Test]
    public void Jobs_of_another_namespace_are_not_counted()
    {
        _stage.Enqueue("m");
        Assert.That(_stage.Look(state => state.CountJobs("elsewhere")), Is.EqualTo((0, 0, 0)));
    }

    private void AssertCounts(int scheduled, int ready, int running) =>
        Assert.That(_stage.Look(state => state.CountJobs("default")), Is.EqualTo((scheduled, ready, running)));
}
