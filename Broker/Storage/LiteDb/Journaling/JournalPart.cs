namespace ScheduleZero.Broker.Storage.LiteDb.Journaling;

/// <summary>One commit in the journal: its documents, and how many jobs and rows still need it there.</summary>
internal sealed class JournalPart(long firstId, int count, long bytes)
{
    /// <summary>A part without documents, for where there is no commit.</summary>
    public static JournalPart None => new(0, 0, 0);

    public long FirstId { get; } = firstId;

    /// <summary>How many documents the part has; their ids follow each other.</summary>
    public int Count { get; } = count;

    public long Bytes { get; } = bytes;

    /// <summary>How many pending jobs and rows began in this part and are not in the collections yet.</summary>
    public int Needed { get; set; }
}
