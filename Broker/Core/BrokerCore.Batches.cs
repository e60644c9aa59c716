using ScheduleZero.Broker.Core.Batches;
using ScheduleZero.Broker.Core.Jobs;
using ScheduleZero.Contracts;

namespace ScheduleZero.Broker.Core;

/// <summary>Jobs that come, or go, together.</summary>
public sealed partial class BrokerCore
{
    /// <summary>Jobs of a batch that are cancelled in one step, so that others come between.</summary>
    private const int CancelledAtOnceMax = 100;

    // The batch stands before its jobs do, and its completion job before any of them can end.
    private void Begin(BrokerInput.Enqueue asked, NewBatch batch, Decision decision)
    {
        _batches.Begin(batch, asked.Jobs[0].Namespace, asked.Jobs.Count, decision);
        if (batch.OnComplete is { } completion)
        {
            _jobs.Enqueue(completion with { Completes = batch.Id }, null, decision);
        }
    }

    private void Cancel(BrokerInput.CancelBatch asked, Decision decision)
    {
        if (_batches.Find(asked.Namespace, asked.Id) is not { } slot)
        {
            decision.Refuse(asked.Ticket, ErrorCodes.NotFound, $"There is no unfinished batch {asked.Id}.");
            return;
        }

        _batches.Cancel(slot, decision);
        decision.Answer(asked.Ticket, new Answer.BatchIs(BatchTable.StateOf(slot)));
    }

    private void Tick(BatchTable.Slot batch, Decision decision)
    {
        foreach (var job in _batches.NextDoomed(batch, CancelledAtOnceMax))
        {
            _jobs.Cancel(job, _options.CancelGrace, decision);
        }
    }

    private EnqueuedJob WarnIfNotOffered(EnqueuedJob enqueued) =>
        enqueued is { IsNew: true, Job: { } job } && !_dispatcher.IsOffered(job.Namespace, job.Spec.Method)
            ? enqueued with
            {
                Warning = $"No connected handler offers the method \"{job.Spec.Method}\" yet; the job waits for one.",
            }
            : enqueued;

    // What it was to run after has failed already: the answer shall say so.
    private EnqueuedJob EndIfDoomed(EnqueuedJob enqueued, Decision decision)
    {
        if (!enqueued.IsNew || _jobs.Find(enqueued.Id) is not { Job.Chain.BrokenBy: not null } slot)
        {
            return enqueued;
        }

        _jobs.Step(slot, new JobEvent.ChainBroken(), decision);
        return enqueued with { Job = slot.Job };
    }
}
