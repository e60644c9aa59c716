using ScheduleZero.Contracts;
using ScheduleZero.Contracts.Handlers;

namespace ScheduleZero.HandlerAgent.Offline;

/// <summary>
/// What is still to be said in the session of the moment of occurrences that ran offline. The keeper's lock guards it.
/// </summary>
internal sealed class RanQueue(Ledger ledger)
{
    private const int BytesTarget = 64 * 1024;
    private const int RunningBytes = 256;

    // The Broker asks its store before it answers, and takes only so many messages meanwhile.
    private const int UnansweredMax = 16;

    private readonly Queue<LedgerEntry> _waiting = new();
    private bool _isOpen;
    private bool _lastIsSaid;
    private int _unanswered;

    /// <summary>A session begins: all that is not confirmed is said again, and then that it was all.</summary>
    public void Open()
    {
        _waiting.Clear();
        (_isOpen, _lastIsSaid, _unanswered) = (true, false, 0);
        foreach (var entry in ledger.Entries.OrderBy(entry => entry.Copy.Number).ThenBy(entry => entry.Nominal))
        {
            (entry.IsSaidToRun, entry.IsSaidToHaveEnded) = (false, false);
            Add(entry);
        }
    }

    public void Close() => _isOpen = false;

    /// <summary>Called when the end of an occurrence is on the disk.</summary>
    public void Ended(LedgerEntry entry)
    {
        if (_isOpen && !entry.WaitsToBeSaid)
        {
            Add(entry);
        }
    }

    /// <summary>The Broker has answered a message.</summary>
    public void Answered() => _unanswered = Math.Max(_unanswered - 1, 0);

    /// <summary>The next message; null when all is said, or when an answer must come first.</summary>
    /// <exception cref="IOException">The journal cannot be read; nothing is said.</exception>
    public Ran? Take()
    {
        if (!_isOpen || _unanswered >= UnansweredMax)
        {
            return null;
        }

        var taken = Batch();
        if (taken.Count == 0)
        {
            return SayLast();
        }

        // What only runs is not answered, so it is said when nothing that went before waits.
        var isAnswered = taken.Exists(entry => entry.HasEnded);
        if (!isAnswered && _unanswered > 0)
        {
            return null;
        }

        var runs = taken.ConvertAll(entry => entry.HasEnded ? ledger.Read(entry) : entry.UnderWay!.ToRunning());
        foreach (var entry in taken)
        {
            _waiting.Dequeue();
            entry.WaitsToBeSaid = false;
            (entry.IsSaidToRun, entry.IsSaidToHaveEnded) = (entry.IsSaidToRun || !entry.HasEnded, entry.HasEnded);
        }

        _unanswered += isAnswered ? 1 : 0;
        return new Ran { Copy = taken[0].Copy.Copy.Signed.Copy, Runs = runs };
    }

    private List<LedgerEntry> Batch()
    {
        var taken = new List<LedgerEntry>();
        var bytes = 0L;
        foreach (var entry in _waiting)
        {
            bytes += entry.HasEnded ? entry.Lines[^1].Length : RunningBytes;
            if (
                taken.Count > 0
                && (bytes > BytesTarget || taken.Count >= Limits.OfflineRunsMax || entry.Copy != taken[0].Copy)
            )
            {
                break;
            }

            taken.Add(entry);
        }

        return taken;
    }

    private Ran? SayLast()
    {
        if (_lastIsSaid)
        {
            return null;
        }

        _lastIsSaid = true;
        return new Ran { Runs = [], Last = true };
    }

    private void Add(LedgerEntry entry)
    {
        entry.WaitsToBeSaid = true;
        _waiting.Enqueue(entry);
    }
}
