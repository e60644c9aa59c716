namespace ScheduleZero.Broker.Storage.LiteDb.Journaling;

/// <summary>One commit in the journal, and how many jobs and rows still need it there.</summary>
/// <param name="number">The number of the commit; 0 for a commit that an older version has left in LiteDB.</param>
internal sealed class JournalPart(long number, long bytes)
{
    /// <summary>A part for where there is no commit.</summary>
    public static JournalPart None => new(0, 0);

    public long Number { get; } = number;

    public long Bytes { get; } = bytes;

    /// <summary>How many pending jobs and rows began in this part and are not in the collections yet.</summary>
    public int Needed { get; set; }
}
