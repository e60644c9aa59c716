namespace ScheduleZero.Broker.Core.Timing;

/// <summary>A thing that has one timer, which is set to at most one instant at a time.</summary>
public abstract class Timed
{
    /// <summary>The heap in which the timer waits; null while the timer is not set.</summary>
    internal TimerHeap? Heap { get; set; }

    /// <summary>The index of the timer in its heap.</summary>
    internal int Position { get; set; }

    /// <summary>The instant to which the timer is set, in ticks of the heap's clock.</summary>
    internal long Due { get; set; }
}

/// <summary>
/// A binary heap of timers, whose instants are ticks of the wall clock or of the steady clock, as the owner of the heap
/// decides. Each timer knows its place in the heap, so a timer is moved or removed in O(log n), and no stale entry
/// stays behind.
/// </summary>
public sealed class TimerHeap
{
    private readonly List<Timed> _heap = [];

    public int Count => _heap.Count;

    /// <summary>The earliest instant in the heap; null while the heap is empty.</summary>
    public long? NextDue => _heap.Count == 0 ? null : _heap[0].Due;

    /// <summary>
    /// Sets a timer, or moves it to another instant. A timer that waits in another heap leaves that heap.
    /// </summary>
    public void Set(Timed timed, long due)
    {
        if (timed.Heap != this)
        {
            timed.Heap?.Remove(timed);
            timed.Heap = this;
            timed.Position = _heap.Count;
            _heap.Add(timed);
            timed.Due = due;
            Rise(timed);
            return;
        }

        var earlier = due < timed.Due;
        timed.Due = due;
        if (earlier)
        {
            Rise(timed);
        }
        else
        {
            Sink(timed);
        }
    }

    /// <summary>Takes the earliest timer out of the heap, if that timer is due.</summary>
    public bool TryTake(long now, out Timed timed)
    {
        timed = _heap.Count > 0 ? _heap[0] : null!;
        if (timed is null || timed.Due > now)
        {
            return false;
        }

        Remove(timed);
        return true;
    }

    /// <summary>Removes a timer from the heap in which it waits, if there is one.</summary>
    public static void Clear(Timed timed) => timed.Heap?.Remove(timed);

    private void Remove(Timed timed)
    {
        var last = _heap[^1];
        _heap.RemoveAt(_heap.Count - 1);
        timed.Heap = null;
        if (last == timed)
        {
            return;
        }

        last.Position = timed.Position;
        _heap[last.Position] = last;
        Rise(last);
        Sink(last);
    }

    private void Rise(Timed timed)
    {
        var at = timed.Position;
        while (at > 0 && _heap[(at - 1) / 2] is var parent && parent.Due > timed.Due)
        {
            Place(parent, at);
            at = (at - 1) / 2;
        }

        Place(timed, at);
    }

    private void Sink(Timed timed)
    {
        var at = timed.Position;
        while ((2 * at) + 1 < _heap.Count)
        {
            var child = (2 * at) + 1;
            if (child + 1 < _heap.Count && _heap[child + 1].Due < _heap[child].Due)
            {
                child++;
            }

            if (_heap[child].Due >= timed.Due)
            {
                break;
            }

            Place(_heap[child], at);
            at = child;
        }

        Place(timed, at);
    }

    private void Place(Timed timed, int at)
    {
        _heap[at] = timed;
        timed.Position = at;
    }
}
