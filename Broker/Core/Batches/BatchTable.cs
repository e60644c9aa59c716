using ScheduleZero.Broker.Core.Jobs;
using ScheduleZero.Broker.Core.Timing;
using ScheduleZero.Contracts.Ids;
using ScheduleZero.Contracts.Rest;

namespace ScheduleZero.Broker.Core.Batches;

/// <summary>
/// Holds every batch of which a job has not ended. However many of a batch's jobs take a step in one turn, the batch is
/// saved once.
/// </summary>
internal sealed class BatchTable(TimerHeap wall) : IJobFollower
{
    private readonly Dictionary<BatchId, Slot> _slots = [];

    /// <summary>The batches that are to be saved with this turn, each once.</summary>
    private readonly List<Slot> _changed = [];

    /// <summary>The place of one batch in memory. Its timer runs while jobs of the batch are being cancelled.</summary>
    public sealed class Slot(Batch batch) : Timed
    {
        public Batch Batch { get; set; } = batch;

        /// <summary>The jobs of the batch that have not ended.</summary>
        public HashSet<JobSlot> Open { get; } = [];

        /// <summary>The jobs that are still to be cancelled; null until the cancellation has begun.</summary>
        public Stack<JobSlot>? ToCancel { get; set; }

        /// <summary>True while the batch is among those that are to be saved with this turn.</summary>
        public bool IsChanged { get; set; }
    }

    public int Count => _slots.Count;

    public Slot? Find(string ns, BatchId id) =>
        _slots.TryGetValue(id, out var slot) && slot.Batch.Namespace == ns ? slot : null;

    /// <summary>Restores a stored batch at a start of the Broker; its jobs are restored after it.</summary>
    public void Restore(Batch batch)
    {
        var slot = new Slot(batch);
        _slots.Add(batch.Id, slot);
        if (batch.CancelRequestedAt is not null)
        {
            wall.Set(slot, 0);
        }
    }

    /// <summary>Makes a batch without jobs; the jobs are added in the same turn.</summary>
    public void Begin(NewBatch asked, string ns, int total, Decision decision)
    {
        var slot = new Slot(
            new Batch
            {
                Id = asked.Id,
                Namespace = ns,
                Name = asked.Name,
                Total = total,
                CreatedAt = decision.Now.Wall,
                CreatedBy = asked.CreatedBy,
                CompletionJob = asked.OnComplete?.Id,
            }
        );
        _slots.Add(asked.Id, slot);
        Put(slot, slot.Batch);
        Publish("batch.created", slot.Batch, null, decision);
    }

    public void Added(JobSlot job, Moment now)
    {
        if (SlotOf(job.Job) is { } slot)
        {
            slot.Open.Add(job);
        }
    }

    public void Stepped(in JobStep step, JobTable jobs, Decision decision)
    {
        if (SlotOf(step.After) is not { } slot)
        {
            return;
        }

        if (step.HasBegun && slot.Batch.StartedAt is null)
        {
            Put(slot, slot.Batch with { StartedAt = decision.Now.Wall });
        }

        if (
            step.After.IsFinished
            && CountEnded(slot, step.Slot, decision) is { CompletionJob: { } completion } ended
            && jobs.Find(completion) is { } last
        )
        {
            jobs.Step(last, new JobEvent.BatchEnded(ended.End()), decision);
        }
    }

    /// <summary>Counts a job that has ended.</summary>
    /// <returns>The batch when this was the last of its jobs; else null.</returns>
    private Batch? CountEnded(Slot slot, JobSlot job, Decision decision)
    {
        slot.Open.Remove(job);
        Put(slot, slot.Batch.Count(job.Job.State, decision.Now.Wall));
        if (slot.Batch.FinishedAt is null)
        {
            return null;
        }

        TimerHeap.Clear(slot);
        var end = slot.Batch;
        Publish(
            "batch.finished",
            end,
            $"{end.Succeeded} of {end.Total} succeeded; {end.Failed} failed, {end.Cancelled} cancelled, "
                + $"{end.Expired} expired",
            decision
        );
        return end;
    }

    /// <summary>
    /// Removes a job that was dropped with its deleted namespace, without an end. With its last job the batch is over;
    /// the batch is then deleted with the history of the namespace.
    /// </summary>
    public void Dropped(JobSlot job, Decision decision)
    {
        if (SlotOf(job.Job) is { } slot && slot.Open.Remove(job) && slot.Open.Count == 0)
        {
            TimerHeap.Clear(slot);
            Put(
                slot,
                slot.Batch with
                {
                    CancelRequestedAt = slot.Batch.CancelRequestedAt ?? decision.Now.Wall,
                    FinishedAt = decision.Now.Wall,
                }
            );
        }
    }

    /// <summary>
    /// Begins to cancel the jobs of a batch that have not ended. A second request is no error, and changes nothing.
    /// </summary>
    public void Cancel(Slot slot, Decision decision)
    {
        if (slot.Batch is { CancelRequestedAt: null, FinishedAt: null })
        {
            Put(slot, slot.Batch with { CancelRequestedAt = decision.Now.Wall });
            wall.Set(slot, 0);
            Publish("batch.cancelRequested", slot.Batch, null, decision);
        }
    }

    /// <summary>
    /// Takes the next jobs that are to be cancelled, a few at a time so that others come between; the timer is set for
    /// the rest. The youngest come first, because they wait for the others.
    /// </summary>
    public IReadOnlyList<JobSlot> TakeNextToCancel(Slot slot, int max)
    {
        slot.ToCancel ??= new Stack<JobSlot>(slot.Open);
        var next = new List<JobSlot>();
        while (next.Count < max && slot.ToCancel.TryPop(out var job))
        {
            next.Add(job);
        }

        if (slot.ToCancel.Count > 0)
        {
            wall.Set(slot, 0);
        }

        return next;
    }

    public static BatchState StateOf(Slot slot) =>
        new(
            slot.Batch,
            slot.Open.Count(job => job.Job.State == JobState.Scheduled),
            slot.Open.Count(job => job.Job.State == JobState.Ready),
            slot.Open.Count(job => job.Job.State == JobState.Running)
        );

    /// <summary>
    /// Saves the batches that have changed in this turn, and forgets those that have finished. Called once, when the
    /// decision of the turn is closed.
    /// </summary>
    public void SaveChanged(Decision decision)
    {
        foreach (var slot in _changed)
        {
            slot.IsChanged = false;
            decision.Changes.Add(new Change.BatchSaved(slot.Batch));
            if (slot.Batch.FinishedAt is not null)
            {
                _slots.Remove(slot.Batch.Id);
            }
        }

        _changed.Clear();
    }

    private Slot? SlotOf(Job job) => job.Batch is { } id ? _slots.GetValueOrDefault(id) : null;

    private void Put(Slot slot, Batch batch)
    {
        slot.Batch = batch;
        if (!slot.IsChanged)
        {
            slot.IsChanged = true;
            _changed.Add(slot);
        }
    }

    private static void Publish(string type, Batch batch, string? detail, Decision decision) =>
        decision.Effects.Add(
            new Effect.Publish(
                new Happened(type, batch.Namespace, batch.Id.ToString(), decision.Now.Wall, Detail: detail)
            )
        );
}
