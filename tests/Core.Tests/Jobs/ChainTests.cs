using ScheduleZero.Broker.Core;
using ScheduleZero.Broker.Core.Jobs;
using ScheduleZero.Contracts;
using ScheduleZero.Contracts.Handlers;
using ScheduleZero.Contracts.Ids;
using ScheduleZero.Contracts.Rest;
using ScheduleZero.Tickets;

namespace ScheduleZero.Core.Tests.Jobs;

/// <summary>Jobs that run after other jobs.</summary>
[FixtureLifeCycle(LifeCycle.InstancePerTestCase)]
public sealed class ChainTests
{
    private static readonly JobSpec Plain = new() { Method = "m" };
    private static readonly JobSpec Once = Plain with { Retry = RetryPolicy.Default with { MaxAttempts = 1 } };

    private readonly Stage _stage = new();

    private NewJob New(
        IReadOnlyList<JobId> after,
        AfterFailure onFailure = AfterFailure.Cancel,
        JobSpec? spec = null,
        DateTimeOffset? runAt = null
    ) => _stage.New(spec ?? Once, runAt: runAt) with { After = after, AfterFailure = onFailure };

    private JobId After(params JobId[] after) => _stage.Enqueue([New(after)])[0].Id;

    private Job Job(JobId id) => _stage.Kept.Find(id);

    private JobState State(JobId id) => _stage.Core.State.FindJob("default", id)?.Job.State ?? Job(id).State;

    private void Cancel(JobId id) =>
        _stage.Ask<Answer.JobIs>(ticket => new BrokerInput.CancelJob(ticket, "default", id, null));

    [Test]
    public void A_job_runs_when_all_that_it_runs_after_have_succeeded()
    {
        var (a, b) = (_stage.Enqueue("m"), _stage.Enqueue("m"));
        var last = After(a, b);
        Assert.That(State(last), Is.EqualTo(JobState.Scheduled));
        var peer = _stage.Join(1, "h", 9, "m");
        Assert.That(peer.Assigned.Select(attempt => attempt.Job), Is.EqualTo(new[] { a, b }));

        peer.Say(ReportEventTypes.Succeeded, peer.Assigned[1]);
        Assert.That(State(last), Is.EqualTo(JobState.Scheduled));
        Assert.That(Job(last).Chain!.Left, Is.EqualTo(new[] { a }));

        peer.Say(ReportEventTypes.Succeeded, peer.Assigned[0]);
        Assert.That(peer.Assigned[^1].Job, Is.EqualTo(last));
    }

    [Test]
    public void When_one_does_not_succeed_the_job_is_cancelled_and_names_it([Values] bool expires)
    {
        var spec = Plain with { StartDeadline = expires ? _stage.Wall.AddSeconds(5) : null };
        var first = _stage.Enqueue(spec).Id;
        var last = After(first, _stage.Enqueue("m"));
        _stage.Forget();
        if (expires)
        {
            _stage.Advance(6);
        }
        else
        {
            Cancel(first);
        }

        Assert.That(Job(last).State, Is.EqualTo(JobState.Cancelled));
        Assert.That(
            Job(last).Error!.Message,
            Does.Contain(first.ToString()).And.Contain(expires ? "Expired" : "Cancelled")
        );
        var news = _stage
            .Said.OfType<Effect.Publish>()
            .Select(said => said.Happened)
            .Single(said => said.Subject == last.ToString());
        Assert.That((news.Type, news.Detail), Is.EqualTo(("job.cancelled", Job(last).Error!.Message)));
    }

    [Test]
    public void A_failed_job_takes_along_who_runs_after_it_but_not_who_asked_to_run_anyway()
    {
        var peer = _stage.Join(1, "h", 1, "m");
        var first = _stage.Enqueue([_stage.New(Once)])[0].Id;
        var cancelled = After(first);
        var anyway = _stage.Enqueue([New([first, cancelled], AfterFailure.Run)])[0].Id;
        peer.Say(ReportEventTypes.Failed, peer.Assigned[0]);
        Assert.That(Job(first).State, Is.EqualTo(JobState.Failed));
        Assert.That(Job(cancelled).State, Is.EqualTo(JobState.Cancelled));
        Assert.That(peer.Assigned[^1].Job, Is.EqualTo(anyway));
    }

