using LiteDB;
using Microsoft.Extensions.Logging;
using ScheduleZero.Broker.Storage.LiteDb.Searching;

namespace ScheduleZero.Broker.Storage.LiteDb;

/// <summary>The version of what is on disk, and the ways from each older one to the next.</summary>
internal static class Formats
{
    public const int Newest = 2;

    public const string StoreId = "store";

    // Index = the version that it starts from.
    private static readonly Action<BsonDocument, Documents>[] _migrations =
    [
        (meta, _) => meta["epoch"] = 0L, // 0 did not count its starts.
        LeaveHistoryToBeIndexed, // 1 had no indexes of the history but that of ends.
    ];

    /// <summary>Brings the store to the newest format and counts this start. On disk when it returns.</summary>
    /// <returns>The number of this start.</returns>
    /// <exception cref="StoreFailedException">A newer version has written the store.</exception>
    public static long Open(Documents documents, ILogger logger)
    {
        var meta =
            documents.Find(Collections.Meta, StoreId)
            ?? new BsonDocument
            {
                ["_id"] = StoreId,
                ["format"] = Newest,
                ["epoch"] = 0L,
            };
        var format = meta["format"].AsInt32;
        if (format > Newest)
        {
            throw new StoreFailedException(
                $"The store has format {format}; this version of ScheduleZero knows formats up to {Newest}. "
                    + "Install the version that wrote it, or a newer one."
            );
        }

        if (format < Newest)
        {
            logger.Migrating(format, Newest);
        }

        documents.Transact(() =>
        {
            for (; format < Newest; format++)
            {
                _migrations[format](meta, documents);
            }

            meta["format"] = Newest;
            meta["epoch"] = meta["epoch"].AsInt64 + 1;
            documents.Upsert(Collections.Meta, meta);
        });
        documents.EnsureIndex(Collections.History, Collections.EndField);
        documents.EnsureIndex(Collections.Audit, Collections.TimeField);
        documents.Sync();
        return meta["epoch"].AsInt64;
    }

    // The rows are taken in later, while the Broker already works: see HistoryIndex.
    private static void LeaveHistoryToBeIndexed(BsonDocument meta, Documents documents)
    {
        if (
            documents.Has(Collections.History)
            && documents.Scan(
                Collections.History,
                Collections.EndField,
                BsonValue.MinValue,
                BsonValue.MaxValue,
                descending: true,
                1
            )
                is [var newest]
        )
        {
            meta[HistoryIndex.UnindexedField] = newest[Collections.EndField];
        }
    }
}
