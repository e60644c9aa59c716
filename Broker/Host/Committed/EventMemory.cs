namespace ScheduleZero.Broker.Host.Committed;

/// <summary>
/// The newest broker events of each namespace, so that a listener can begin with what happened before it came. A
/// namespace holds a number of events at most. All namespaces together hold a number of bytes at most: the one that
/// takes the most gives way, so that a busy namespace does not take the memory of the others. Not thread-safe.
/// </summary>
internal sealed class EventMemory(int eventsMax, long bytesMax)
{
    private readonly Dictionary<string, Ring> _rings = new(StringComparer.Ordinal);

    /// <summary>About how many bytes the held events take.</summary>
    private long _bytes;

    public void Add(HeldEvent held)
    {
        if (!_rings.TryGetValue(held.Namespace, out var ring))
        {
            _rings[held.Namespace] = ring = new Ring();
        }

        _bytes += ring.Add(held);
        if (ring.Count > eventsMax)
        {
            _bytes -= ring.DropOldest();
        }

        while (_bytes > bytesMax)
        {
            // Half of the largest at once, so that the search for the largest is seldom.
            var largest = _rings.Values.MaxBy(other => other.Bytes)!;
            for (var left = (largest.Count + 1) / 2; left > 0; left--)
            {
                _bytes -= largest.DropOldest();
            }
        }
    }

    /// <summary>The held events of a namespace, oldest first.</summary>
    public IEnumerable<HeldEvent> Of(string ns) => _rings.TryGetValue(ns, out var ring) ? ring.Events : [];

    /// <summary>Whether an event of the namespace after the given number is no longer held.</summary>
    public bool HasGapAfter(string ns, long number) =>
        _rings.TryGetValue(ns, out var ring) && number < ring.DroppedThrough;

    /// <summary>
    /// The instant from which on every event of the namespace is held; null when none was ever dropped.
    /// </summary>
    public DateTimeOffset? WholeSince(string ns) =>
        _rings.TryGetValue(ns, out var ring) && ring.DroppedThrough > 0 ? ring.DroppedAt : null;

    /// <summary>Forgets what happened in a deleted namespace: another one may get its name.</summary>
    public void Forget(string ns)
    {
        if (_rings.Remove(ns, out var ring))
        {
            _bytes -= ring.Bytes;
        }
    }

    private sealed class Ring
    {
        private readonly Queue<HeldEvent> _events = new();

        public IEnumerable<HeldEvent> Events => _events;

        public int Count => _events.Count;

        public long Bytes { get; private set; }

        /// <summary>The number of the newest event that was dropped; 0 when none was.</summary>
        public long DroppedThrough { get; private set; }

        /// <summary>The instant of the newest event that was dropped.</summary>
        public DateTimeOffset DroppedAt { get; private set; }

        public long Add(HeldEvent held)
        {
            _events.Enqueue(held);
            Bytes += held.Bytes;
            return held.Bytes;
        }

        public long DropOldest()
        {
            var dropped = _events.Dequeue();
            (DroppedThrough, DroppedAt) = (dropped.Number, dropped.At);
            Bytes -= dropped.Bytes;
            return dropped.Bytes;
        }
    }
}