    [Test]
    public void It_becomes_ready_at_the_later_of_its_time_and_their_end()
    {
        var first = _stage.Enqueue("m");
        var late = _stage.Enqueue([New([first], runAt: _stage.Wall.AddMinutes(1))])[0].Id;
        var early = _stage.Enqueue([New([first], runAt: _stage.Wall.AddSeconds(5))])[0].Id;
        _stage.Advance(10);
        Assert.That(State(early), Is.EqualTo(JobState.Scheduled));
        var peer = _stage.Join(1, "h", 9, "m");
        peer.Say(ReportEventTypes.Succeeded, peer.Assigned[0]);
        Assert.That(peer.Assigned[^1].Job, Is.EqualTo(early));
        Assert.That(Job(early).RunAt, Is.EqualTo(_stage.Wall), "the job goes behind jobs that were ready before it");
        Assert.That(State(late), Is.EqualTo(JobState.Scheduled));
        peer.Live(TimeSpan.FromSeconds(55), 9, peer.Assigned[^1]);
        Assert.That(peer.Assigned[^1].Job, Is.EqualTo(late));
    }

    [Test]
    public void A_start_deadline_passes_while_a_job_waits_for_others()
    {
        var last = _stage
            .Enqueue([New([_stage.Enqueue("m")], spec: Plain with { StartDeadline = _stage.Wall.AddSeconds(5) })])[0]
            .Id;
        _stage.Advance(6);
        Assert.That(Job(last).State, Is.EqualTo(JobState.Expired));
    }

    [Test]
    public void A_retry_ends_the_wait_for_its_time_and_not_for_others()
    {
        var first = _stage.Enqueue("m");
        var last = _stage.Enqueue([New([first], runAt: _stage.Wall.AddHours(1))])[0].Id;
        _stage.Ask<Answer.JobIs>(ticket => new BrokerInput.RetryJob(ticket, "default", last));
        Assert.That(State(last), Is.EqualTo(JobState.Scheduled));
        var peer = _stage.Join(1, "h", 9, "m");
        peer.Say(ReportEventTypes.Succeeded, peer.Assigned[0]);
        Assert.That(peer.Assigned[^1].Job, Is.EqualTo(last));
    }

    [Test]
    public void A_wait_outlives_a_start_of_the_Broker_without_a_look_at_what_has_ended()
    {
        var (a, b) = (_stage.Enqueue("m"), _stage.Enqueue("m"));
        var last = After(a, b);
        var peer = _stage.Join(1, "h", 9, "m");
        peer.Say(ReportEventTypes.Succeeded, peer.Assigned[0]);
        _stage.Restart();
        _stage.Advance(31);
        Assert.That(State(last), Is.EqualTo(JobState.Scheduled));
        Cancel(b);
        Assert.That(Job(last).Error!.Message, Does.Contain(b.ToString()));
    }

    [Test]
    public void A_job_whose_chain_is_broken_is_cancelled_after_a_start_too_wherever_the_clock_is()
    {
        var first = _stage.Enqueue("m");
        var last = After(first);
        var decision = new Decision(_stage.Now, new Random(1));
        _stage.Core.Apply(new BrokerInput.CancelJob(new UncalledTicket(), "default", first, null), decision);
        // The decision is stored but its effects are not sent: the Broker stops between the two.
        decision.Changes.ForEach(_stage.Kept.Apply);
        Assert.That(Job(last).State, Is.EqualTo(JobState.Scheduled));
        _stage.Restart(TimeSpan.FromDays(-1));
        _stage.Do();
        Assert.That(Job(last).State, Is.EqualTo(JobState.Cancelled));
    }

