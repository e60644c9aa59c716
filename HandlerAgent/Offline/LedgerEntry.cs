using ScheduleZero.Contracts.Ids;

namespace ScheduleZero.HandlerAgent.Offline;

/// <summary>What the journal holds of one occurrence.</summary>
internal sealed class LedgerEntry(JobId id, LedgerCopy copy, DateTimeOffset nominal)
{
    public JobId Id => id;

    public LedgerCopy Copy => copy;

    public DateTimeOffset Nominal => nominal;

    /// <summary>The journal's lines about the occurrence; once it has ended, only the line of its end.</summary>
    public List<JournalSpan> Lines { get; } = new(1);

    public bool HasEnded { get; set; }

    /// <summary>The occurrence itself, until it has ended.</summary>
    public Occurrence? UnderWay { get; set; }

    // What the present session has said about the occurrence. Only the queue of reports changes these.
    public bool WaitsToBeSaid { get; set; }

    public bool IsSaidToRun { get; set; }

    public bool IsSaidToHaveEnded { get; set; }
}

/// <summary>A copy that lines of the journal refer to.</summary>
/// <param name="number">By which they do.</param>
internal sealed class LedgerCopy(int number, VerifiedCopy copy, JournalSpan line)
{
    public int Number => number;

    public VerifiedCopy Copy => copy;

    public JournalSpan Line { get; set; } = line;

    /// <summary>How many entries refer to it.</summary>
    public int Uses { get; set; }
}
