namespace ScheduleZero.Broker.Storage.LiteDb.Database;

/// <summary>The names of the rows that describe the store itself. Names on disk are permanent.</summary>
internal static class StoreMeta
{
    public const string Name = "meta";

    /// <summary>The id of the row with the format and the number of starts.</summary>
    public const string StoreId = "store";

    public const string Format = "format";

    public const string Epoch = "epoch";

    /// <summary>
    /// A field of the store's row: the highest end that may belong to a row of the history which is in no index yet.
    /// The field is not set when every row is indexed.
    /// </summary>
    public const string Unindexed = "unindexed";

    /// <summary>
    /// A field of the store's row: the lowest of the widest buckets of ids whose jobs have filters for searches of
    /// texts. The field is not set when all have.
    /// </summary>
    public const string TextsFrom = "textsFrom";

    /// <summary>The id of the row about the journal.</summary>
    public const string JournalId = "journal";

    /// <summary>A field of the journal's row: the number that names the journal, as its files do.</summary>
    public const string JournalName = "name";

    /// <summary>A field of the journal's row: the first commit whose changes are not all in the collections.</summary>
    public const string JournalFrom = "from";

    /// <summary>A field of the journal's row: the newest commit when the row was written.</summary>
    public const string JournalThrough = "through";
}