    [Test]
    public void Ten_thousand_jobs_in_a_row_are_cancelled_in_portions()
    {
        var chain = new List<JobId> { _stage.Enqueue("m") };
        while (chain.Count < 10_000)
        {
            chain.Add(After(chain[^1]));
        }

        var decision = _stage.Do(new BrokerInput.CancelJob(new UncalledTicket(), "default", chain[0], null));
        Assert.That(decision.Changes, Has.Count.InRange(100, 1_000));
        for (var batches = 1; _stage.Kept.Jobs.Count > 0; batches++)
        {
            Assert.That(batches, Is.LessThan(100));
            Assert.That(
                _stage.Core.TimeToNext(_stage.Now),
                Is.EqualTo(TimeSpan.Zero),
                "the Broker has more to do at once"
            );
            _stage.Do();
        }

        Assert.That(chain.Skip(1).Select(id => Job(id).State), Is.All.EqualTo(JobState.Cancelled));
    }

    [Test]
    public void What_is_not_held_must_be_looked_up_and_then_counts_as_it_ended()
    {
        var peer = _stage.Join(1, "h", 1, "m");
        var gone = _stage.Enqueue("m");
        peer.Say(ReportEventTypes.Succeeded, peer.Assigned[0]);
        var job = New([gone]);
        Assert.That(
            _stage.Ask<Answer.EndsNeeded>(ticket => new BrokerInput.Enqueue(ticket, [_stage.New(Plain), job])).Ids,
            Is.EqualTo(new[] { gone })
        );
        Assert.That(_stage.Kept.Jobs, Is.Empty, "a set is enqueued as a whole or not at all");

        EnqueuedJob Told(JobState end, NewJob told) =>
            _stage
                .Ask<Answer.Enqueued>(ticket => new BrokerInput.Enqueue(ticket, [told])
                {
                    Ends = new Dictionary<JobId, JobState> { [gone] = end },
                })
                .Jobs[0];
        Assert.That(Told(JobState.Succeeded, job).Job!.State, Is.EqualTo(JobState.Ready));
        Assert.That(Told(JobState.Failed, New([gone], AfterFailure.Run)).Job!.State, Is.EqualTo(JobState.Ready));
        var cancelled = Told(JobState.Failed, New([gone]));
        Assert.That(
            cancelled.Job!.State,
            Is.EqualTo(JobState.Cancelled),
            "the answer already says that the job is cancelled"
        );
        Assert.That(Job(cancelled.Id).Error!.Message, Does.Contain(gone.ToString()));
    }

    [Test]
    public void Of_several_that_had_not_succeeded_before_the_first_is_named()
    {
        var (a, b, c) = (_stage.NewId(), _stage.NewId(), _stage.NewId());
        var made = _stage
            .Ask<Answer.Enqueued>(ticket => new BrokerInput.Enqueue(ticket, [New([a, b, c])])
            {
                Ends = new Dictionary<JobId, JobState>
                {
                    [a] = JobState.Succeeded,
                    [b] = JobState.Failed,
                    [c] = JobState.Expired,
                },
            })
            .Jobs[0];
        Assert.That(Job(made.Id).Error!.Message, Is.EqualTo($"Job {b}, after which it was to run, ended as Failed."));
    }

    [Test]
    public void A_job_of_another_namespace_is_as_unknown_as_one_that_never_was()
    {
        var foreign = _stage.Enqueue(Plain, "tenant-a").Id;
        Assert.That(
            _stage.Ask<Answer.EndsNeeded>(ticket => new BrokerInput.Enqueue(ticket, [New([foreign])])).Ids,
            Is.EqualTo(new[] { foreign })
        );
    }

    [Test]
    public void A_set_may_name_its_own_members_that_come_before()
    {
        var first = _stage.New(Plain);
        var second = New([first.Id]);
        var set = _stage.Enqueue([first, second, New([first.Id, second.Id])]);
        Cancel(set[0].Id);
        Assert.That(set.Select(job => Job(job.Id).State), Is.All.EqualTo(JobState.Cancelled));
    }

    [Test]
    public void Members_of_a_set_after_a_failed_job_are_all_cancelled_in_the_answer()
    {
        var gone = _stage.NewId();
        var first = New([gone]);
        var jobs = _stage
            .Ask<Answer.Enqueued>(ticket => new BrokerInput.Enqueue(ticket, [first, New([first.Id])])
            {
                Ends = new Dictionary<JobId, JobState> { [gone] = JobState.Expired },
            })
            .Jobs;
        Assert.That(jobs.Select(job => job.Job!.State), Is.All.EqualTo(JobState.Cancelled));
    }

