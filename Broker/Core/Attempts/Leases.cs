using ScheduleZero.Broker.Core.Dispatch;
using ScheduleZero.Broker.Core.Jobs;
using ScheduleZero.Contracts.Ids;

namespace ScheduleZero.Broker.Core.Attempts;

/// <summary>
/// Gives leases of jobs to sessions, renews them, and takes them back: when a deadline has passed, when a session ends,
/// or when a handler may not run the job any more.
/// </summary>
internal sealed class Leases(CoreOptions options, OpenAttempts attempts, JobTable jobs, Dispatcher dispatcher)
{
    /// <summary>Gives ready jobs to free sessions, as long as there are any of both.</summary>
    public void AssignReady(Decision decision)
    {
        Dictionary<SessionOffer, List<Job>>? assigned = null;
        while (dispatcher.TryMatch(decision.Now.Steady, out var slot, out var offer))
        {
            Assign(slot, offer, decision);
            assigned ??= [];
            if (!assigned.TryGetValue(offer, out var given))
            {
                assigned[offer] = given = [];
            }

            given.Add(slot.Job);
        }

        if (assigned is null)
        {
            return;
        }

        dispatcher.SaveRateCounts(decision);
        foreach (var (offer, given) in assigned)
        {
            SendAssign(offer, given, decision);
        }
    }

    /// <summary>Renews the leases of the attempts that a heartbeat names, as far as the session has them.</summary>
    public void Renew(SessionOffer offer, IReadOnlyList<AttemptId> running, Decision decision)
    {
        foreach (var id in running)
        {
            if (attempts.Find(id) is { } attempt && attempt.Offer == offer)
            {
                // The timer stays where it is and finds the later deadline when it fires: a heartbeat then costs
                // nothing in the heap.
                attempt.LeaseUntil = decision.Now.Steady + options.Lease;
            }
        }
    }

    /// <summary>Makes every lease longer by a time in which the Broker could not hear heartbeats.</summary>
    public void ExtendAll(TimeSpan by)
    {
        foreach (var attempt in attempts.All)
        {
            attempt.LeaseUntil += by;
        }
    }

    /// <summary>Takes every lease of a session that has ended.</summary>
    /// <param name="reason">Why the session ended, as a part of a sentence.</param>
    public void EndAll(SessionOffer offer, string reason, Decision decision)
    {
        foreach (var slot in offer.Running.ToArray())
        {
            Lose(slot, reason, decision);
        }
    }

    /// <summary>Takes the lease of a handler that may not run the job any more, and tells it to stop.</summary>
    /// <param name="reason">A sentence for the error of the attempt.</param>
    public void Revoke(JobSlot slot, SessionOffer offer, string reason, Decision decision)
    {
        var id = new AttemptId(slot.Job.Id, slot.Job.Token);
        Lose(slot, reason, decision);
        CancelMessages.Send(offer.Connection, id, CancelReason.Lost, TimeSpan.Zero, decision);
    }

    /// <summary>Ends an attempt whose deadline has passed, and tells its handler to stop.</summary>
    public void Expire(OpenAttempt attempt, Decision decision)
    {
        var now = decision.Now.Steady;
        if (attempt.Deadline > now)
        {
            attempts.Rearm(attempt); // A heartbeat has moved the deadline since the timer was set.
            return;
        }

        var (id, connection) = (attempt.Id, attempt.Offer?.Connection);
        JobEvent happened;
        CancelReason reason;
        if (attempt.GraceUntil <= now)
        {
            (happened, reason) = (new JobEvent.GraceOver(id.Token), CancelReason.Cancelled);
        }
        else if (attempt.TimeoutAt <= now)
        {
            happened = new JobEvent.TimedOut(id.Token, decision.Chance.NextDouble());
            reason = CancelReason.TimedOut;
        }
        else
        {
            happened = new JobEvent.LeaseLost(id.Token, "no heartbeat within it", decision.Chance.NextDouble());
            reason = CancelReason.Lost;
        }

        jobs.Step(attempt.Slot, happened, decision);
        CancelMessages.Send(connection, id, reason, TimeSpan.Zero, decision);
    }

    /// <summary>Ends an attempt because its lease is gone.</summary>
    /// <param name="reason">Why the lease is gone, as a part of a sentence or a sentence of its own.</param>
    public void Lose(JobSlot slot, string reason, Decision decision) =>
        jobs.Step(slot, new JobEvent.LeaseLost(slot.Job.Token, reason, decision.Chance.NextDouble()), decision);

    /// <summary>Sends a session jobs that are assigned to it; the edge adds their params.</summary>
    public void SendAssign(SessionOffer offer, IReadOnlyList<Job> assigned, Decision decision) =>
        decision.Effects.Add(new Effect.SendAssign(offer.Connection!.Value, (int)options.Lease.TotalSeconds, assigned));

    private void Assign(JobSlot slot, SessionOffer offer, Decision decision)
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
        // A backfilled occurrence could run long before it was made.
        slot.Quota.Starts.Add(job.RunAt > job.EnqueuedAt ? job.RunAt : job.EnqueuedAt, decision.Now);
        jobs.Step(slot, new JobEvent.Assigned(attempt), decision);
        attempts.Open(slot, offer, decision.Now.Steady);
    }
}
