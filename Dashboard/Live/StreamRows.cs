using ScheduleZero.Dashboard.Words;

namespace ScheduleZero.Dashboard.Live;

/// <summary>
/// The newest rows of a stream that a page shows, newest first. Rows may come on any thread; they wait until the page
/// draws them, and the oldest of those that wait give way. Drawing belongs to the thread of the page.
/// </summary>
internal sealed class StreamRows<T>(int rowsMax)
{
    private readonly Lock _gate = new();

    /// <summary>The rows that wait for the page, oldest first; guarded by the gate.</summary>
    private readonly Queue<T> _arrived = new();

    /// <summary>How many rows gave way since the page drew last; guarded by the gate.</summary>
    private long _passedOver;

    /// <summary>Whether rows were lost since the page drew last; guarded by the gate.</summary>
    private bool _isLost;

    /// <summary>The rows as they are drawn, newest first.</summary>
    public IReadOnlyList<T> Shown { get; private set; } = [];

    /// <summary>How many rows were never drawn, since too many came between two draws.</summary>
    public long LeftOut { get; private set; }

    /// <summary>Whether the Broker could not deliver some rows.</summary>
    public bool HasLost { get; private set; }

    /// <summary>What is missing, in sentences that begin with a blank; empty for nothing.</summary>
    public string Omissions =>
        (LeftOut == 0 ? "" : $" {NumberText.Of(LeftOut, "was", "were")} left out: more came at once.")
        + (HasLost ? " Some were lost between the Broker and this page." : "");

    /// <summary>Takes in a row that is newer than all before it.</summary>
    public void Add(T row)
    {
        lock (_gate)
        {
            _arrived.Enqueue(row);
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
