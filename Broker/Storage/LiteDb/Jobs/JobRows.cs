using LiteDB;
using ScheduleZero.Broker.Core.Jobs;
using ScheduleZero.Broker.Storage.LiteDb.Database;
using ScheduleZero.Broker.Storage.LiteDb.Records;
using ScheduleZero.Broker.Storage.LiteDb.Rows;
using ScheduleZero.Contracts;
using ScheduleZero.Contracts.Ids;

namespace ScheduleZero.Broker.Storage.LiteDb.Jobs;

/// <summary>
/// The rows of jobs and history: <c>h</c> the job, <c>p</c> its params, <c>r</c> its result, <c>b</c> which of these
/// two lie in bodies because they are long, in history <c>f</c> the key of the end and <c>x</c> that it is in the
/// indexes. Bodies stay where they are when a job finishes.
/// </summary>
internal sealed class JobRows(Documents documents)
{
    /// <summary>The collection of unfinished jobs, without those that are still in the journal alone.</summary>
    public const string Open = "jobs";

    /// <summary>The collection of finished jobs.</summary>
    public const string History = "history";

    /// <summary>The collection of params and results that are too long to lie in the row of their job.</summary>
    public const string Bodies = "bodies";

    /// <summary>
    /// A field of a row of the history, indexed: the instant of the end, then the id, so that no two are equal.
    /// </summary>
    public const string EndField = "f";

    /// <summary>A field of a row of the history: the row was put into the indexes when it was written.</summary>
    public const string IndexedField = "x";

    private const int InlineBytesMax = 1024;
    private const int ParamsAside = 1;
    private const int ResultAside = 2;
    private readonly RecordWriter _writer = new();

    public static Job JobOf(BsonDocument row, Interner? interner = null) => JobRecord.Read(row["h"].AsBinary, interner);

    /// <summary>
    /// Reads a job as <see cref="JobOf"/> does; null for a row that cannot be read, which lists and searches leave out.
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

    public static JobId IdOf(BsonDocument row) => new(new Guid(row["_id"].AsBinary, bigEndian: true));

    /// <summary>Finds the row of a job, finished or not.</summary>
    public BsonDocument? Find(JobId id) => FindOpen(id) ?? FindFinished(id);

    public BsonDocument? FindOpen(JobId id) => documents.Find(Open, RowKeys.Of(id));

    public BsonDocument? FindFinished(JobId id) => documents.Find(History, RowKeys.Of(id));

    public RawJson ParamsOf(BsonDocument row) => Body(row, "p", ParamsAside);

    public RawJson ResultOf(BsonDocument row) => Body(row, "r", ResultAside);

    public StoredJob StoredOf(BsonDocument row, Job job, JobBodies bodies) =>
        new(
            job,
            bodies.HasFlag(JobBodies.Params) ? ParamsOf(row) : default,
            bodies.HasFlag(JobBodies.Result) ? ResultOf(row) : default
        );

    /// <summary>
    /// Makes a row for the job. Params and result are copied from the old row when there is one, and else are to be
    /// set.
    /// </summary>
    public BsonDocument Make(Job job, BsonDocument? old)
    {
        _writer.Clear();
        JobRecord.Write(_writer, job);
        var row = new BsonDocument { ["_id"] = RowKeys.Of(job.Id), ["h"] = _writer.Written.ToArray() };
        foreach (var field in new[] { "p", "r", "b", IndexedField })
        {
            if (old is not null && old.TryGetValue(field, out var value))
            {
                row[field] = value;
            }
        }

        if (job.FinishedAt is { } end)
        {
            row[EndField] = RowKeys.Of(end, job.Id);
        }

        return row;
    }

    /// <summary>Deletes params that lie beside the row of a job, before others take their place.</summary>
    public void DeleteParamsBeside(JobId id) => documents.Delete(Bodies, [BodyKey(RowKeys.Of(id), ParamsAside)]);

    public void SetParams(BsonDocument row, RawJson value) => SetBody(row, "p", ParamsAside, value);

    public void SetResult(BsonDocument row, RawJson value) => SetBody(row, "r", ResultAside, value);

    /// <summary>Deletes what is stored beside these rows: long bodies and logs.</summary>
    public void DeleteBeside(IReadOnlyList<BsonDocument> rows)
    {
        foreach (var row in rows)
        {
            var aside = row["b"].IsNull ? 0 : row["b"].AsInt32;
            if (aside != 0)
            {
                documents.Delete(Bodies, [BodyKey(row, ParamsAside), BodyKey(row, ResultAside)]);
            }

            LogRows.Delete(documents, IdOf(row));
        }
    }

    private static byte[] BodyKey(BsonDocument row, int which) => BodyKey(row["_id"].AsBinary, which);

    private static byte[] BodyKey(byte[] id, int which) => [.. id, (byte)which];

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

        var body = documents.Find(Bodies, BodyKey(row, which));
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
        documents.Upsert(Bodies, new BsonDocument { ["_id"] = BodyKey(row, which), ["d"] = value.Utf8.ToArray() });
    }
}
