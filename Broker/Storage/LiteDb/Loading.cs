using LiteDB;
using Microsoft.Extensions.Logging;
using ScheduleZero.Broker.Core;
using ScheduleZero.Broker.Core.Access;
using ScheduleZero.Broker.Core.Batches;
using ScheduleZero.Broker.Core.Calendars;
using ScheduleZero.Broker.Core.Dispatch;
using ScheduleZero.Broker.Core.Jobs;
using ScheduleZero.Broker.Core.Schedules;
using ScheduleZero.Broker.Core.Sessions;
using ScheduleZero.Broker.Storage.LiteDb.Records;

namespace ScheduleZero.Broker.Storage.LiteDb;

/// <summary>Reads what a start begins with. Opening has applied the whole journal, so the collections have everything.</summary>
internal static class Loading
{
    // One reader over a million rows would hold all their pages in memory, and LiteDB gives its cache back to nobody.
    private const int RowsPerPage = 1_000;

    public static StoredState Load(Documents documents, long epoch, TimeProvider time, ILogger logger)
    {
        var start = time.GetTimestamp();
        var state = new StoredState
        {
            Epoch = epoch,
            Jobs = LoadJobs(documents),
            Finished = LoadFinished(documents),
            Schedules = LoadJson<Schedule>(documents, Collections.Schedules),
            Handlers = LoadJson<HandlerRecord>(documents, Collections.Handlers),
            Keys = LoadJson<KeyRecord>(documents, Collections.Keys),
            Access = Load(documents, Collections.Access, row => AccessRows.Read(row["d"].AsBinary)),
            Deduplications = LoadDeduplications(documents, time.GetUtcNow()),
            Batches = LoadJson<Batch>(documents, Collections.Batches),
            Rates = LoadJson<RateRecord>(documents, Collections.Rates),
            Calendars = LoadJson<CalendarRecord>(documents, Collections.Calendars),
            AuditTail = AuditRows.Tail(documents),
        };
        logger.Loaded(state.Jobs.Count, state.Schedules.Count, (long)time.GetElapsedTime(start).TotalMilliseconds);
        return state;
    }

    public static List<Job> LoadJobs(Documents documents)
    {
        var interner = new Interner();
        return Load(documents, Collections.Jobs, row => JobRows.JobOf(row, interner));
    }

    private static List<Job> LoadFinished(Documents documents)
    {
        var interner = new Interner();
        var jobs = documents
            .Scan(Collections.History, Collections.EndField, BsonValue.MinValue, BsonValue.MaxValue, descending: true, BrokerCore.RecentAttemptsMax)
            .ConvertAll(row => JobRows.JobOf(row, interner));
        jobs.Reverse();
        return jobs;
    }

    private static List<T> LoadJson<T>(Documents documents, string collection) =>
        Load(documents, collection, row => ChangeRecord.FromJson<T>(row["d"].AsBinary));

    private static List<T> Load<T>(Documents documents, string collection, Func<BsonDocument, T> read) => [.. InPages(documents, collection).Select(read)];

    private static IEnumerable<BsonDocument> InPages(Documents documents, string collection)
    {
        var last = BsonValue.MinValue;
        List<BsonDocument> page;
        do
        {
            // Begins with the row that the page before ended with.
            page = documents.Scan(collection, "_id", last, BsonValue.MaxValue, descending: false, RowsPerPage);
            foreach (var row in page.Where(row => row["_id"] != last))
            {
                yield return row;
            }

            last = page.Count > 0 ? page[^1]["_id"] : last;
        }
        while (page.Count == RowsPerPage);
    }

    private static List<Change.DeduplicationKept> LoadDeduplications(Documents documents, DateTimeOffset now)
    {
        var kept = new List<Change.DeduplicationKept>();
        var over = new List<BsonValue>();
        foreach (var row in InPages(documents, Collections.Deduplications))
        {
            var deduplication = ChangeRecord.FromJson<Change.DeduplicationKept>(row["d"].AsBinary);
            if (deduplication.Until > now)
            {
                kept.Add(deduplication);
            }
            else
            {
                over.Add(row["_id"]);
            }
        }

        if (over.Count > 0)
        {
            documents.Transact(() => documents.Delete(Collections.Deduplications, over));
        }

        return kept;
    }
}
