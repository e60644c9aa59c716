namespace ScheduleZero.HandlerAgent.Attempts;

/// <summary>
/// A set of bounded size that remembers the ids that were added last. Not safe by itself: the owner's lock guards it.
/// </summary>
/// <param name="size">How many ids are remembered.</param>
internal sealed class Recent<T>(int size)
    where T : struct
{
    private readonly Queue<T> _order = new();
    private readonly HashSet<T> _ids = [];

    public bool Contains(T id) => _ids.Contains(id);

    public void Add(T id)
    {
        if (!_ids.Add(id))
        {
            return;
        }

        _order.Enqueue(id);
        if (_order.Count > size)
        {
            _ids.Remove(_order.Dequeue());
        }
    }
}
