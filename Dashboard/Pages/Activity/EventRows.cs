using ScheduleZero.Contracts.Rest;

namespace ScheduleZero.Dashboard.Pages.Activity;

/// <summary>
/// The newest broker events that a page shows, newest first. Events may come on any thread; they wait until the page
/// draws them, and the oldest of those that wait give way. Drawing belongs to the thread of the page.
/// </summary>
internal sealed class EventRows(int rowsMax)
{
    private readonly Lock _gate = new();

    /// <summary>The events that wait for the page, oldest first; guarded by the gate.</summary>
    private readonly Queue<BrokerEvent> _arrived = new();

    /// <summary>How many events gave way since the page drew last; guarded by the gate.</summary>
    private long _passedOver;

    /// <summary>Whether events were lost since the page drew last; guarded by the gate.</summary>
    private bool _isLost;

    /// <summary>The rows as they are drawn, newest first.</summary>
    public IReadOnlyList<BrokerEvent> Shown { get; private set; } = [];

    /// <summary>How many events were never drawn, since too many came between two draws.</summary>
    public long LeftOut { get; private set; }

    /// <summary>Whether the Broker could not deliver some events.</summary>
    public bool HasLost { get; private set; }

    /// <summary>Takes in an event that is newer than all before it.</summary>
    public void Add(BrokerEvent happened)
    {
        lock (_gate)
        {
            _arrived.Enqueue(happened);
            if (_arrived.Count > rowsMax)
            {
                _arrived.Dequeue();
                _passedOver++;
            }
        }
    }

    public void NoteLost()
    {
        lock (_gate)
        {
            _isLost = true;
        }
    }

    /// <summary>Puts what has come on top of the rows.</summary>
    public void Draw()
    {
        lock (_gate)
        {
            LeftOut += _passedOver;
            HasLost |= _isLost;
            (_passedOver, _isLost) = (0, false);
            if (_arrived.Count > 0)
            {
                Shown = [.. _arrived.Reverse().Concat(Shown).Take(rowsMax)];
                _arrived.Clear();
            }
        }
    }
}
