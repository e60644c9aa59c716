namespace ScheduleZero.Broker.Core.Jobs;

/// <summary>
/// The place of a ready job in the order of its queue: higher priority first, then the earlier <c>runAt</c>, then
/// arrival.
/// </summary>
internal readonly record struct ReadyOrder(int Priority, long RunAt, long Arrival) : IComparable<ReadyOrder>
{
    public static ReadyOrder Of(JobSlot slot) => new(slot.Job.Spec.Priority, slot.Job.RunAt.UtcTicks, slot.Arrival);

    public int CompareTo(ReadyOrder other)
    {
        var byPriority = other.Priority.CompareTo(Priority);
        if (byPriority != 0)
        {
            return byPriority;
        }

        var byRunAt = RunAt.CompareTo(other.RunAt);
        return byRunAt != 0 ? byRunAt : Arrival.CompareTo(other.Arrival);
    }

    public static bool operator <(ReadyOrder left, ReadyOrder right) => left.CompareTo(right) < 0;

    public static bool operator >(ReadyOrder left, ReadyOrder right) => left.CompareTo(right) > 0;

    public static bool operator <=(ReadyOrder left, ReadyOrder right) => left.CompareTo(right) <= 0;

    public static bool operator >=(ReadyOrder left, ReadyOrder right) => left.CompareTo(right) >= 0;
}

/// <summary>
/// A queue of ready jobs, best first. A job is in one queue at a time and knows its place there, so that a job that is
/// cancelled or expires is removed at once. Jobs for a handler that is away for weeks leave no stale entries.
/// </summary>
internal sealed class ReadyQueue
{
    private readonly List<(ReadyOrder Order, JobSlot Slot)> _heap = [];

    public int Count => _heap.Count;

    public (ReadyOrder Order, JobSlot Slot) First => _heap[0];

    public void Add(JobSlot slot)
    {
        slot.Queue = this;
        _heap.Add(default);
        Rise(_heap.Count - 1, (ReadyOrder.Of(slot), slot));
    }

    public void Remove(JobSlot slot)
    {
        var at = slot.QueuePosition;
        var last = _heap[^1];
        _heap.RemoveAt(_heap.Count - 1);
        slot.Queue = null;
        if (last.Slot != slot)
        {
            Sink(Rise(at, last), last);
        }
    }

    private int Rise(int at, (ReadyOrder Order, JobSlot Slot) entry)
    {
        while (at > 0 && _heap[(at - 1) / 2] is var parent && entry.Order < parent.Order)
        {
            Place(parent, at);
            at = (at - 1) / 2;
        }

        Place(entry, at);
        return at;
    }

    private void Sink(int at, (ReadyOrder Order, JobSlot Slot) entry)
    {
        while ((2 * at) + 1 < _heap.Count)
        {
            var child = (2 * at) + 1;
            if (child + 1 < _heap.Count && _heap[child + 1].Order < _heap[child].Order)
            {
                child++;
            }

            if (entry.Order <= _heap[child].Order)
            {
                break;
            }

            Place(_heap[child], at);
            at = child;
        }

        Place(entry, at);
    }

    private void Place((ReadyOrder Order, JobSlot Slot) entry, int at)
    {
        _heap[at] = entry;
        entry.Slot.QueuePosition = at;
    }
}
