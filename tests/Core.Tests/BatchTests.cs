using ScheduleZero.Broker.Core;
using ScheduleZero.Broker.Core.Access;
using ScheduleZero.Broker.Core.Batches;
using ScheduleZero.Broker.Core.Jobs;
using ScheduleZero.Contracts;
using ScheduleZero.Contracts.Handlers;
using ScheduleZero.Contracts.Ids;
using ScheduleZero.Contracts.Rest;
using ScheduleZero.Tickets;

namespace ScheduleZero.Core.Tests;

/// <summary>Batches: jobs that are followed, and cancelled, as one.</summary>
[FixtureLifeCycle(LifeCycle.InstancePerTestCase)]
public sealed class BatchTests
{
    private static readonly JobSpec Once = new() { Method = "m", Retry = RetryPolicy.Default with { MaxAttempts = 1 } };
    private static readonly JobSpec Last = new() { Method = "last" };

    private readonly Stage _stage = new();
    private readonly BatchId _id = new(Guid.CreateVersion7(Stage.Noon));
    private JobId _completion;

    private IReadOnlyList<EnqueuedJob> Submit(int jobs, bool completes = true) =>
        Submit([.. Enumerable.Range(0, jobs).Select(_ => _stage.New(Once))], completes);

    private IReadOnlyList<EnqueuedJob> Submit(
        IReadOnlyList<NewJob> jobs,
        bool completes = true,
        IReadOnlyDictionary<JobId, JobState>? ends = null
    )
    {
        var completion = completes ? _stage.New(Last) : null;
        _completion = completion?.Id ?? default;
        var answer = _stage.Ask<Answer.Enqueued>(ticket => new BrokerInput.Enqueue(ticket, jobs)
        {
            Batch = new NewBatch(_id, "nightly", "ana", completion),
            Ends = ends,
        });
        Assert.That(answer.Batch!.Batch.Total, Is.EqualTo(jobs.Count));
        return answer.Jobs;
    }

    private Batch Kept => _stage.Kept.Batches[_id];

    private BatchState? Live => _stage.Core.State.Batches("default", [_id]).GetValueOrDefault(_id);

    private void Cancel() => _stage.Ask<Answer.BatchIs>(ticket => new BrokerInput.CancelBatch(ticket, "default", _id));

    [Test]
    public void Its_jobs_are_counted_by_what_becomes_of_them()
    {
        var jobs = Submit(4);
        Assert.That((Live!.Ready, Kept.StartedAt), Is.EqualTo((4, default(DateTimeOffset?))));
        var peer = _stage.Join(1, "h", 2, "m");
        Assert.That((Live!.Ready, Live.Running, Kept.StartedAt), Is.EqualTo((2, 2, (DateTimeOffset?)_stage.Wall)));
        peer.Say(ReportEventTypes.Succeeded, peer.Assigned[0]);
        peer.Say(ReportEventTypes.Failed, peer.Assigned[1]);
        Assert.That((Kept.Succeeded, Kept.Failed, Kept.FinishedAt), Is.EqualTo((1, 1, default(DateTimeOffset?))));
        Assert.That(jobs.Select(job => _stage.Kept.Find(job.Id).Batch), Is.All.EqualTo(_id));
    }

    [Test]
    public void Its_completion_job_runs_once_all_others_have_ended_and_is_told_their_counts()
    {
        Submit(3);
        var peer = _stage.Join(1, "h", 9, "m", "last");
        peer.Say(ReportEventTypes.Succeeded, peer.Assigned[0]);
        peer.Say(ReportEventTypes.Failed, peer.Assigned[1]);
        Assert.That(peer.Assigned, Has.Count.EqualTo(3));
        peer.Say(ReportEventTypes.Succeeded, peer.Assigned[2]);
        Assert.That(peer.Assigned[^1].Job, Is.EqualTo(_completion));
        var told = _stage.Said.OfType<Effect.SendAssign>().Last().Jobs.Single().Completes!.End;
        Assert.That(told, Is.EqualTo(new CompletedBatch(_id, 3, 2, 1, 0, 0, "nightly")));
        Assert.That(Kept.FinishedAt, Is.EqualTo(_stage.Wall));
        Assert.That(Live, Is.Null, "a batch that has ended leaves the memory");
        Assert.That(
            _stage
                .Said.OfType<Effect.Publish>()
                .Select(said => said.Happened)
                .Where(said => said.Subject == _id.ToString())
                .Select(said => said.Type),
            Is.EqualTo(new[] { "batch.created", "batch.finished" })
        );
    }

    [Test]
    public void A_start_of_the_Broker_in_between_loses_no_count_and_doubles_nothing()
    {
        Submit(3);
        var peer = _stage.Join(1, "h", 1, "m", "last");
        peer.Say(ReportEventTypes.Succeeded, peer.Assigned[0]);
        _stage.Restart();
        _stage.Advance(31); // The open attempt loses its lease.
        Assert.That((Kept.Succeeded, Kept.Failed), Is.EqualTo((1, 1)));
        peer = _stage.Join(3, "h", 1, "m", "last");
        peer.Say(ReportEventTypes.Succeeded, peer.Assigned[^1]);
        Assert.That(peer.Assigned[^1].Job, Is.EqualTo(_completion));
        _stage.Restart();
        Assert.That(_stage.Kept.Jobs.Keys, Is.EqualTo(new[] { _completion }));
        Assert.That(_stage.Kept.Find(_completion).Completes!.End!.Succeeded, Is.EqualTo(2));
    }

