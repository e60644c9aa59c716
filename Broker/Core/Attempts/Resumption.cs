using ScheduleZero.Broker.Core.Dispatch;
using ScheduleZero.Broker.Core.Jobs;
using ScheduleZero.Contracts.Handlers;
using ScheduleZero.Contracts.Ids;

namespace ScheduleZero.Broker.Core.Attempts;

/// <summary>
/// Decides about the open attempts of a session when its handler says Hello: the attempts that the handler names go on,
/// and the others are assigned again or end as lost.
/// </summary>
internal sealed class Resumption(CoreOptions options, OpenAttempts attempts, JobTable jobs, Leases leases)
{
    /// <summary>Lets the session go on with the attempts that its handler names.</summary>
    /// <param name="abandoned">The named attempts that the handler does not hold any more, and is to stop.</param>
    /// <returns>The attempts that go on.</returns>
    public IReadOnlyList<AttemptId> Resume(
        SessionOffer offer,
        IReadOnlyList<ResumedAttempt> claims,
        TimeSpan now,
        out IReadOnlyList<AttemptId> abandoned
    )
    {
        var (resumed, others) = (new List<AttemptId>(), new List<AttemptId>());
        foreach (var claim in claims)
        {
            (TryResume(offer, claim, now) ? resumed : others).Add(claim.AttemptId);
        }

        abandoned = others;
        return resumed;
    }

    /// <summary>Deals with the session's attempts that its handler has not named. Call it after the Welcome.</summary>
    /// <param name="resumed">The attempts that the handler named, and goes on with.</param>
    public void CatchUp(SessionOffer offer, IReadOnlyList<AttemptId> resumed, Decision decision)
    {
        foreach (var attempt in attempts.TakeUnresumed(offer))
        {
            // The Assign was sent just before the Broker stopped, and may not have arrived.
            attempts.Resume(attempt, offer, decision.Now.Steady);
        }

        var named = resumed.ToHashSet();
        AssignAgain(offer, [.. OpenOf(offer).Where(attempt => !named.Contains(attempt.Id))], decision);
        CancelAgain(offer, decision);
    }

    private bool TryResume(SessionOffer offer, ResumedAttempt claim, TimeSpan now)
    {
        if (
            claim.FencingToken != claim.AttemptId.Token
            || attempts.Find(claim.AttemptId) is not { } attempt
            || !attempt.IsOf(offer)
        )
        {
            return false;
        }

        attempts.Resume(attempt, offer, now);
        return true;
    }

    // An attempt of this session that the handler does not name never reached the handler, and is assigned again. If
    // the attempt had started, the handler has lost it.
    private void AssignAgain(SessionOffer offer, List<OpenAttempt> unnamed, Decision decision)
    {
        foreach (var attempt in unnamed.Where(HasReached))
        {
            leases.Lose(attempt.Slot, "the handler no longer knows the attempt", decision);
        }

        var again = unnamed.FindAll(attempt => offer.Running.Contains(attempt.Slot));
        while (again.Count > 0 && offer.Running.Count > offer.Capacity)
        {
            var rejected = new JobEvent.Rejected(again[^1].Id.Token, "the handler came back with less room");
            jobs.Step(again[^1].Slot, rejected, decision);
            again.RemoveAt(again.Count - 1);
        }

        if (again.Count > 0)
        {
            again.ForEach(attempt => attempt.LeaseUntil = decision.Now.Steady + options.Lease);
            leases.SendAssign(offer, again.ConvertAll(attempt => attempt.Slot.Job), decision);
        }
    }

    // True also for an attempt whose cancel was requested, which is not worth being assigned again.
    private static bool HasReached(OpenAttempt attempt) =>
        attempt.Slot.Job.Current is not { StartedAt: null, CancelRequestedAt: null };

    // A cancel that was requested while the handler was away has not reached the handler.
    private void CancelAgain(SessionOffer offer, Decision decision)
    {
        var now = decision.Now.Steady;
        var requested = OpenOf(offer)
            .Where(attempt => attempt.GraceUntil is not null)
            .Select(attempt => CancelMessages.Of(attempt.Id, CancelReason.Cancelled, Left(attempt, now)))
            .ToList();
        if (requested.Count > 0)
        {
            decision.Effects.Add(new Effect.Send(offer.Connection!.Value, new Cancel(requested)));
        }
    }

    private static TimeSpan Left(OpenAttempt attempt, TimeSpan now) =>
        attempt.GraceUntil > now ? attempt.GraceUntil.Value - now : TimeSpan.Zero;

    private IEnumerable<OpenAttempt> OpenOf(SessionOffer offer) =>
        offer.Running.Select(slot => attempts.Find(slot.Job.Id)!);
}
