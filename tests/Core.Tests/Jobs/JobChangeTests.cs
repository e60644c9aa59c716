using ScheduleZero.Broker.Core;
using ScheduleZero.Broker.Core.Access;
using ScheduleZero.Broker.Core.Jobs;
using ScheduleZero.Contracts;
using ScheduleZero.Contracts.Handlers;
using ScheduleZero.Contracts.Ids;
using ScheduleZero.Contracts.Rest;
using ScheduleZero.Tickets;

namespace ScheduleZero.Core.Tests.Jobs;

/// <summary>Another time, and other params, for a job that waits.</summary>
[FixtureLifeCycle(LifeCycle.InstancePerTestCase)]
public sealed class JobChangeTests
{
    private static readonly RawJson Other = RawJson.Parse("[1,2,3]");
    private static readonly JobSpec Spec = new() { Method = "m" };

    private readonly Stage _stage = new();

    [Test]
    public void Time_and_params_and_priority_are_changed_in_one_commit()
    {
        var id = _stage.Enqueue(Spec, runAt: Stage.Noon.AddHours(1)).Id;
        var changes = new JobChanges
        {
            Priority = 7,
            RunAt = Stage.Noon.AddHours(2),
            Params = Other,
        };
        var decision = _stage.Do(new BrokerInput.ChangeJob(new UncalledTicket(), "default", id, changes));
        var stored = _stage.Kept.Find(id);
        Assert.Multiple(() =>
        {
            Assert.That(
                (stored.State, stored.RunAt, stored.Spec.Priority, stored.Version, stored.StoredBytes),
                Is.EqualTo((JobState.Scheduled, Stage.Noon.AddHours(2), 7, 2, 7L))
            );
            Assert.That(decision.Changes.OfType<Change.JobChanged>().Last().Params.ToString(), Is.EqualTo("[1,2,3]"));
            Assert.That(
                decision.Effects.OfType<Effect.Publish>().Select(published => published.Happened.Type),
                Is.EqualTo(new[] { "job.priorityChanged", "job.changed" })
            );
        });
    }

    [Test]
    public void A_ready_job_that_is_put_off_leaves_its_lane_and_comes_back_when_it_is_due([Values] bool restarts)
    {
        var id = _stage.Enqueue("m");
        Assert.That(
            Change(id, new JobChanges { RunAt = Stage.Noon.AddSeconds(5) }).State,
            Is.EqualTo(JobState.Scheduled)
        );
        if (restarts)
        {
            _stage.Restart();
        }

        var peer = _stage.Join(1, "h", 1, "m");
        Assert.That(peer.Assigned, Is.Empty);
        _stage.Advance(4);
        Assert.That(peer.Assigned, Is.Empty);
        _stage.Advance(1);
        Assert.That(peer.Assigned.Single().Job, Is.EqualTo(id));
    }

    [Test]
    public void A_job_that_is_brought_forward_runs_then_and_not_at_its_old_time()
    {
        var id = _stage.Enqueue(Spec, runAt: Stage.Noon.AddHours(1)).Id;
        var peer = _stage.Join(1, "h", 1, "m");
        Change(id, new JobChanges { RunAt = Stage.Noon.AddSeconds(5) });
        _stage.Advance(5);
        Assert.That(peer.Assigned.Single().Job, Is.EqualTo(id));
    }

    [Test]
    public void A_time_in_the_past_makes_the_job_ready_and_a_job_that_awaits_another_goes_on_waiting()
    {
        var first = _stage.Enqueue(Spec, runAt: Stage.Noon.AddHours(1)).Id;
        var second = _stage.Enqueue([_stage.New(Spec) with { After = [first] }])[0].Id;
        var past = new JobChanges { RunAt = Stage.Noon.AddHours(-1) };
        Assert.That(Change(second, past).State, Is.EqualTo(JobState.Scheduled));
        Assert.That(Change(first, past).State, Is.EqualTo(JobState.Ready));
    }

    [Test]
    public void The_start_deadline_stays()
    {
        var deadline = Stage.Noon.AddMinutes(1);
        var id = _stage.Enqueue(Spec with { StartDeadline = deadline }).Id;
        Change(id, new JobChanges { RunAt = Stage.Noon.AddSeconds(50) });
        _stage.Advance(60);
        Assert.That(_stage.Kept.Find(id).State, Is.EqualTo(JobState.Expired));
    }

