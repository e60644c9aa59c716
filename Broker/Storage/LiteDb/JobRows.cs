using LiteDB;
using ScheduleZero.Broker.Core.Jobs;
using ScheduleZero.Broker.Storage.LiteDb.Records;
using ScheduleZero.Broker.Storage.LiteDb.Searching;
using ScheduleZero.Contracts;
using ScheduleZero.Contracts.Ids;

namespace ScheduleZero.Broker.Storage.LiteDb;

/// <summary>
/// The rows of jobs and history: <c>h</c> the job, <c>p</c> its params, <c>r</c> its result, <c>b</c> which of these
/// two lie in bodies because they are long, in history <c>f</c> the key of the end and <c>x</c> that it is in the
/// indexes. Bodies stay where they are when a job finishes.
/// </summary>
internal sealed class JobRows(Documents documents, HistoryIndex index)
{
    private const int InlineBytesMax = 1024;
    private const int ParamsAside = 1;
    private const int ResultAside = 2;
    private readonly RecordWriter _writer = new();

    public static Job JobOf(BsonDocument row, Interner? interner = null) => JobRecord.Read(row["h"].AsBinary, interner);

    /// <summary>
    /// As <see cref="JobOf"/>; null for a row that cannot be read, which lists and searches leave out.
    /// </summary>
    public static Job? TryJobOf(BsonDocument row)
    {
        try
        {
            return JobOf(row);
        }
        catch (Exception e) when (e is InvalidDataException or ArgumentException or InvalidCastException)
        {
            return null;
        }
    }

    public BsonDocument? FindOpen(JobId id) => documents.Find(Collections.Jobs, Collections.Key(id));

    public BsonDocument? FindFinished(JobId id) => documents.Find(Collections.History, Collections.Key(id));

    public RawJson ParamsOf(BsonDocument row) => Body(row, "p", ParamsAside);

    public RawJson ResultOf(BsonDocument row) => Body(row, "r", ResultAside);

    public StoredJob StoredOf(BsonDocument row, Job job, JobBodies bodies) =>
        new(
            job,
            bodies.HasFlag(JobBodies.Params) ? ParamsOf(row) : default,
            bodies.HasFlag(JobBodies.Result) ? ResultOf(row) : default
        );

    /// <summary>
    /// A row for the job; params and result are taken over from the old row when there is one, and else are to be set.
    /// </summary>
    public BsonDocument Make(Job job, BsonDocument? old)
    {
        _writer.Clear();
        JobRecord.Write(_writer, job);
        var row = new BsonDocument { ["_id"] = Collections.Key(job.Id), ["h"] = _writer.Written.ToArray() };
        foreach (var field in new[] { "p", "r", "b", HistoryIndex.IndexedField })
        {
            if (old is not null && old.TryGetValue(field, out var value))
            {
                row[field] = value;
            }
        }

        if (job.FinishedAt is { } end)
        {
            row[Collections.EndField] = Collections.EndKey(end, job.Id);
        }

        return row;
    }

    public void SetParams(BsonDocument row, RawJson value) => SetBody(row, "p", ParamsAside, value);

    public void SetResult(BsonDocument row, RawJson value) => SetBody(row, "r", ResultAside, value);

    /// <summary>
    /// Deletes what lies beside these rows of the history: long bodies, logs, and their places in the indexes.
    /// </summary>
    public void DeleteBesidePast(IReadOnlyList<BsonDocument> rows)
    {
        index.Forget(rows);
        DeleteBeside(rows);
    }

    /// <summary>Deletes what lies beside these rows: long bodies and logs.</summary>
    public void DeleteBeside(IReadOnlyList<BsonDocument> rows)
    {
        foreach (var row in rows)
        {
            var aside = row["b"].IsNull ? 0 : row["b"].AsInt32;
            if (aside != 0)
            {
                documents.Delete(Collections.Bodies, [BodyKey(row, ParamsAside), BodyKey(row, ResultAside)]);
            }

            DeleteLogs(Collections.JobIdOf(row));
        }
    }

    public void DeleteLogs(JobId id)
    {
        var logs = documents.Scan(
            Collections.Logs,
            "_id",
            Collections.Key(id.Value, 0),
            Collections.Key(id.Value, long.MaxValue),
            descending: false,
            int.MaxValue
        );
        documents.Delete(Collections.Logs, logs.Select(log => log["_id"]));
    }

    private static byte[] BodyKey(BsonDocument row, int which) => [.. row["_id"].AsBinary, (byte)which];

    private RawJson Body(BsonDocument row, string field, int which)
    {
        if (row.TryGetValue(field, out var inline))
        {
            return new RawJson(inline.AsBinary);
        }

        if (!row.TryGetValue("b", out var aside) || (aside.AsInt32 & which) == 0)
        {
            return default;
        }

        var body = documents.Find(Collections.Bodies, BodyKey(row, which));
        return body is null ? default : new RawJson(body["d"].AsBinary);
    }

    private void SetBody(BsonDocument row, string field, int which, RawJson value)
    {
        if (value.IsEmpty)
        {
            return;
        }

        if (value.Utf8.Length <= InlineBytesMax)
        {
            row[field] = value.Utf8.ToArray();
            return;
        }

        row["b"] = which | (row.TryGetValue("b", out var aside) ? aside.AsInt32 : 0);
        documents.Upsert(
            Collections.Bodies,
            new BsonDocument { ["_id"] = BodyKey(row, which), ["d"] = value.Utf8.ToArray() }
        );
    }
}
