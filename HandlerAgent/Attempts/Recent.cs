namespace ScheduleZero.HandlerAgent.Attempts;

/// <summary>
/// The last ones that were finished and forgotten, so that what is repeated does not run again. Bounded.
/// </summary>
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