    [Test]
    public void Running_jobs_and_those_with_an_attempt_are_refused_with_the_way_out()
    {
        var peer = _stage.Join(1, "h", 1, "m");
        var id = _stage.Enqueue("m");
        var running = Refusal(id, new JobChanges { Params = Other });
        peer.Say(
            new ReportEvent
            {
                Type = ReportEventTypes.Failed,
                AttemptId = peer.Assigned[0],
                Error = new AttemptError { Type = "t", Message = "m" },
            }
        );
        var tried = Refusal(id, new JobChanges { RunAt = Stage.Noon.AddHours(1) });
        Assert.That(
            new[] { running, tried }.Select(refused => refused.Code),
            Is.All.EqualTo(ErrorCodes.Conflict),
            $"{running.Detail} {tried.Detail}"
        );
        Assert.That(
            new[] { running, tried }.Select(refused => refused.Detail),
            Is.All.EndsWith("replay it with other params.")
        );
        Assert.That(Change(id, new JobChanges { Priority = 5 }).Spec.Priority, Is.EqualTo(5), "as long as it waits");
    }

    [Test]
    public void An_attempt_that_was_rejected_does_not_count()
    {
        var peer = _stage.Join(1, "h", 1, "m");
        var id = _stage.Enqueue("m");
        peer.Say(
            new ReportEvent
            {
                Type = ReportEventTypes.Rejected,
                AttemptId = peer.Assigned[0],
                Reason = "no room",
            }
        );
        Assert.That(Change(id, new JobChanges { Params = Other }).StoredBytes, Is.EqualTo(7));
    }

    [Test]
    public void A_job_that_somebody_has_changed_meanwhile_is_not_overwritten()
    {
        var id = _stage.Enqueue(Spec, runAt: Stage.Noon.AddHours(1)).Id;
        Change(id, new JobChanges { Params = Other, IfVersion = 0 });
        var refused = Refusal(id, new JobChanges { Params = RawJson.Parse("4"), IfVersion = 0 });
        Assert.That((refused.Code, refused.Detail.Contains("version 1")), Is.EqualTo((ErrorCodes.Conflict, true)));
        _stage.Restart();
        Assert.That(Change(id, new JobChanges { Priority = 1, IfVersion = 1 }).Version, Is.EqualTo(2));
    }

    [Test]
    public void The_time_that_the_job_has_is_no_change()
    {
        var id = _stage.Enqueue(Spec, runAt: Stage.Noon.AddHours(1)).Id;
        var same = new JobChanges { RunAt = Stage.Noon.AddHours(1) };
        var decision = _stage.Do(new BrokerInput.ChangeJob(new UncalledTicket(), "default", id, same));
        Assert.That(decision.Changes, Is.Empty);
    }

    [Test]
    public void The_bytes_of_the_params_count_in_place_of_the_old_ones_and_need_room()
    {
        var record = (NamespaceRecord)_stage.Kept.Access[(AccessKind.Namespace, "default")];
        _stage.Ask<Answer.Done>(ticket => new BrokerInput.ChangeAccess(
            ticket,
            [AccessChange.Replace(record with { Limits = new NamespaceLimits { StoredBytes = 1_000 } })]
        ));
        _stage.Do(new BrokerInput.NamespaceMeasured("default", 980));
        var id = _stage.Enqueue([_stage.New(Spec) with { Params = RawJson.Parse("[1,2,3,4,5,6]") }])[0].Id;
        Assert.That(Stored, Is.EqualTo(993));
        Change(id, new JobChanges { Params = Other });
        Assert.That(Stored, Is.EqualTo(987));
        var refused = Refusal(id, new JobChanges { Params = RawJson.Parse($"\"{new string('x', 20)}\"") });
        Assert.That(refused.Code, Is.EqualTo(ErrorCodes.RateLimited));
        Assert.That(Stored, Is.EqualTo(987));
        Change(id, new JobChanges { Params = RawJson.Parse($"\"{new string('x', 18)}\"") });
        Assert.That(Stored, Is.EqualTo(1_000));
    }

    [Test]
    public void What_was_submitted_under_a_key_answers_with_the_job_as_before()
    {
        var keyed = Spec with { DeduplicationKey = "order-7", ParamsHash = 1 };
        var id = _stage.Enqueue(keyed, runAt: Stage.Noon.AddHours(1)).Id;
        Change(id, new JobChanges { Params = Other });
        var again = _stage.Enqueue([_stage.New(keyed) with { IsStrict = true }])[0];
        Assert.That((again.Id, again.IsNew, again.Warning), Is.EqualTo((id, false, (string?)null)));
    }

    private long? Stored => _stage.Core.State.Usage("default").StoredBytes;

    private Job Change(JobId id, JobChanges changes) =>
        _stage.Ask<Answer.JobIs>(ticket => new BrokerInput.ChangeJob(ticket, "default", id, changes)).Job;

    private Answer.Refused Refusal(JobId id, JobChanges changes) =>
        _stage.Ask<Answer.Refused>(ticket => new BrokerInput.ChangeJob(ticket, "default", id, changes));
}
