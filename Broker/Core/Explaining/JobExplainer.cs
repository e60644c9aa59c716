using ScheduleZero.Broker.Core.Attempts;
using ScheduleZero.Broker.Core.Dispatch;
using ScheduleZero.Broker.Core.Jobs;
using ScheduleZero.Broker.Core.Pauses;
using ScheduleZero.Broker.Core.Sessions;
using ScheduleZero.Broker.Core.Timing;
using ScheduleZero.Contracts.Rest;

namespace ScheduleZero.Broker.Core.Explaining;

/// <summary>
/// Explains why a job does not run, from the same state that decides whether it runs. One explanation reads a limited
/// number of sessions and handlers.
/// </summary>
internal sealed class JobExplainer(
    OpenAttempts attempts,
    Dispatcher dispatcher,
    SessionTable sessions,
    HandlerTable handlers,
    PauseTable pauses
)
{
    private readonly HandlerGates _handlers = new(sessions, handlers);

    public JobExplanation Explain(JobSlot slot, Moment now)
    {
        var gates = new List<GateView>();
        foreach (var gate in GatesOf(slot, now))
        {
            gates.Add(gate);
            if (!gate.Passed)
            {
                break;
            }
        }

        return new JobExplanation(slot.Job.Id, slot.Job.State, gates[^1].Gate, gates);
    }

    private IEnumerable<GateView> GatesOf(JobSlot slot, Moment now)
    {
        var job = slot.Job;
        if (job.Chain is { } chain)
        {
            yield return JobGates.After(chain);
        }
        else if (job.Completes is { } batch)
        {
            yield return JobGates.Completes(batch);
        }

        yield return JobGates.Due(job, now);
        if (job.Current is { } attempt)
        {
            yield return JobGates.Running(job, attempt, attempts.Find(job.Id)!, now);
            yield break;
        }

        yield return LimitGates.Closed(slot.Quota);
        foreach (var gate in LimitGates.Full(slot.Quota).Concat(WaitingGates(job, now)))
        {
            yield return gate;
        }
    }

    private IEnumerable<GateView> WaitingGates(Job job, Moment now)
    {
        yield return LimitGates.Paused(job.Spec, pauses.OfMethod(job.Namespace, job.Spec.Method));
        var pool = dispatcher.PoolOf(job.Namespace);
        var live = (pool.FindLane(LaneKey.Of(job.Spec))?.Offering ?? [])
            .Take(HandlerGates.ReadMax)
            .Where(offer => offer.Connection is not null)
            .ToList();
        yield return _handlers.Offered(job, pool, live);
        var fresh = live.FindAll(offer => !offer.IsDrained);
        yield return HandlerGates.Draining(live, fresh);
        var ready = fresh.FindAll(offer => offer.IsReady);
        yield return HandlerGates.Unresponsive(fresh, ready);
        foreach (var gate in LimitGates.Limited(job.Spec, pool, now))
        {
            yield return gate;
        }

        yield return HandlerGates.Room(job.Spec, ready, now);
        yield return GateViews.Hold(
            GateCode.Turn,
            "Everything is open, and jobs of a higher priority, or that came before, go first.",
            "Its turn comes."
        );
    }
}