    [Test]
    public void Who_names_a_duplicate_waits_for_the_job_that_answers_its_key()
    {
        var keyed = Plain with { DeduplicationKey = "k", DeduplicationWindow = TimeSpan.FromHours(1) };
        var first = _stage.Enqueue(keyed).Id;
        var duplicate = _stage.New(keyed) with { After = [_stage.NewId()] };
        var set = _stage.Enqueue([duplicate, New([duplicate.Id])]);
        Assert.That(
            (set[0].Id, set[0].IsNew),
            Is.EqualTo((first, false)),
            "what the duplicate names under after does not count"
        );
        Assert.That(set[1].Job!.Chain!.Left, Is.EqualTo(new[] { first }));

        Cancel(first);
        var ended = _stage.New(keyed);
        Assert.That(
            _stage.Ask<Answer.EndsNeeded>(ticket => new BrokerInput.Enqueue(ticket, [ended, New([ended.Id])])).Ids,
            Is.EqualTo(new[] { first }),
            "only the store knows how the job that answers the key ended"
        );
    }

    [Test]
    public void So_many_may_wait_for_one_job_and_no_more()
    {
        var first = _stage.Enqueue("m");
        _stage.Enqueue([.. Enumerable.Range(0, Limits.WaitersMax - 1).Select(_ => New([first]))]);
        var refused = _stage.Ask<Answer.Refused>(ticket => new BrokerInput.Enqueue(
            ticket,
            [New([first]), New([first])]
        ));
        Assert.That(refused.Code, Is.EqualTo(ErrorCodes.Conflict));
        var last = After(first);
        Cancel(last);
        Assert.That(
            State(After(first)),
            Is.EqualTo(JobState.Scheduled),
            "the place of the cancelled job is free again"
        );
    }

    [Test]
    public void A_job_whose_chain_is_broken_takes_no_place_behind_the_others_that_it_waited_for()
    {
        var (first, second) = (_stage.Enqueue("m"), _stage.Enqueue("m"));
        var last = After(first, second);
        Cancel(first);
        Assert.That(State(last), Is.EqualTo(JobState.Cancelled));
        var waiters = _stage.Enqueue([.. Enumerable.Range(0, Limits.WaitersMax).Select(_ => New([second]))]);
        Assert.That(waiters.Select(job => State(job.Id)), Is.All.EqualTo(JobState.Scheduled));
    }

    [Test]
    public void A_job_that_is_cancelled_while_it_waits_leaves_the_others_behind_the_same_job()
    {
        var first = _stage.Enqueue("m");
        var (gone, left) = (After(first), After(first));
        Cancel(gone);
        var peer = _stage.Join(1, "h", 1, "m");
        peer.Say(ReportEventTypes.Succeeded, peer.Assigned[0]);
        Assert.That(peer.Assigned[^1].Job, Is.EqualTo(left));
    }

    [Test]
    public void Deleting_a_namespace_takes_waiting_jobs_along()
    {
        var first = _stage.Enqueue(Plain, "tenant-a").Id;
        var second = _stage.Enqueue([_stage.New(Plain, "tenant-a") with { After = [first] }])[0].Id;
        _stage.Ask<Answer.Done>(ticket => new BrokerInput.DeleteNamespace(ticket, "tenant-a"));
        Assert.That(
            new[] { first, second }.Where(id =>
                _stage.Kept.Jobs.ContainsKey(id) || _stage.Kept.Finished.ContainsKey(id)
            ),
            Is.Empty
        );
        Assert.That(_stage.Core.State.Usage("tenant-a").WaitingJobs, Is.Zero);
        Assert.That(
            _stage.Said.OfType<Effect.NamespaceEmptied>().Select(emptied => emptied.Namespace),
            Is.EqualTo(new[] { "tenant-a" })
        );
    }
}
