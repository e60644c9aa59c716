using System.Diagnostics.CodeAnalysis;
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

/// <summary>
/// Reads what a start begins with. Opening has applied the whole journal, so the collections have everything. A row
/// that cannot be read is named and left out.
/// </summary>
internal sealed class Loading
{
    // One reader over a million rows would hold all their pages in memory, and LiteDB gives its cache back to nobody.
    private const int RowsPerPage = 1_000;

    private readonly Documents _documents;
    private readonly List<UnreadableRow> _unreadable = [];

    private Loading(Documents documents) => _documents = documents;

    public static StoredState Load(Documents documents, long epoch, TimeProvider time, ILogger logger)
    {
        var start = time.GetTimestamp();
        var loading = new Loading(documents);
        var state = new StoredState
        {
            Epoch = epoch,
            Jobs = loading.LoadJobs(),
            Finished = loading.LoadFinished(),
            Schedules = loading.LoadJson<Schedule>(StoredRowKind.Schedule, Collections.Schedules),
            Handlers = loading.LoadJson<HandlerRecord>(StoredRowKind.Handler, Collections.Handlers),
            Keys = loading.LoadJson<KeyRecord>(StoredRowKind.Key, Collections.Keys),
            Access = loading.Load(StoredRowKind.Access, Collections.Access, row => AccessRows.Read(row["d"].AsBinary)),
            Deduplications = loading.LoadDeduplications(time.GetUtcNow()),
            Batches = loading.LoadJson<Batch>(StoredRowKind.Batch, Collections.Batches),
            Rates = loading.LoadJson<RateRecord>(StoredRowKind.RateLimit, Collections.Rates),
            Calendars = loading.LoadJson<CalendarRecord>(StoredRowKind.Calendar, Collections.Calendars),
            AuditTail = AuditRows.Tail(documents),
            Unreadable = loading._unreadable,
        };
        logger.Loaded(state.Jobs.Count, state.Schedules.Count, (long)time.GetElapsedTime(start).TotalMilliseconds);
        return state;
    }

    /// <summary>The unfinished jobs alone; rows that cannot be read are left out.</summary>
    public static List<Job> LoadJobs(Documents documents) => new Loading(documents).LoadJobs();

    private List<Job> LoadJobs()
    {
        var interner = new Interner();
        return Load(StoredRowKind.Job, Collections.Jobs, row => JobRows.JobOf(row, interner));
    }

    private List<Job> LoadFinished()
    {
        var interner = new Interner();
        var jobs = Read(
                StoredRowKind.FinishedJob,
                _documents.Scan(
                    Collections.History,
                    Collections.EndField,
                    BsonValue.MinValue,
                    BsonValue.MaxValue,
                    descending: true,
                    BrokerCore.RecentAttemptsMax
                ),
                row => JobRows.JobOf(row, interner)
            )
            .ToList();
        jobs.Reverse();
        return jobs;
    }

    private List<T> LoadJson<T>(StoredRowKind kind, string collection) =>
        Load(kind, collection, row => StoredJson.Read<T>(row["d"].AsBinary));

    private List<T> Load<T>(StoredRowKind kind, string collection, Func<BsonDocument, T> read) =>
        [.. Read(kind, InPages(collection), read)];

    private IEnumerable<T> Read<T>(StoredRowKind kind, IEnumerable<BsonDocument> rows, Func<BsonDocument, T> read)
    {
        foreach (var row in rows)
        {
            if (TryRead(kind, row, read, out var record))
            {
                yield return record;
            }
        }
    }

    private bool TryRead<T>(
        StoredRowKind kind,
        BsonDocument row,
        Func<BsonDocument, T> read,
        [MaybeNullWhen(false)] out T record
    )
    {
        try
        {
            record = read(row);
            return true;
        }
        // A row of another version may be wrong in any way; one row must not keep all the others from being served.
#pragma warning disable CA1031
        catch (Exception e)
#pragma warning restore CA1031
        {
            _unreadable.Add(new UnreadableRow(kind, KeyOf(row["_id"]), e.Message));
            record = default;
            return false;
        }
    }

    private static string KeyOf(BsonValue id) =>
        id switch
        {
            { IsBinary: true, AsBinary: { Length: 16 } bytes } => new Guid(bytes, bigEndian: true).ToString(),
            { IsString: true } => id.AsString,
            _ => id.ToString(),
        };

    private IEnumerable<BsonDocument> InPages(string collection)
    {
        var last = BsonValue.MinValue;
        List<BsonDocument> page;
        do
        {
            // Begins with the row that the page before ended with.
            page = _documents.Scan(collection, "_id", last, BsonValue.MaxValue, descending: false, RowsPerPage);
            foreach (var row in page.Where(row => row["_id"] != last))
            {
                yield return row;
            }

            last = page.Count > 0 ? page[^1]["_id"] : last;
        } while (page.Count == RowsPerPage);
    }

    private List<Change.DeduplicationKept> LoadDeduplications(DateTimeOffset now)
    {
        var kept = new List<Change.DeduplicationKept>();
        var over = new List<BsonValue>();
        foreach (var row in InPages(Collections.Deduplications))
        {
            if (
                !TryRead(
                    StoredRowKind.Deduplication,
                    row,
                    read => StoredJson.Read<Change.DeduplicationKept>(read["d"].AsBinary),
                    out var deduplication
                )
            )
            {
                continue;
            }

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
            _documents.Transact(() => _documents.Delete(Collections.Deduplications, over));
        }

        return kept;
    }
}
