using ScheduleZero.Broker.Core.Namespaces;
using ScheduleZero.Broker.Core.Timing;
using ScheduleZero.Contracts;
using ScheduleZero.Contracts.Ids;
using ScheduleZero.Contracts.Rest;

namespace ScheduleZero.Broker.Core.Jobs;

/// <summary>
/// Holds every unfinished job. All steps of jobs are taken here, so that timers, changes, events and followers always
/// agree with the state.
/// </summary>
/// <param name="followers">The followers, in the order in which they are called for each step.</param>
internal sealed partial class JobTable(NamespaceTable namespaces, TimerHeap wall, IJobFollower[] followers)
{
    private readonly Dictionary<JobId, JobSlot> _slots = [];

    /// <summary>The number of jobs in each state, by the number of the state.</summary>
    private readonly long[] _counts = new long[Enum.GetValues<JobState>().Length];

    /// <summary>The number of jobs that were enqueued since this start of the Broker.</summary>
    public long Enqueued { get; private set; }

    /// <summary>The number of jobs that ended since this start of the Broker.</summary>
    public long Finished { get; private set; }

    public Deduplication Deduplication { get; } = new(wall);

    public long Count(JobState state) => _counts[(int)state];

    public JobSlot? Find(JobId id) => _slots.GetValueOrDefault(id);

    public JobSlot? Find(string ns, JobId id) =>
        _slots.TryGetValue(id, out var slot) && slot.Job.Namespace == ns ? slot : null;

    /// <summary>Every unfinished job of a namespace.</summary>
    public Stack<JobSlot> In(string ns) => new(_slots.Values.Where(slot => slot.Job.Namespace == ns));

    /// <summary>Restores an unfinished job.</summary>
    public void Restore(Job job, Moment now)
    {
        var slot = Add(job);
        Settle(slot, now);
        AnnounceAdded(slot, now);
    }

    /// <summary>Makes a job, or answers with the job that has its deduplication key.</summary>
    /// <param name="occurrence">The occurrence for which the job is made; null for none.</param>
    /// <param name="chain">The jobs that the job runs after; null for none.</param>
    public EnqueuedJob Enqueue(NewJob asked, Occurrence? occurrence, Decision decision, Chain? chain = null)
    {
        if (Deduplication.FindEntry(asked.Namespace, asked.Spec.DeduplicationKey, decision.Now.Wall) is not { } first)
        {
            var slot = Create(asked, occurrence, chain, decision);
            return new EnqueuedJob(slot.Job.Id, slot.Job, IsNew: true, null);
        }

        var difference = first.Difference(asked.Spec);
        return new EnqueuedJob(first.Id, Find(first.Id)?.Job, IsNew: false, difference)
        {
            Holder = first.Holder,
            IsRefused = asked.IsStrict && difference is not null,
        };
    }

    /// <summary>Makes the finished job of an occurrence that its custodian has run while it was out of reach.</summary>
    public Job Record(NewJob asked, Occurrence occurrence, Attempt attempt, RawJson result, Decision decision)
    {
        var due = asked with { RunAt = occurrence.Effective ?? occurrence.Nominal };
        var slot = Create(due, occurrence, null, decision);
        Step(slot, new JobEvent.RanOffline(attempt), decision, result);
        return slot.Job;
    }

    /// <summary>Lets a job take one step.</summary>
    /// <param name="result">The result, with an event that has one.</param>
    /// <returns>False, and nothing changes, when the event means nothing to the job as it stands.</returns>
    public bool Step(JobSlot slot, JobEvent happened, Decision decision, RawJson result = default)
    {
        var before = slot.Job;
        if (JobMachine.Apply(before, happened, decision.Now.Wall) is not { } after)
        {
            return false;
        }

        if (!result.IsEmpty)
        {
            after = after with { StoredBytes = after.StoredBytes + result.Utf8.Length };
        }

        Save(after, happened, result, decision);
        if (happened is JobEvent.ResultCameLate)
        {
            // Only the ended attempts differ: the job keeps its place in queues and its timer.
            slot.Job = after;
            return true;
        }

        Put(slot, after);
        Settle(slot, decision.Now);
        if (happened is JobEvent.Changed { Params: { IsEmpty: false } parameters })
        {
            slot.Quota.Replace(after.StoredBytes - before.StoredBytes, parameters.Utf8.Length);
        }

        if (after.IsFinished)
        {
            Remove(slot);
            Finished++;
            slot.Quota.Store(result.Utf8.Length);
            Deduplication.Finish(after, decision);
        }

        JobNews.Publish(before, after, happened, result, decision);
        var step = new JobStep(slot, before, happened);
        foreach (var follower in followers)
        {
            follower.Stepped(step, this, decision);
        }

        return true;
    }

    /// <summary>Changes the priority of a job that waits.</summary>
    /// <param name="spec">The job's spec with the new priority.</param>
    /// <returns>False, and nothing changes, when the job runs, or has the priority already.</returns>
    public bool Prioritise(JobSlot slot, JobSpec spec, Decision decision) =>
        slot.Job.Spec.Priority != spec.Priority && Step(slot, new JobEvent.PriorityChanged(spec), decision);

    /// <summary>
    /// Ends a job that waits, or asks the handler of a running job to stop it. A second request is no error, and
    /// changes nothing.
    /// </summary>
    /// <returns>False when nothing was changed.</returns>
    public bool Cancel(JobSlot slot, TimeSpan grace, Decision decision) =>
        Step(slot, new JobEvent.CancelRequested(grace), decision);

