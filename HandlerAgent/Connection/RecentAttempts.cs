using ScheduleZero.Contracts.Ids;

namespace ScheduleZero.HandlerAgent.Connection;

/// <summary>The last attempts that were finished and forgotten, so that a repeated Assign does not run one again. Bounded.</summary>
internal sealed class RecentAttempts(int size)
{
    private readonly Queue<AttemptId> _order = new();
    private readonly HashSet<AttemptId> _ids = [];

    public bool Contains(AttemptId id) => _ids.Contains(id);

    public void Add(AttemptId id)
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
