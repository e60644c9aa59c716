using ScheduleZero.Broker.Core.Jobs;

namespace ScheduleZero.Broker.Core.Dispatch;

/// <summary>
/// Counts the running jobs of one concurrency key, and keeps those that wait for a place: for each lane apart, so that a job whose handler is away
/// does not stand in front of one that could run.
/// </summary>
internal sealed class ConcurrencyGate
{
    private readonly Dictionary<LaneKey, ReadyQueue> _waiting = [];

    public int Running { get; set; }

    public bool IsUnused => Running == 0 && _waiting.Count == 0;

    public bool IsOpenFor(JobSlot slot) => Running < slot.Job.Spec.ConcurrencyLimit;

    /// <summary>Lanes that a place may be of use to.</summary>
    public IEnumerable<LaneKey> WaitingLanes => _waiting.Keys;

    public void Wait(LaneKey lane, JobSlot slot)
    {
        if (!_waiting.TryGetValue(lane, out var queue))
        {
            _waiting[lane] = queue = new ReadyQueue();
        }

        queue.Add(slot);
    }

    /// <summary>Takes a job that waits here out; false when it does not.</summary>
    public bool TryRemove(LaneKey lane, JobSlot slot)
    {
        if (!_waiting.TryGetValue(lane, out var queue) || slot.Queue != queue)
        {
            return false;
        }

        Take(lane, queue, slot);
        return true;
    }

    /// <summary>The best job that waits for the lane, if there is a place for it; each job brings its own limit.</summary>
    public JobSlot? TakeNext(LaneKey lane)
    {
        if (!_waiting.TryGetValue(lane, out var queue) || !IsOpenFor(queue.First.Slot))
        {
            return null;
        }

        var next = queue.First.Slot;
        Take(lane, queue, next);
        return next;
    }

    private void Take(LaneKey lane, ReadyQueue queue, JobSlot slot)
    {
        queue.Remove(slot);
        if (queue.Count == 0)
        {
            _waiting.Remove(lane);
        }
    }
}
