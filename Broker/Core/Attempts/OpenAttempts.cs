using ScheduleZero.Broker.Core.Dispatch;
using ScheduleZero.Broker.Core.Jobs;
using ScheduleZero.Broker.Core.Timing;
using ScheduleZero.Contracts.Ids;

namespace ScheduleZero.Broker.Core.Attempts;

/// <summary>
/// Holds every open attempt. The class follows the job table: whichever step of the job ends an attempt also closes it
/// here.
/// </summary>
internal sealed class OpenAttempts(CoreOptions options, Dispatcher dispatcher, TimerHeap steady) : IJobFollower
{
    private readonly Dictionary<JobId, OpenAttempt> _open = [];
    private readonly UnsavedStarts _starts = new();

    /// <summary>
    /// The attempts from before the start of the Broker with which no session goes on yet, by the instance of the
    /// handler that runs them.
    /// </summary>
    private readonly Dictionary<(string Namespace, string Handler, string Instance), HashSet<OpenAttempt>> _unresumed =
    [];

    /// <summary>All open attempts, also those whose session has not come back.</summary>
    public IReadOnlyCollection<OpenAttempt> All => _open.Values;

    /// <summary>The newest attempts that have ended, up to a limit.</summary>
    public EndedAttempts Ended { get; } = new();

    /// <summary>
    /// When the start of an attempt is to be saved, on the steady clock; null when there is none to save.
    /// </summary>
    public TimeSpan? NextSave => _starts.Due;

    /// <summary>The open attempt of a job; null for a job that does not run.</summary>
    public OpenAttempt? Find(JobId id) => _open.GetValueOrDefault(id);

    /// <summary>
    /// The attempt of that id, if it holds the lease of its job; else null. An attempt that was fenced off has another
    /// token than its job.
    /// </summary>
    public OpenAttempt? Find(AttemptId id) =>
        _open.TryGetValue(id.Job, out var open) && open.Slot.Job.Holds(id.Token) ? open : null;

    /// <summary>Opens the attempt that a step has just begun.</summary>
    public void Open(JobSlot slot, SessionOffer offer, TimeSpan now)
    {
        var attempt = new OpenAttempt(slot)
        {
            Offer = offer,
            LeaseUntil = now + options.Lease,
            TimeoutAt = now + slot.Job.Spec.Timeout,
        };
        Add(attempt);
        dispatcher.Begin(offer, slot);
    }

    /// <summary>Lets a session that has come back go on with an attempt, with a whole lease.</summary>
    public void Resume(OpenAttempt attempt, SessionOffer offer, TimeSpan now)
    {
        attempt.Offer = offer;
        attempt.LeaseUntil = now + options.Lease;
        dispatcher.Begin(offer, attempt.Slot);
    }

    /// <summary>
    /// Takes the attempts of a session's instance that were open when the Broker stopped, and with which no session
    /// goes on yet.
    /// </summary>
    public IEnumerable<OpenAttempt> TakeUnresumed(SessionOffer offer) =>
        _unresumed.Remove((offer.Namespace, offer.Handler, offer.Instance), out var left)
            ? left.Where(attempt => attempt.Offer is null)
            : [];

    /// <summary>Sets the timer of an attempt to the attempt's next deadline, which has changed.</summary>
    public void Rearm(OpenAttempt attempt) => steady.Set(attempt, attempt.Deadline.Ticks);

    /// <summary>Saves the start of each open attempt that has run for a while.</summary>
    /// <param name="all">True when the Broker stops: the newest starts are then saved too.</param>
    public void SaveStarts(Decision decision, bool all)
    {
        while (_starts.TryDequeue(decision.Now.Steady, all, out var id))
        {
            if (Find(id) is { Slot.Job: var job })
            {
                decision.Changes.Add(new Change.JobChanged(job));
            }
        }
    }

    /// <summary>
    /// Remembers how a job's attempts ended: their handlers may not have heard the Broker say so before it stopped.
    /// </summary>
    public void Recall(Job job)
    {
        foreach (var ended in job.Ended ?? [])
        {
            Ended.Remember(job, ended);
        }
    }

    /// <summary>
    /// Restores the attempt that was open when the Broker stopped, if there was one. The attempt gets a whole lease, in
    /// which its session may come back.
    /// </summary>
    public void Added(JobSlot slot, Moment now)
    {
        var job = slot.Job;
        Recall(job);
        if (job.Current is not { } current)
        {
            return;
        }

        // The attempt may have ended in time while the Broker was down, and its handler waits to say so.
        var left = job.Spec.Timeout - (now.Wall - current.AssignedAt);
        var attempt = new OpenAttempt(slot)
        {
            LeaseUntil = now.Steady + options.Lease,
            TimeoutAt = now.Steady + (left > options.Lease ? left : options.Lease),
            GraceUntil = current.CancelRequestedAt is null ? null : now.Steady + options.CancelGrace,
        };
        Add(attempt);
        if (!_unresumed.TryGetValue(InstanceOf(job), out var unresumed))
        {
            _unresumed[InstanceOf(job)] = unresumed = [];
        }

        unresumed.Add(attempt);
    }

    public void Stepped(in JobStep step, JobTable jobs, Decision decision)
    {
        if (step.HasStopped)
        {
            Close(step);
            return;
        }

        switch (step.Happened)
        {
            case JobEvent.Started e:
                _starts.Add(new AttemptId(step.After.Id, e.Token), decision.Now.Steady);
                break;
            case JobEvent.CancelRequested e when Find(step.After.Id) is { } attempt:
                attempt.GraceUntil = decision.Now.Steady + e.Grace;
                Rearm(attempt);
                CancelMessages.Send(attempt.Offer?.Connection, attempt.Id, CancelReason.Cancelled, e.Grace, decision);
                break;
            default:
                break; // Leases opens an attempt; the other steps of a running job change no deadline.
        }
    }

    public void Dropped(JobSlot slot, Decision decision)
    {
        // Only a job that does not run is dropped.
    }

    private void Add(OpenAttempt attempt)
    {
        _open.Add(attempt.Slot.Job.Id, attempt);
        Rearm(attempt);
    }

    private void Close(in JobStep step)
    {
        var job = step.Before;
        _open.Remove(job.Id, out var attempt);
        TimerHeap.Clear(attempt!);
        Ended.Remember(step.After, step.After.Ended![^1]);
        if (attempt!.Offer is { } offer)
        {
            dispatcher.End(offer, attempt.Slot);
        }
        else if (_unresumed.TryGetValue(InstanceOf(job), out var unresumed) && unresumed.Remove(attempt))
        {
            if (unresumed.Count == 0)
            {
                _unresumed.Remove(InstanceOf(job));
            }
        }
    }

    private static (string Namespace, string Handler, string Instance) InstanceOf(Job running) =>
        (running.Namespace, running.Current!.Handler, running.Current.Instance);
}
