using System.Globalization;
using System.Runtime.InteropServices;
using LiteDB;
using ScheduleZero.Broker.Storage.LiteDb.Records;
using ScheduleZero.Broker.Storage.LiteDb.Rows;

namespace ScheduleZero.Broker.Storage.LiteDb.Journaling;

/// <summary>
/// Rows beside those of jobs that are in the journal and not yet in their collections, in the order in which they came
/// first. Belongs to the storage thread.
/// </summary>
internal sealed class PendingRows : IRowWriter
{
    private readonly Dictionary<string, PendingRow> _byKey = new(StringComparer.Ordinal);
    private readonly Queue<PendingRow> _inOrder = new();
    private readonly RecordWriter _scratch = new();

    public int Count => _inOrder.Count;

    /// <summary>The part of the journal that holds the changes which write rows now.</summary>
    public JournalPart Part { get; set; } = JournalPart.None;

    public RecordWriter Scratch
    {
        get
        {
            _scratch.Clear();
            return _scratch;
        }
    }

    public void Put(string collection, BsonDocument row) => Set(collection, row["_id"], row);

    public void Delete(string collection, BsonValue id) => Set(collection, id, row: null);

    /// <summary>Removes the row that has waited longest; null when none waits.</summary>
    public PendingRow? Dequeue()
    {
        if (!_inOrder.TryDequeue(out var row))
        {
            return null;
        }

        _byKey.Remove(KeyOf(row.Collection, row.Id));
        return row;
    }

    // Sets the newest state of a row; the row stays in its place, and so needs the part of the journal in which it
    // began.
    private void Set(string collection, BsonValue id, BsonDocument? row)
    {
        ref var pending = ref CollectionsMarshal.GetValueRefOrAddDefault(_byKey, KeyOf(collection, id), out var exists);
        if (!exists)
        {
            pending = new PendingRow(collection, id, Part);
            _inOrder.Enqueue(pending);
            Part.Needed++;
        }

        pending!.Row = row;
    }

    private static string KeyOf(string collection, BsonValue id) =>
        collection
        + "/"
        + (
            id.IsBinary ? Convert.ToHexString(id.AsBinary)
            : id.IsInt64 ? id.AsInt64.ToString(CultureInfo.InvariantCulture)
            : id.AsString
        );
}

/// <summary>A row that is to be written into its collection, or deleted there.</summary>
internal sealed class PendingRow(string collection, BsonValue id, JournalPart part)
{
    public string Collection { get; } = collection;

    public BsonValue Id { get; } = id;

    /// <summary>The part of the journal that holds the first change of the row.</summary>
    public JournalPart Part { get; } = part;

    /// <summary>The row; null when it is to be deleted.</summary>
    public BsonDocument? Row { get; set; }
}
