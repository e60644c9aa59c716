using ScheduleZero.Contracts.Ids;

namespace ScheduleZero.HandlerAgent.Offline;

/// <summary>The journal's lines about one occurrence, and its place in the reports.</summary>
internal sealed class LedgerEntry(JobId id, LedgerCopy copy, DateTimeOffset nominal)
{
    public JobId Id => id;

    public LedgerCopy Copy => copy;

    public DateTimeOffset Nominal => nominal;

    /// <summary>
    /// The lines of the journal about the occurrence; when it has ended, the one line that says how.
    /// </summary>
    public List<JournalSpan> Lines { get; } = new(1);

    /// <summary>Whether nothing more will happen to the occurrence.</summary>
    public bool HasEnded { get; set; }

    /// <summary>The occurrence itself; null when it has ended.</summary>
    public Occurrence? UnderWay { get; set; }

    /// <summary>Whether the entry is in the <see cref="RunReportQueue"/>, which sets this.</summary>
    public bool IsWaiting { get; set; }

    /// <summary>Whether the present session has reported that the occurrence runs. The queue sets this.</summary>
    public bool IsReportedAsRunning { get; set; }

    /// <summary>Whether the present session has reported how the occurrence ended. The queue sets this.</summary>
    public bool IsReportedAsEnded { get; set; }
}

/// <summary>A copy of a schedule that lines of the journal refer to.</summary>
/// <param name="number">The number by which the lines refer to the copy.</param>
/// <param name="line">The line of the journal that holds the copy.</param>
internal sealed class LedgerCopy(int number, VerifiedCopy copy, JournalSpan line)
{
    public int Number => number;

    public VerifiedCopy Copy => copy;

    public JournalSpan Line { get; set; } = line;

    /// <summary>How many entries refer to the copy.</summary>
    public int Uses { get; set; }
}
