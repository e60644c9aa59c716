using LiteDB;
using ScheduleZero.Broker.Core;
using ScheduleZero.Broker.Core.Batches;
using ScheduleZero.Broker.Storage.LiteDb.Database;
using ScheduleZero.Contracts.Ids;
using ScheduleZero.Contracts.Rest;

namespace ScheduleZero.Broker.Storage.LiteDb.Rows;

/// <summary>
/// The rows of batches, by namespace and id. Batches of which a job has not ended, which a start needs, lie apart from
/// those that have ended.
/// </summary>
internal sealed class BatchRows : StoredKind
{
    public const string Open = "batches";
    public const string Ended = "batchhistory";

    private static readonly string[] _both = [Open, Ended];

    public override IReadOnlyList<string> Collections => _both;

    public override IReadOnlyList<ChangeKind> Changes { get; } =
    [
        ChangeKind.OfJson<Change.BatchSaved, Batch>(
            30,
            change => change.Batch,
            batch => new Change.BatchSaved(batch),
            (change, rows) => Write(change.Batch, rows)
        ),
    ];

    public override StoredState Load(StoredState state, RowLoader rows) =>
        state with
        {
            Batches = rows.LoadJson<Batch>(StoredRowKind.Batch, Open),
        };

    public static Batch? Find(Documents documents, string ns, BatchId id) =>
        _both
            .Select(collection => documents.Find(collection, KeyOf(ns, id)))
            .OfType<BsonDocument>()
            .Select(JsonRows.TryRead<Batch>)
            .FirstOrDefault();

    /// <summary>Searches the batches of a namespace, newest first.</summary>
    /// <exception cref="FormatException">The cursor was not made here.</exception>
    public static Page<Batch> Search(Documents documents, string ns, int limit, string? cursor)
    {
        var (low, high) = BoundsOf(ns);
        var last = cursor is null
            ? null
            : KeyOf(ns, new BatchId(new Guid(Cursors.Read(cursor, bytes: 16), bigEndian: true)));
        var rows = _both
            .SelectMany(collection => documents.Scan(collection, "_id", low, last ?? high, descending: true, limit + 2))
            .Where(row => row["_id"].AsString != last)
            .OrderByDescending(row => row["_id"].AsString, StringComparer.Ordinal)
            .Select(JsonRows.TryRead<Batch>)
            .OfType<Batch>()
            .Take(limit + 1)
            .ToList();
        return new Page<Batch>(
            rows[..Math.Min(limit, rows.Count)],
            rows.Count > limit ? Cursors.Write(RowKeys.Of(rows[limit - 1].Id.Value)) : null
        );
    }

    /// <summary>
    /// Deletes those of the next rows behind the key that ended before the instant. Returns the key from which to go
    /// on; null at the end.
    /// </summary>
    public static string? PruneSlice(Documents documents, string after, DateTimeOffset endedBefore, int limit) =>
        DeleteSlice(documents, after, BsonValue.MaxValue, limit, batch => batch.FinishedAt < endedBefore);

    /// <summary>Deletes the next of the ended batches of a namespace. True while there may be more.</summary>
    public static bool PurgeSlice(Documents documents, string ns, int limit)
    {
        var (low, high) = BoundsOf(ns);
        return DeleteSlice(documents, low, high, limit, _ => true) is not null;
    }

    private static void Write(Batch batch, IRowWriter rows)
    {
        var row = JsonRows.Make(KeyOf(batch.Namespace, batch.Id), batch);
        if (batch.FinishedAt is null)
        {
            rows.Put(Open, row);
        }
        else
        {
            rows.Delete(Open, row["_id"]);
            rows.Put(Ended, row);
        }
    }

    // Deletes the next rows that fit. A row that cannot be read stays.
    private static string? DeleteSlice(
        Documents documents,
        string from,
        BsonValue high,
        int limit,
        Func<Batch, bool> isOver
    )
    {
        var rows = documents.Scan(Ended, "_id", from, high, descending: false, limit);
        var over = rows.Where(row => JsonRows.TryRead<Batch>(row) is { } batch && isOver(batch))
            .Select(row => row["_id"])
            .ToList();
        if (over.Count > 0)
        {
            documents.Transact(() => documents.Delete(Ended, over));
        }

        return rows.Count < limit ? null : rows[^1]["_id"].AsString + '\0';
    }

    // The key of a batch. The keys of one namespace are in the order in which its batches were made.
    private static string KeyOf(string ns, BatchId id) => ns + "\n" + id.Value.ToString("N");

    // The bounds of a namespace's keys, whose ids are hexadecimal.
    private static (string Low, string High) BoundsOf(string ns) => (ns + "\n", ns + "\ng");
}
