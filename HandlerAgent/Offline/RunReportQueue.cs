using ScheduleZero.Contracts;
using ScheduleZero.Contracts.Handlers;

namespace ScheduleZero.HandlerAgent.Offline;

/// <summary>
/// The occurrences that ran offline and are still to be reported in the present session.
/// The lock of the <see cref="OfflineCustodian"/> guards every member; the type has no lock of its own.
/// </summary>
internal sealed class RunReportQueue(Ledger ledger)
{
    private const int BytesTarget = 64 * 1024;
    private const int RunningBytes = 256;

    /// <summary>
    /// How many messages may be without their answer. The Broker asks its store before it answers, and accepts a
    /// bounded number of messages meanwhile.
    /// </summary>
    private const int UnansweredMax = 16;

    private readonly Queue<LedgerEntry> _waiting = new();
    private bool _isOpen;

    /// <summary>Whether the Broker has been told in this session that all runs are reported.</summary>
    private bool _isLastReported;

    /// <summary>The number of messages of this session that the Broker has not answered.</summary>
    private int _unanswered;

    /// <summary>
    /// Begins a session: every run that the Broker has not confirmed is reported again, and then that these were all.
    /// </summary>
    public void Open()
    {
        _waiting.Clear();
        (_isOpen, _isLastReported, _unanswered) = (true, false, 0);
        foreach (var entry in ledger.Entries.OrderBy(entry => entry.Copy.Number).ThenBy(entry => entry.Nominal))
        {
            (entry.IsReportedAsRunning, entry.IsReportedAsEnded) = (false, false);
            Add(entry);
        }
    }

    /// <summary>Ends the session.</summary>
    public void Close() => _isOpen = false;

    /// <summary>Adds an occurrence whose end is on the disk.</summary>
    public void AddEnded(LedgerEntry entry)
    {
        if (_isOpen && !entry.IsWaiting)
        {
            Add(entry);
        }
    }

    /// <summary>Counts an answer of the Broker.</summary>
    public void CountAnswer() => _unanswered = Math.Max(_unanswered - 1, 0);

    /// <summary>Takes the next message.</summary>
    /// <returns>Null when all is reported, or when an answer must come first.</returns>
    /// <exception cref="IOException">The journal cannot be read; nothing is taken.</exception>
    public Ran? Take()
    {
        if (!_isOpen || _unanswered >= UnansweredMax)
        {
            return null;
        }

        var taken = NextEntries();
        if (taken.Count == 0)
        {
            return TakeLast();
        }

        // A report of runs that have not ended gets no answer, so it must not overtake reports that wait for theirs.
        var isAnswered = taken.Exists(entry => entry.HasEnded);
        if (!isAnswered && _unanswered > 0)
        {
            return null;
        }

        var runs = taken.ConvertAll(entry => entry.HasEnded ? ledger.Read(entry) : entry.UnderWay!.ToRunning());
        foreach (var entry in taken)
        {
            _waiting.Dequeue();
            entry.IsWaiting = false;
            (entry.IsReportedAsRunning, entry.IsReportedAsEnded) = (
                entry.IsReportedAsRunning || !entry.HasEnded,
                entry.HasEnded
            );
        }

        _unanswered += isAnswered ? 1 : 0;
        return new Ran { Copy = taken[0].Copy.Copy.Signed.Copy, Runs = runs };
    }

    /// <summary>The entries of the next message: of one copy, within the bounds of a message.</summary>
    private List<LedgerEntry> NextEntries()
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

    private Ran? TakeLast()
    {
        if (_isLastReported)
        {
            return null;
        }

        _isLastReported = true;
        return new Ran { Runs = [], Last = true };
    }

    private void Add(LedgerEntry entry)
    {
        entry.IsWaiting = true;
        _waiting.Enqueue(entry);
    }
}