    [Test]
    public void Cancelling_ends_what_has_not_ended_a_little_at_a_time()
    {
        Submit(1000);
        var peer = _stage.Join(1, "h", 1, "m", "last");
        peer.Say(ReportEventTypes.Succeeded, peer.Assigned[0]);
        Cancel();
        Assert.That(Kept.CancelRequestedAt, Is.EqualTo(_stage.Wall));
        _stage.Jump(TimeSpan.Zero);
        Assert.That(Kept.Cancelled, Is.EqualTo(998), "one job had succeeded before, and one still runs");
        peer.Say(ReportEventTypes.Cancelled, peer.Assigned[1]);
        Assert.That((Kept.Succeeded, Kept.Cancelled), Is.EqualTo((1, 999)));
        Assert.That(peer.Assigned[^1].Job, Is.EqualTo(_completion), "the completion job runs after a cancel too");
    }

    [Test]
    public void A_cancel_that_a_stop_interrupts_goes_on_at_the_next_start()
    {
        Submit(5);
        var decision = new Decision(_stage.Now, new Random(1));
        _stage.Core.Apply(new BrokerInput.CancelBatch(new UncalledTicket(), "default", _id), decision);
        // The request to cancel is stored, but no end of a job is.
        _stage.Kept.Batches[_id] = Kept with
        {
            CancelRequestedAt = _stage.Wall,
        };
        _stage.Restart(TimeSpan.FromDays(-1));
        _stage.Do();
        Assert.That(Kept.Cancelled, Is.EqualTo(5));
    }

    [Test]
    public void A_batch_that_is_over_or_of_another_namespace_is_not_found()
    {
        Submit(1, completes: false);
        _stage.Ask<Answer.Refused>(ticket => new BrokerInput.CancelBatch(ticket, "tenant-a", _id));
        Cancel();
        Assert.That(Kept.FinishedAt, Is.Not.Null);
        Assert.That(
            _stage.Ask<Answer.Refused>(ticket => new BrokerInput.CancelBatch(ticket, "default", _id)).Code,
            Is.EqualTo(ErrorCodes.NotFound)
        );
    }

    [Test]
    public void A_batch_whose_jobs_are_all_cancelled_before_they_begin_is_over_at_once()
    {
        var gone = _stage.NewId();
        Submit(
            [_stage.New(Once) with { After = [gone] }],
            ends: new Dictionary<JobId, JobState> { [gone] = JobState.Failed }
        );
        Assert.That(
            (Kept.Cancelled, Kept.StartedAt, Kept.FinishedAt),
            Is.EqualTo((1, (DateTimeOffset?)null, (DateTimeOffset?)_stage.Wall))
        );
        Assert.That(_stage.Kept.Find(_completion).Completes!.End!.Cancelled, Is.EqualTo(1));
        Assert.That(_stage.Core.State.FindJob("default", _completion)!.Value.Job.State, Is.EqualTo(JobState.Ready));
    }

    [Test]
    public void A_namespace_needs_room_for_the_completion_job_too()
    {
        var record = (NamespaceRecord)_stage.Kept.Access[(AccessKind.Namespace, "default")];
        _stage.Ask<Answer.Done>(ticket => new BrokerInput.ChangeAccess(
            ticket,
            [AccessChange.Replace(record with { Limits = new NamespaceLimits { WaitingJobs = 2 } })]
        ));
        NewJob[] jobs = [_stage.New(Once), _stage.New(Once)];
        _stage.Ask<Answer.Refused>(ticket => new BrokerInput.Enqueue(ticket, jobs)
        {
            Batch = new NewBatch(_id, null, "ana", _stage.New(Last)),
        });
        Assert.That((_stage.Kept.Jobs.Count, _stage.Kept.Batches.Count), Is.EqualTo((0, 0)));
        Submit(2, completes: false);
    }

    [Test]
    public void The_completion_job_may_be_cancelled_alone_and_says_why_it_waits()
    {
        Submit(1);
        var gate = _stage.Core.State.Explain("default", _completion)!;
        Assert.That(gate.HeldBy, Is.EqualTo(GateCode.After));
        Assert.That(gate.Gates[0].Sentence, Does.Contain(_id.ToString()));
        _stage.Ask<Answer.JobIs>(ticket => new BrokerInput.CancelJob(ticket, "default", _completion, null));
        var peer = _stage.Join(1, "h", 1, "m", "last");
        peer.Say(ReportEventTypes.Succeeded, peer.Assigned[0]);
        Assert.That((Kept.Succeeded, Kept.FinishedAt), Is.EqualTo((1, (DateTimeOffset?)_stage.Wall)));
        Assert.That(_stage.Kept.Jobs, Is.Empty);
    }
}
