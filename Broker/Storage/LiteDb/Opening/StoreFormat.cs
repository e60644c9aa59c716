using LiteDB;
using Microsoft.Extensions.Logging;
using ScheduleZero.Broker.Storage.LiteDb.Database;
using ScheduleZero.Broker.Storage.LiteDb.Indexes;
using ScheduleZero.Broker.Storage.LiteDb.Jobs;
using ScheduleZero.Broker.Storage.LiteDb.Journaling;
using ScheduleZero.Broker.Storage.LiteDb.Rows;

namespace ScheduleZero.Broker.Storage.LiteDb.Opening;

/// <summary>The version of the form on disk, and the migrations from each older version to the next.</summary>
internal static class StoreFormat
{
    public const int Newest = 4;

    // The migrations; the index is the version that a migration starts from.
    private static readonly Action<BsonDocument, Documents>[] _migrations =
    [
        (meta, _) => meta[StoreMeta.Epoch] = 0L, // Version 0 did not count its starts.
        LeaveHistoryToBeIndexed, // Version 1 had no indexes of the history but that of ends.
        LeaveTextsToBeRead, // Version 2 had no filters of texts.
        static (_, _) => { }, // Version 3 had the journal in a collection, which is applied at each start.
    ];

    /// <summary>
    /// Brings the store to the newest format and counts this start. Both are on disk when this returns.
    /// </summary>
    /// <returns>The number of this start.</returns>
    /// <exception cref="StoreFailedException">A newer version has written the store, or its files do not belong
    /// together.</exception>
    /// <exception cref="InvalidDataException">The journal is damaged.</exception>
    public static long Open(Documents documents, Journal journal, ILogger logger)
    {
        var meta =
            documents.Find(StoreMeta.Name, StoreMeta.StoreId)
            ?? new BsonDocument
            {
                ["_id"] = StoreMeta.StoreId,
                [StoreMeta.Format] = Newest,
                [StoreMeta.Epoch] = 0L,
            };
        var format = meta[StoreMeta.Format].AsInt32;
        if (format > Newest)
        {
            throw new StoreFailedException(
                $"The store has format {format}; this version of ScheduleZero knows formats up to {Newest}. "
                    + "Install the version that wrote it, or a newer one."
            );
        }

        var begun = journal.Check();
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

            meta[StoreMeta.Format] = Newest;
            meta[StoreMeta.Epoch] = meta[StoreMeta.Epoch].AsInt64 + 1;
            documents.Upsert(StoreMeta.Name, meta);
            if (begun is not null)
            {
                documents.Upsert(StoreMeta.Name, begun);
            }
        });
        documents.EnsureIndex(JobRows.History, JobRows.EndField);
        documents.EnsureIndex(AuditRows.Name, AuditRows.TimeField);
        documents.Sync();
        return meta[StoreMeta.Epoch].AsInt64;
    }

    // Marks the ids so far as without filters: a search for a text reads those jobs until they are pruned.
    private static void LeaveTextsToBeRead(BsonDocument meta, Documents documents)
    {
        if (
            documents.Has(JobRows.History)
            && documents.Scan(JobRows.History, "_id", BsonValue.MinValue, BsonValue.MaxValue, descending: true, 1)
                is [var highest]
        )
        {
            meta[StoreMeta.TextsFrom] = (long)TextFilters.WidestBucketOf(JobRows.IdOf(highest)) + 1;
        }
    }

    // Marks the history as not indexed. The rows are indexed later, while the Broker already works: see HistoryIndex.
    private static void LeaveHistoryToBeIndexed(BsonDocument meta, Documents documents)
    {
        if (
            documents.Has(JobRows.History)
            && documents.Scan(
                JobRows.History,
                JobRows.EndField,
                BsonValue.MinValue,
                BsonValue.MaxValue,
                descending: true,
                1
            )
                is [var newest]
        )
        {
            meta[StoreMeta.Unindexed] = newest[JobRows.EndField];
        }
    }
}
