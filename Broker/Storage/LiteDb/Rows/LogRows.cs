using LiteDB;
using ScheduleZero.Broker.Core;
using ScheduleZero.Broker.Core.Jobs;
using ScheduleZero.Broker.Storage.LiteDb.Database;
using ScheduleZero.Broker.Storage.LiteDb.Records;
using ScheduleZero.Contracts.Ids;

namespace ScheduleZero.Broker.Storage.LiteDb.Rows;

/// <summary>
/// The rows of jobs' logs, by job and sequence of the first line: each row holds the lines of one change in the field
/// <c>d</c>.
/// </summary>
internal sealed class LogRows : StoredKind
{
    public const string Name = "logs";

    private const string Lines = "d";
    private const int RowsPerPage = 64;

    public override IReadOnlyList<string> Collections { get; } = [Name];

    public override IReadOnlyList<ChangeKind> Changes { get; } =
    [
        new ChangeKind<Change.LogAppended>(
            6,
            (to, change) =>
            {
                to.Id(change.Id.Value);
                LogRecord.Write(to, change.Lines);
            },
            (ref from) => new Change.LogAppended(new JobId(from.Id()), LogRecord.Read(ref from)),
            Write
        ),
    ];

    /// <summary>Reads lines of a job's log, oldest first.</summary>
    /// <param name="afterSequence">Only lines with a greater sequence are read.</param>
    public static IReadOnlyList<LogEntry> Read(Documents documents, JobId id, long afterSequence, int limit)
    {
        var found = new List<LogEntry>();
        var start = FirstKey(documents, id, afterSequence);
        List<BsonDocument> page;
        do
        {
            page = documents.Scan(
                Name,
                "_id",
                start,
                RowKeys.Of(id.Value, long.MaxValue),
                descending: false,
                RowsPerPage
            );
            foreach (var row in page)
            {
                var reader = new RecordReader(row[Lines].AsBinary, interner: null);
                found.AddRange(LogRecord.Read(ref reader).Where(line => line.Sequence > afterSequence));
                start = RowKeys.After(row["_id"].AsBinary)!;
            }
        } while (found.Count < limit && page.Count == RowsPerPage);
        return found.Count > limit ? found[..limit] : found;
    }

    /// <summary>Reads the last lines of a job's log before a place, oldest first.</summary>
    /// <param name="beforeSequence">Only lines with a smaller sequence are read.</param>
    public static IReadOnlyList<LogEntry> ReadBefore(Documents documents, JobId id, long beforeSequence, int limit)
    {
        // The lines, newest first.
        var found = new List<LogEntry>();
        var end = beforeSequence;
        List<BsonDocument> page = [];
        do
        {
            if (end <= 0)
            {
                break;
            }

            page = documents.Scan(
                Name,
                "_id",
                RowKeys.Of(id.Value, 0),
                RowKeys.Of(id.Value, end - 1),
                descending: true,
                RowsPerPage
            );
            foreach (var row in page)
            {
                var reader = new RecordReader(row[Lines].AsBinary, interner: null);
                var lines = LogRecord.Read(ref reader);
                found.AddRange(lines.Where(line => line.Sequence < beforeSequence).Reverse());
                end = lines[0].Sequence;
            }
        } while (found.Count < limit && page.Count == RowsPerPage);
        var last = found.Count > limit ? found[..limit] : found;
        last.Reverse();
        return last;
    }

    /// <summary>Deletes a job's log, within the transaction under way.</summary>
    public static void Delete(Documents documents, JobId id)
    {
        var rows = documents.Scan(
            Name,
            "_id",
            RowKeys.Of(id.Value, 0),
            RowKeys.Of(id.Value, long.MaxValue),
            descending: false,
            int.MaxValue
        );
        documents.Delete(Name, rows.Select(row => row["_id"]));
    }

    private static void Write(Change.LogAppended change, IRowWriter rows)
    {
        if (change.Lines.Count > 0)
        {
            var lines = rows.Scratch;
            LogRecord.Write(lines, change.Lines);
            rows.Put(
                Name,
                new BsonDocument
                {
                    ["_id"] = RowKeys.Of(change.Id.Value, change.Lines[0].Sequence),
                    [Lines] = lines.Written.ToArray(),
                }
            );
        }
    }

    // The key of the row in which a read begins. A row is named by its first line, so the line that is asked for may
    // lie in the row before.
    private static byte[] FirstKey(Documents documents, JobId id, long afterSequence)
    {
        var low = RowKeys.Of(id.Value, 0);
        var high = RowKeys.Of(id.Value, Math.Max(0, afterSequence));
        var before = documents.Scan(Name, "_id", low, high, descending: true, limit: 1);
        return before.Count == 0 ? low : before[0]["_id"].AsBinary;
    }
}
