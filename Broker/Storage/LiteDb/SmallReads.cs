using LiteDB;
using ScheduleZero.Broker.Core.Jobs;
using ScheduleZero.Broker.Core.Schedules;
using ScheduleZero.Broker.Storage.LiteDb.Records;
using ScheduleZero.Contracts.Ids;
using ScheduleZero.Contracts.Rest;

namespace ScheduleZero.Broker.Storage.LiteDb;

/// <summary>Reads of logs and of the past of schedules, which need no more than one range of keys.</summary>
internal static class SmallReads
{
    private const int RowsPerPage = 64;

    public static IReadOnlyList<LogEntry> Log(Documents documents, JobId id, long afterSequence, int limit)
    {
        var found = new List<LogEntry>();
        var start = FirstRowAfter(documents, id, afterSequence);
        List<BsonDocument> page;
        do
        {
            page = documents.Scan(
                Collections.Logs,
                "_id",
                start,
                Collections.Key(id.Value, long.MaxValue),
                descending: false,
                RowsPerPage
            );
            foreach (var row in page)
            {
                var reader = new RecordReader(row["d"].AsBinary, interner: null);
                found.AddRange(ChangeRecord.ReadLines(ref reader).Where(line => line.Sequence > afterSequence));
                start = Collections.After(row["_id"].AsBinary)!;
            }
        } while (found.Count < limit && page.Count == RowsPerPage);
        return found.Count > limit ? found[..limit] : found;
    }

    public static Page<MissedOccurrence> Missed(Documents documents, ScheduleId id, int limit, string? cursor) =>
        OfSchedule(documents, Collections.Missed, id, limit, cursor, MissedRows.Read);

    public static Page<Schedule> Versions(Documents documents, ScheduleId id, int limit, string? cursor) =>
        OfSchedule(
            documents,
            Collections.Versions,
            id,
            limit,
            cursor,
            row => StoredJson.TryRead<Schedule>(row["d"].AsBinary)
        );

    // Newest first.
    private static Page<T> OfSchedule<T>(
        Documents documents,
        string collection,
        ScheduleId id,
        int limit,
        string? cursor,
        Func<BsonDocument, T?> read
    )
        where T : class
    {
        var high = Collections.Key(id.Value, long.MaxValue);
        if (cursor is not null)
        {
            high = Collections.Before([.. Collections.Key(id.Value), .. Collections.FromCursor(cursor, 8)])!;
        }

        var rows = documents.Scan(collection, "_id", Collections.Key(id.Value, 0), high, descending: true, limit + 1);
        var items = rows.Take(limit).Select(read).OfType<T>().ToList();
        return new Page<T>(
            items,
            rows.Count > limit ? Collections.ToCursor(rows[limit - 1]["_id"].AsBinary[16..]) : null
        );
    }

    // A row is named by its first line, so the line asked for may lie in the row before.
    private static byte[] FirstRowAfter(Documents documents, JobId id, long afterSequence)
    {
        var low = Collections.Key(id.Value, 0);
        var high = Collections.Key(id.Value, Math.Max(0, afterSequence));
        var before = documents.Scan(Collections.Logs, "_id", low, high, descending: true, limit: 1);
        return before.Count == 0 ? low : before[0]["_id"].AsBinary;
    }
}
