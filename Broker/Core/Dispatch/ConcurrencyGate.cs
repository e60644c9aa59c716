using ScheduleZero.Broker.Core.Jobs;

namespace ScheduleZero.Broker.Core.Dispatch;

/// <summary>Counts the running jobs of one concurrency key, and keeps those that wait for a place.</summary>
internal sealed class ConcurrencyGate
{
    private readonly PriorityQueue<JobSlot, ReadyOrder> _waiting = new();

    public int Running { get; set; }

    public bool IsUnused => Running == 0 && _waiting.Count == 0;

    public void Wait(JobSlot slot) => _waiting.Enqueue(slot, ReadyOrder.Of(slot));

    /// <summary>The best of those that wait and may run now; each job brings its own limit.</summary>
    public JobSlot? TakeNext()
    {
        while (_waiting.TryPeek(out var slot, out var order))
        {
            var isLive = slot.Job.State == Contracts.Rest.JobState.Ready && slot.Arrival == order.Arrival;
            if (isLive && Running >= slot.Job.Spec.ConcurrencyLimit)
            {
                return null;
            }

            _waiting.Dequeue();
            if (isLive)
            {
                return slot;
            }
        }

        return null;
    }
}
