namespace ScheduleZero.Broker.Core.Timing;

/// <summary>Something that waits for at most one instant at a time.</summary>
public abstract class Timed
{
    internal TimerHeap? Heap { get; set; }

    internal int Position { get; set; }

    internal long Due { get; set; }
}

/// <summary>
/// A binary heap of instants, in ticks of whichever clock its owner means. Each entry knows its place, so that moving
/// and removing cost O(log n) and nothing stale is kept.
/// </summary>
public sealed class TimerHeap
{
    private readonly List<Timed> _heap = [];

    public int Count => _heap.Count;

    public long? NextDue => _heap.Count == 0 ? null : _heap[0].Due;

    /// <summary>Arms the timer, or moves it; one that waits in another queue leaves that.</summary>
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

    /// <summary>Takes the earliest timer off if it is due.</summary>
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

    /// <summary>Disarms a timer, whichever queue it waits in.</summary>
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
