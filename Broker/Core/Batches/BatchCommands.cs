using ScheduleZero.Broker.Core.Jobs;
using ScheduleZero.Contracts;

namespace ScheduleZero.Broker.Core.Batches;

/// <summary>Decides the requests of producers and operators about batches.</summary>
internal sealed class BatchCommands(CoreOptions options, BatchTable batches, JobTable jobs, JobCommands commands)
{
    /// <summary>How many jobs of a batch are cancelled in one turn at most, so that others come between.</summary>
    private const int CancelledAtOnceMax = 100;

    /// <summary>Makes a batch with its jobs, and the completion job where one was asked for.</summary>
    public Answer Enqueue(BrokerInput.Enqueue asked, NewBatch batch, Decision decision)
    {
        IReadOnlyList<NewJob> all = batch.OnComplete is { } last ? [.. asked.Jobs, last] : asked.Jobs;
        if (commands.Plan(asked, all, decision.Now.Wall, out var chains) is { } refusal)
        {
            return refusal;
        }

        // The batch stands before its jobs do, and its completion job before any of them can end.
        var ns = asked.Jobs[0].Namespace;
        batches.Begin(batch, ns, asked.Jobs.Count, decision);
        if (batch.OnComplete is { } completion)
        {
            jobs.Enqueue(completion with { Completes = batch.Id }, null, decision);
        }

        var members = asked.Jobs.Select(job => job with { Batch = batch.Id }).ToList();
        return new Answer.Enqueued(commands.Create(members, chains, decision))
        {
            Batch = BatchTable.StateOf(batches.Find(ns, batch.Id)!),
        };
    }

    /// <summary>Begins to cancel the jobs of a batch.</summary>
    public Answer Cancel(BrokerInput.CancelBatch asked, Decision decision)
    {
        if (batches.Find(asked.Namespace, asked.Id) is not { } slot)
        {
            return new Answer.Refused(ErrorCodes.NotFound, $"There is no unfinished batch {asked.Id}.");
        }

        batches.Cancel(slot, decision);
        return new Answer.BatchIs(BatchTable.StateOf(slot));
    }

    /// <summary>
    /// Cancels the next jobs of a batch whose cancellation was asked for; called by the batch's timer.
    /// </summary>
    public void CancelNext(BatchTable.Slot batch, Decision decision)
    {
        foreach (var job in batches.TakeNextToCancel(batch, CancelledAtOnceMax))
        {
            jobs.Cancel(job, options.CancelGrace, decision);
        }
    }
}
