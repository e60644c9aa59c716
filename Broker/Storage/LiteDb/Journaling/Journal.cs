using LiteDB;
using ScheduleZero.Broker.Core;
using ScheduleZero.Broker.Storage.LiteDb.Database;
using ScheduleZero.Broker.Storage.LiteDb.Records;

namespace ScheduleZero.Broker.Storage.LiteDb.Journaling;

/// <summary>The changes of each commit, as one document or, of a large one, several in one transaction.</summary>
internal sealed class Journal(Documents documents)
{
    /// <summary>The name of the collection on disk. Permanent.</summary>
    public const string Name = "journal";

    // A document is small enough to stay out of the large object heap, which is cleared so seldom that a busy hour's
    // commits would pile up in it.
    private const int DocumentBytes = 64 * 1024;
    private const int ReplayPage = 64;
    private readonly RecordWriter _writer = new();
    private long _nextId = 1;

    /// <summary>Writes the changes, which are on disk when this returns.</summary>
    public JournalPart Append(IReadOnlyList<Change> changes)
    {
        var parts = new List<BsonDocument>();
        var firstId = _nextId;
        var bytes = 0L;
        _writer.Clear();
        foreach (var change in changes)
        {
            ChangeRecord.Write(_writer, change);
            if (_writer.Length >= DocumentBytes)
            {
                bytes += Cut(parts);
            }
        }

        if (_writer.Length > 0)
        {
            bytes += Cut(parts);
        }

        documents.Transact(() => documents.Insert(Name, parts));
        documents.Sync();
        return new JournalPart(firstId, parts.Count, bytes);
    }

    /// <summary>
    /// Gives the overlay, in their order, the changes that a stop has left unapplied. Returns how many there were.
    /// </summary>
    public long Replay(Overlay overlay)
    {
        var count = 0L;
        List<BsonDocument> page;
        var after = 0L;
        do
        {
            page = documents.Scan(Name, "_id", after + 1, long.MaxValue, descending: false, ReplayPage);
            foreach (var document in page)
            {
                after = document["_id"].AsInt64;
                var bytes = document["d"].AsBinary;
                var changes = Read(bytes);
                overlay.Add(changes, new JournalPart(after, 1, bytes.Length), isReplayed: true);
                count += changes.Count;
            }
        } while (page.Count == ReplayPage);
        _nextId = after + 1;
        return count;
    }

    private static List<Change> Read(byte[] bytes)
    {
        var reader = new RecordReader(bytes, interner: null);
        var changes = new List<Change>();
        while (!reader.AtEnd)
        {
            changes.Add(ChangeRecord.Read(ref reader));
        }

        return changes;
    }

    private int Cut(List<BsonDocument> parts)
    {
        parts.Add(new BsonDocument { ["_id"] = _nextId++, ["d"] = _writer.Written.ToArray() });
        var bytes = _writer.Length;
        _writer.Clear();
        return bytes;
    }
}
