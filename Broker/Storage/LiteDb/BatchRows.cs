using LiteDB;
using ScheduleZero.Broker.Core.Batches;
using ScheduleZero.Broker.Storage.LiteDb.Records;
using ScheduleZero.Contracts.Ids;
using ScheduleZero.Contracts.Rest;

namespace ScheduleZero.Broker.Storage.LiteDb;

/// <summary>The rows of batches: those that a start needs apart from those that are over.</summary>
internal static class BatchRows
{
    private static readonly string[] Both = [Collections.Batches, Collections.EndedBatches];

    public static void Put(Batch batch, Action<string, BsonValue, BsonDocument?> put)
    {
        var id = Collections.Key(batch.Namespace, batch.Id);
        var row = new BsonDocument { ["_id"] = id, ["d"] = ChangeRecord.ToJson(batch) };
        put(Collections.Batches, id, batch.FinishedAt is null ? row : null);
        if (batch.FinishedAt is not null)
        {
            put(Collections.EndedBatches, id, row);
        }
    }

    public static Batch? Find(Documents documents, string ns, BatchId id) =>
        Both.Select(collection => documents.Find(collection, Collections.Key(ns, id)))
            .OfType<BsonDocument>()
            .Select(BatchOf)
            .FirstOrDefault();

    /// <summary>Newest first.</summary>
    /// <exception cref="FormatException">The cursor is none of ours.</exception>
    public static Page<Batch> Search(Documents documents, string ns, int limit, string? cursor)
    {
        var (low, high) = Bounds(ns);
        var last = cursor is null
            ? null
            : Collections.Key(ns, new BatchId(new Guid(Collections.FromCursor(cursor, 16), bigEndian: true)));
        var rows = Both.SelectMany(collection =>
                documents.Scan(collection, "_id", low, last ?? high, descending: true, limit + 2)
            )
            .Where(row => row["_id"].AsString != last)
            .OrderByDescending(row => row["_id"].AsString, StringComparer.Ordinal)
            .Select(BatchOf)
            .OfType<Batch>()
            .Take(limit + 1)
            .ToList();
        return new Page<Batch>(
            rows[..Math.Min(limit, rows.Count)],
            rows.Count > limit ? Collections.ToCursor(Collections.Key(rows[limit - 1].Id.Value)) : null
        );
    }

    /// <summary>
    /// Forgets old batches among the next rows after the key. Returns where to go on; null at the end.
    /// </summary>
    public static string? PruneSlice(Documents documents, string after, DateTimeOffset endedBefore, int limit) =>
        DeleteSlice(documents, after, BsonValue.MaxValue, limit, batch => batch.FinishedAt < endedBefore);

    /// <summary>Forgets the ended batches of a namespace, the next of them. True while there may be more.</summary>
    public static bool PurgeSlice(Documents documents, string ns, int limit)
    {
        var (low, high) = Bounds(ns);
        return DeleteSlice(documents, low, high, limit, _ => true) is not null;
    }

    private static string? DeleteSlice(
        Documents documents,
        string from,
        BsonValue high,
        int limit,
        Func<Batch, bool> isOld
    )
    {
        var rows = documents.Scan(Collections.EndedBatches, "_id", from, high, descending: false, limit);
        var old = rows.Where(row => BatchOf(row) is { } batch && isOld(batch)).Select(row => row["_id"]).ToList();
        if (old.Count > 0)
        {
            documents.Transact(() => documents.Delete(Collections.EndedBatches, old));
        }

        return rows.Count < limit ? null : rows[^1]["_id"].AsString + '\0';
    }

    // Ids are hexadecimal.
    private static (string Low, string High) Bounds(string ns) => (ns + "\n", ns + "\ng");

    // Null for a row that cannot be read: it is left out, and stays.
    private static Batch? BatchOf(BsonDocument row) => StoredJson.TryRead<Batch>(row["d"].AsBinary);
}
