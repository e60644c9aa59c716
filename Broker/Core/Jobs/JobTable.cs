using ScheduleZero.Broker.Core.Batches;
using ScheduleZero.Broker.Core.Dispatch;
using ScheduleZero.Broker.Core.Namespaces;
using ScheduleZero.Broker.Core.Timing;
using ScheduleZero.Contracts;
using ScheduleZero.Contracts.Handlers;
using ScheduleZero.Contracts.Ids;
using ScheduleZero.Contracts.Rest;

namespace ScheduleZero.Broker.Core.Jobs;

/// <summary>
/// Every unfinished job. All steps of jobs are taken here, so that queues, timers, changes and events never part from
/// the state.
/// </summary>
internal sealed partial class JobTable(
    CoreOptions options,
    NamespaceTable namespaces,
    Dispatcher dispatcher,
    TimerHeap wall,
    TimerHeap steady
)
{
    private readonly Dictionary<JobId, JobSlot> _slots = [];
    private readonly HashSet<JobSlot> _running = [];

    // Those of before the start, by the session that has not come back for them.
    private readonly Dictionary<(string Namespace, string Handler, string Instance), HashSet<JobSlot>> _left = [];
    private readonly Deduplication _deduplication = new(wall);
    private readonly RecentOutcomes _recent = new();
    private readonly Starts _starts = new();
    private readonly long[] _counts = new long[Enum.GetValues<JobState>().Length];

    public long Enqueued { get; private set; }

    public long Finished { get; private set; }

    /// <summary>Jobs with an open attempt, also those whose session has not come back.</summary>
    public IReadOnlyCollection<JobSlot> Running => _running;

    public Deduplication Deduplication => _deduplication;

    public RecentOutcomes Recent => _recent;

    /// <summary>When a start is to be kept; null when there is none to keep.</summary>
    public TimeSpan? NextStart => _starts.Due;

    public Waiters Waiters { get; } = new();

    public BatchTable Batches { get; } = new(wall);

    public long Count(JobState state) => _counts[(int)state];

    public JobSlot? Find(JobId id) => _slots.GetValueOrDefault(id);

    public JobSlot? Find(string ns, JobId id) =>
        _slots.TryGetValue(id, out var slot) && slot.Job.Namespace == ns ? slot : null;

    /// <summary>
    /// Takes back a job that the store kept. Its attempt, if one is open, gets a whole lease in which its session may
    /// return.
    /// </summary>
    public void Restore(Job job, Moment now)
    {
        var slot = Add(job);
        _deduplication.Hold(job);
        Waiters.Add(slot);
        Batches.Add(slot);
        Recall(job);
        if (job.Current is { } attempt)
        {
            // It may have finished in time while the Broker was down, and its handler waits to say so.
            var left = job.Spec.Timeout - (now.Wall - attempt.AssignedAt);
            slot.Open = new OpenAttempt
            {
                LeaseUntil = now.Steady + options.Lease,
                TimeoutAt = now.Steady + (left > options.Lease ? left : options.Lease),
                GraceUntil = attempt.CancelRequestedAt is null ? null : now.Steady + options.CancelGrace,
            };
            _running.Add(slot);
            slot.Use.Running++;
            dispatcher.Occupy(job);
            Leave(slot);
        }

        Settle(slot, now);
    }

    /// <summary>
    /// Takes out the attempts of such a session that were open when the Broker stopped, and that nobody has come back
    /// for.
    /// </summary>
    public IEnumerable<JobSlot> TakeLeft(SessionOffer offer)
    {
        _left.Remove((offer.Namespace, offer.Handler, offer.Instance), out var left);
        return left?.Where(slot => slot.Open!.Offer is null) ?? [];
    }

    private void Leave(JobSlot slot)
    {
        var session = SessionOf(slot.Job);
        if (!_left.TryGetValue(session, out var left))
        {
            _left[session] = left = [];
        }

        left.Add(slot);
    }

    private void ForgetLeft(JobSlot slot, Job job)
    {
        var session = SessionOf(job);
        if (_left.TryGetValue(session, out var left) && left.Remove(slot) && left.Count == 0)
        {
            _left.Remove(session);
        }
    }

    private static (string Namespace, string Handler, string Instance) SessionOf(Job running) =>
        (running.Namespace, running.Current!.Handler, running.Current.Instance);

    /// <summary>
    /// Knows again how the job's attempts ended: their handlers may not have heard the Broker say so before it stopped.
    /// </summary>
    public void Recall(Job job)
    {
        foreach (var ended in job.Ended ?? [])
        {
            _recent.Remember(job, ended);
        }
    }

    public EnqueuedJob Enqueue(NewJob asked, Occurrence? occurrence, Decision decision, Chain? chain = null)
    {
        var now = decision.Now.Wall;
        if (_deduplication.FindEntry(asked.Namespace, asked.Spec.DeduplicationKey, now) is { } first)
        {
            var difference = first.Difference(asked.Spec);
            return new EnqueuedJob(first.Id, Find(first.Id)?.Job, IsNew: false, difference)
            {
                Holder = first.Holder,
                IsRefused = asked.IsStrict && difference is not null,
            };
        }

        var job = JobMachine.Create(new JobEvent.Enqueued(asked, occurrence, chain), now);
        var slot = Begin(job, asked.Params, decision);
        Settle(slot, decision.Now);
        var warning = dispatcher.IsOffered(job.Namespace, job.Spec.Method)
            ? null
            : $"No connected handler offers the method \"{job.Spec.Method}\" yet; the job waits for one.";
        return new EnqueuedJob(job.Id, job, IsNew: true, warning);
    }

    /// <summary>Takes in the job of an occurrence that its handler has run by itself, from beginning to end.</summary>
    public Job Record(NewJob asked, Occurrence occurrence, Attempt attempt, RawJson result, Decision decision)
    {
        var due = asked with { RunAt = occurrence.Effective ?? occurrence.Nominal };
        var job = JobMachine.Create(new JobEvent.Enqueued(due, occurrence, null), decision.Now.Wall);
        var slot = Begin(job, asked.Params, decision);
        Settle(slot, decision.Now);
        Step(slot, new JobEvent.RanOffline(attempt), decision, result);
        return slot.Job;
    }

    private JobSlot Begin(Job job, RawJson parameters, Decision decision)
    {
        var slot = Add(job);
        Waiters.Add(slot);
        Batches.Add(slot);
        Enqueued++;
        _deduplication.Hold(job);
        decision.Changes.Add(new Change.JobAdded(job, parameters));
        slot.Use.Store(parameters.Utf8.Length);
        decision.Publish("job.enqueued", job);
        return slot;
    }

    /// <summary>Writes down when attempts began that go on.</summary>
    /// <param name="all">Also those that began only now: the Broker stops.</param>
    public void KeepStarts(Decision decision, bool all)
    {
        while (_starts.TryTake(decision.Now.Steady, all, out var id, out var token))
        {
            if (Find(id) is { Job: var job } && job.Holds(token))
            {
                decision.Changes.Add(new Change.JobChanged(job));
            }
        }
    }

    /// <summary>Every unfinished job of a namespace.</summary>
    public Stack<JobSlot> In(string ns) => new(_slots.Values.Where(slot => slot.Job.Namespace == ns));

    private JobSlot Add(Job job)
    {
        var use = namespaces.Of(job.Namespace);
        var slot = new JobSlot(job, use);
        _slots.Add(job.Id, slot);
        _counts[(int)job.State]++;
        use.Unfinished++;
        return slot;
    }

    /// <summary>Takes one step; false when the event means nothing to the job as it stands.</summary>
    public bool Step(JobSlot slot, JobEvent happened, Decision decision, RawJson result = default)
    {
        var before = slot.Job;
        if (JobMachine.Apply(before, happened, decision.Now.Wall) is not { } after)
        {
            return false;
        }

        if (happened is JobEvent.ResultCameLate)
        {
            // Only the history differs: the job keeps its place in queues and its timer.
            slot.Job = after;
            Keep(after, happened, decision, default);
            return true;
        }

        if (happened is JobEvent.Started)
        {
            _starts.Add(after, decision.Now.Steady);
        }

        after = result.IsEmpty ? after : after with { StoredBytes = after.StoredBytes + result.Utf8.Length };
        slot.Job = after;
        _counts[(int)before.State]--;
        _counts[(int)after.State]++;
        Keep(after, happened, decision, result);
        if (before.State == JobState.Running && after.State != JobState.Running)
        {
            slot.Use.Running--;
            EndAttempt(slot, before);
        }
        else if (before.State == JobState.Ready && (after.IsFinished || happened is JobEvent.PriorityChanged))
        {
            dispatcher.Remove(slot);
        }
        else if (before.State != JobState.Running && after.State == JobState.Running)
        {
            slot.Use.Running++;
            Batches.Started(after, decision.Now.Wall);
        }

        Settle(slot, decision.Now);
        if (after.IsFinished)
        {
            Finished++;
            slot.Use.Unfinished--;
            slot.Use.Store(result.Utf8.Length);
            _counts[(int)after.State]--;
            _deduplication.Finish(after, decision);
            Ended?.Invoke(after);
            Waiters.Remove(slot, before.Chain?.Left ?? []);
        }

        JobNews.Publish(before, after, happened, result, decision);
        if (after.IsFinished)
        {
            TellWaiters(after, decision);
            if (
                Batches.Ended(slot, decision) is { CompletionJob: { } completion } batch
                && Find(completion) is { } last
            )
            {
                Step(last, new JobEvent.BatchEnded(batch.End()), decision);
            }
        }

        return true;
    }

    // None of them ends here: a doomed one does when its timer fires, so that a long chain neither nests nor fills one
    // decision.
    private void TellWaiters(Job ended, Decision decision)
    {
        foreach (var slot in Waiters.Take(ended.Id))
        {
            var awaited = slot.Job.Chain!.Left;
            Step(slot, new JobEvent.AwaitedEnded(ended.Id, ended.State), decision);
            if (slot.Job.Chain.Doom is not null)
            {
                Waiters.Remove(slot, awaited);
            }
        }
    }

    /// <summary>Moves a job that waits among the others; false when it runs, or has the priority already.</summary>
    /// <param name="wishes">The job's spec with the new priority.</param>
    public bool Prioritise(JobSlot slot, JobSpec wishes, Decision decision) =>
        slot.Job.Spec.Priority != wishes.Priority && Step(slot, new JobEvent.PriorityChanged(wishes), decision);

    /// <summary>
    /// Ends a job that waits, or asks the handler of one that runs to stop it. Asking twice is no error: the first
    /// request stands, and the second changes nothing.
    /// </summary>
    /// <returns>False when nothing was changed.</returns>
    public bool Cancel(JobSlot slot, TimeSpan grace, Decision decision)
    {
        if (!Step(slot, new JobEvent.CancelRequested(), decision))
        {
            return false;
        }

        if (slot.Job.State != JobState.Running)
        {
            return true;
        }

        slot.Open!.GraceUntil = decision.Now.Steady + grace;
        Rearm(slot);
        if (slot.Open.Offer?.Connection is { } connection)
        {
            var attempt = new CancelledAttempt(
                new AttemptId(slot.Job.Id, slot.Job.Token),
                "cancelled",
                grace.TotalSeconds
            );
            decision.Effects.Add(new Effect.Send(connection, MessageKind.Cancel, new Cancel([attempt])));
        }

        return true;
    }

    /// <summary>
    /// Takes a job that does not run away without an end: its namespace is being deleted, and nobody will ask how it
    /// ended.
    /// </summary>
    public void Drop(JobSlot slot, Decision decision)
    {
        var job = slot.Job;
        if (JobMachine.Apply(job, new JobEvent.NamespaceDeleted(), decision.Now.Wall) is not { } after)
        {
            return;
        }

        if (job.State == JobState.Ready)
        {
            dispatcher.Remove(slot);
        }

        TimerHeap.Clear(slot);
        _slots.Remove(job.Id);
        _counts[(int)job.State]--;
        slot.Use.Unfinished--;
        _deduplication.Drop(job);
        Waiters.Remove(slot, job.Chain?.Left ?? []);
        Batches.Drop(slot, decision);
        slot.Job = after;
        decision.Changes.Add(new Change.JobDropped(job.Id));
    }

    /// <summary>Gives the job to the session, under a new token.</summary>
    public void Assign(JobSlot slot, SessionOffer offer, Decision decision)
    {
        var job = slot.Job;
        var attempt = new Attempt
        {
            Token = job.Token + 1,
            Number = job.AttemptsUsed + 1,
            Handler = offer.Handler,
            Instance = offer.Instance,
            Session = offer.SessionId,
            Bridge = offer.Bridge,
            AssignedAt = decision.Now.Wall,
        };
        slot.Open = new OpenAttempt
        {
            Offer = offer,
            LeaseUntil = decision.Now.Steady + options.Lease,
            TimeoutAt = decision.Now.Steady + job.Spec.Timeout,
        };
        _running.Add(slot);
        Step(slot, new JobEvent.Assigned(attempt), decision);
        dispatcher.Begin(offer, slot);
    }

    /// <summary>A line of the job's log is kept. The job says so in the store with its next step.</summary>
    public static void Logged(JobSlot slot, int bytes)
    {
        slot.Use.Store(bytes);
        slot.Job = slot.Job with { StoredBytes = slot.Job.StoredBytes + bytes };
    }

    /// <summary>Moves the timer of an open attempt after its deadline changed for an earlier one.</summary>
    public void Rearm(JobSlot slot) => steady.Set(slot, slot.Open!.Deadline.Ticks);

    private static void Keep(Job after, JobEvent happened, Decision decision, RawJson result)
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
                // Readiness follows from runAt. The start is kept with the attempt's end, or a little later if the
                // attempt goes on (see Starts).
                break;
            default:
                decision.Changes.Add(
                    after.IsFinished ? new Change.JobFinished(after, result) : new Change.JobChanged(after)
                );
                break;
        }
    }

    private void EndAttempt(JobSlot slot, Job before)
    {
        var offer = slot.Open!.Offer;
        slot.Open = null;
        _running.Remove(slot);
        _recent.Remember(slot.Job, slot.Job.Ended![^1]);
        if (offer is not null)
        {
            dispatcher.End(offer, slot);
        }
        else
        {
            ForgetLeft(slot, before);
        }

        dispatcher.Release(before);
    }

    /// <summary>Called when a job has come to its final state.</summary>
    public Action<Job>? Ended { get; set; }

    // Puts the job where its state says it waits, and arms its one timer.
    private void Settle(JobSlot slot, Moment now)
    {
        var job = slot.Job;
        switch (job.State)
        {
            case JobState.Scheduled when job.Awaits:
                // A doomed one at once, wherever the clock is set to.
                Arm(slot, job.Chain?.Doom is not null ? 0 : StartDeadline(job));
                break;
            case JobState.Scheduled when job.RunAt <= now.Wall:
                // Neither stored nor published: readiness follows from runAt, and who caused the step before says it.
                slot.Job = JobMachine.Apply(job, new JobEvent.Due(), now.Wall)!;
                _counts[(int)JobState.Scheduled]--;
                _counts[(int)JobState.Ready]++;
                Settle(slot, now);
                break;
            case JobState.Scheduled:
                wall.Set(slot, Math.Min(job.RunAt.UtcTicks, StartDeadline(job)));
                break;
            case JobState.Ready:
                dispatcher.Add(slot);
                Arm(slot, StartDeadline(job));
                break;
            case JobState.Running:
                steady.Set(slot, slot.Open!.Deadline.Ticks);
                break;
            default:
                TimerHeap.Clear(slot);
                _slots.Remove(job.Id);
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

    /// <summary>The instant of the job's start deadline; far away when it has none or has started once.</summary>
    public static long StartDeadline(Job job) =>
        job.AttemptsUsed == 0 && job.Spec.StartDeadline is { } deadline ? deadline.UtcTicks : long.MaxValue;
}