    /// <summary>
    /// Drops a job that does not run, without an end: its namespace is being deleted, and nobody will ask how the job
    /// ended.
    /// </summary>
    public void Drop(JobSlot slot, Decision decision)
    {
        if (JobMachine.Apply(slot.Job, new JobEvent.NamespaceDeleted(), decision.Now.Wall) is not { } after)
        {
            return;
        }

        foreach (var follower in followers)
        {
            follower.Dropped(slot, decision);
        }

        Deduplication.Drop(slot.Job);
        Put(slot, after);
        Settle(slot, decision.Now);
        Remove(slot);
        decision.Changes.Add(new Change.JobDropped(after.Id));
    }

    /// <summary>Lets a waiting job take the step for which its timer was set.</summary>
    public void Tick(JobSlot slot, Decision decision)
    {
        JobEvent happened =
            slot.Job.Chain?.BrokenBy is not null ? new JobEvent.ChainBroken()
            : StartDeadline(slot.Job) <= decision.Now.Wall.UtcTicks ? new JobEvent.StartDeadlinePassed()
            : new JobEvent.Due();
        Step(slot, happened, decision);
    }

    /// <summary>Counts bytes that are stored for a job in addition to its params and its result.</summary>
    public static void CountStored(JobSlot slot, int bytes)
    {
        slot.Quota.Store(bytes);
        slot.Job = slot.Job with { StoredBytes = slot.Job.StoredBytes + bytes };
    }

    private JobSlot Create(NewJob asked, Occurrence? occurrence, Chain? chain, Decision decision)
    {
        var job = JobMachine.Create(new JobEvent.Enqueued(asked, occurrence, chain), decision.Now.Wall);
        var slot = Add(job);
        Enqueued++;
        decision.Changes.Add(new Change.JobAdded(job, asked.Params));
        slot.Quota.Store(asked.Params.Utf8.Length);
        decision.Publish("job.enqueued", job);
        Settle(slot, decision.Now);
        AnnounceAdded(slot, decision.Now);
        return slot;
    }

    private JobSlot Add(Job job)
    {
        var slot = new JobSlot(job, namespaces.Of(job.Namespace));
        _slots.Add(job.Id, slot);
        Count(slot, job.State, 1);
        slot.Quota.Unfinished++;
        Deduplication.Hold(job);
        return slot;
    }

    private void AnnounceAdded(JobSlot slot, Moment now)
    {
        foreach (var follower in followers)
        {
            follower.Added(slot, now);
        }
    }

    private void Put(JobSlot slot, Job after)
    {
        var before = slot.Job.State;
        slot.Job = after;
        Count(slot, before, -1);
        Count(slot, after.State, 1);
    }

    private void Count(JobSlot slot, JobState state, int change)
    {
        _counts[(int)state] += change;
        slot.Quota.Count(state, change);
    }

    // Forgets a job that has ended or was dropped.
    private void Remove(JobSlot slot)
    {
        _slots.Remove(slot.Job.Id);
        Count(slot, slot.Job.State, -1);
        slot.Quota.Unfinished--;
    }

    private static void Save(Job after, JobEvent happened, RawJson result, Decision decision)
    {
        switch (happened)
        {
            case JobEvent.Assigned:
                decision.Changes.Add(new Change.JobAssigned(after.Id, after.Current!, after.AttemptsUsed));
                break;
            case JobEvent.ResultCameLate e:
                decision.Changes.Add(new Change.AttemptSuperseded(after.Id, e.Token, decision.Now.Wall, e.Error));
                break;
            case JobEvent.Due or JobEvent.Started:
                // Readiness follows from runAt. The start is saved with the attempt's end, or a little later if the
                // attempt goes on.
                break;
            case JobEvent.Changed e:
                decision.Changes.Add(new Change.JobChanged(after) { Params = e.Params });
                break;
            default:
                decision.Changes.Add(
                    after.IsFinished ? new Change.JobFinished(after, result) : new Change.JobChanged(after)
                );
                break;
        }
    }

    // Sets the timer for what the job waits for. A job whose instant has come becomes Ready.
    private void Settle(JobSlot slot, Moment now)
    {
        var job = slot.Job;
        switch (job.State)
        {
            case JobState.Scheduled when job.Awaits:
                // A job whose chain is broken is cancelled at once, wherever the clock is set to.
                Arm(slot, job.Chain?.BrokenBy is not null ? 0 : StartDeadline(job));
                break;
            case JobState.Scheduled when job.RunAt <= now.Wall:
                // This step is neither saved nor published: readiness follows from runAt, and the event of the step
                // before says it.
                Put(slot, JobMachine.Apply(job, new JobEvent.Due(), now.Wall)!);
                Arm(slot, StartDeadline(job));
                break;
            case JobState.Scheduled:
                wall.Set(slot, Math.Min(job.RunAt.UtcTicks, StartDeadline(job)));
                break;
            case JobState.Ready:
                Arm(slot, StartDeadline(job));
                break;
            default:
                TimerHeap.Clear(slot);
                break;
        }
    }

    private void Arm(JobSlot slot, long due)
    {
        if (due < long.MaxValue)
        {
            wall.Set(slot, due);
        }
        else
        {
            TimerHeap.Clear(slot);
        }
    }

    // The instant of the job's start deadline, in ticks; far away when the job has none or has started once.
    private static long StartDeadline(Job job) =>
        job.AttemptsUsed == 0 && job.Spec.StartDeadline is { } deadline ? deadline.UtcTicks : long.MaxValue;
}
