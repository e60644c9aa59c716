using System.Buffers.Binary;
using LiteDB;
using ScheduleZero.Broker.Core.Executions;
using ScheduleZero.Broker.Core.Jobs;
using ScheduleZero.Broker.Storage.LiteDb.Database;

namespace ScheduleZero.Broker.Storage.LiteDb.Indexes;

/// <summary>
/// Sums over executions, a row for each namespace and minute, and one for each namespace and hour. A job counts in the
/// minute in which it ended. Rows are written in the transaction that writes the job into the history, so a job counts
/// exactly once whatever happens.
/// </summary>
internal sealed class Rollups(Documents documents)
{
    /// <summary>The name of the collection on disk. Permanent.</summary>
    public const string Name = "rollups";

    private const byte Minutes = 0;
    private const byte Hours = 1;
    private const int KeyBytes = Term.HashBytes + 1 + 8;
    private const int RowsPerPage = 64;

    private readonly Dictionary<(string Namespace, long Minute), ExecutionSums> _pending = [];

    public static long MinuteOf(DateTimeOffset at) => at.UtcTicks / TimeSpan.TicksPerMinute;

    /// <summary>Adds a job's attempts to the sums, or removes them.</summary>
    /// <param name="count">1 to add the job's attempts, -1 to remove them.</param>
    public void Add(Job job, int count)
    {
        var of = (job.Namespace, MinuteOf(job.FinishedAt!.Value));
        if (!_pending.TryGetValue(of, out var sums))
        {
            _pending[of] = sums = new ExecutionSums();
        }

        sums.Add(job, count);
    }

    /// <summary>Writes what was added, within the transaction under way.</summary>
    public void Flush()
    {
        foreach (var ((ns, minute), sums) in _pending)
        {
            var hash = HashOf(ns);
            AddTo(Key(hash, Minutes, minute), sums);
            AddTo(Key(hash, Hours, minute / 60), sums);
        }

        _pending.Clear();
    }

    /// <summary>Adds the counts of the namespace's jobs that ended in these minutes to the sums.</summary>
    /// <param name="last">The last minute, included.</param>
    public void Sum(ExecutionSums into, string ns, long first, long last)
    {
        var hash = HashOf(ns);
        var (firstHour, endHour) = ((first + 59) / 60, (last + 1) / 60);
        if (firstHour >= endHour)
        {
            SumRows(into, hash, Minutes, first, last);
            return;
        }

        SumRows(into, hash, Minutes, first, (firstHour * 60) - 1);
        SumRows(into, hash, Hours, firstHour, endHour - 1);
        SumRows(into, hash, Minutes, endHour * 60, last);
    }

    /// <summary>
    /// Deletes rows of the next namespace that are wholly from before the instant. Returns where to go on; null at the
    /// end.
    /// </summary>
    public byte[]? PruneSlice(byte[] from, DateTimeOffset before, int limit)
    {
        if (documents.Scan(Name, "_id", from, BsonValue.MaxValue, descending: false, 1) is not [var next])
        {
            return null;
        }

        var hash = next["_id"].AsBinary[..Term.HashBytes];
        var minute = MinuteOf(before);
        if (DeleteSlice(hash, Minutes, minute - 1, limit) | DeleteSlice(hash, Hours, (minute / 60) - 1, limit))
        {
            return hash;
        }

        CutHour(hash, minute / 60);
        return RowKeys.After(hash);
    }

    /// <summary>Deletes a namespace's rows, the next of them. True while there may be more.</summary>
    public bool PurgeSlice(string ns, int limit) =>
        DeleteSlice(HashOf(ns), Minutes, long.MaxValue, limit) | DeleteSlice(HashOf(ns), Hours, long.MaxValue, limit);

    private static byte[] HashOf(string ns) => new Term(TermOrder.ByEnd, TermKind.All, ns, "", null).Hash();

    private static byte[] Key(byte[] hash, byte level, long number)
    {
        var key = new byte[KeyBytes];
        hash.CopyTo(key, 0);
        key[Term.HashBytes] = level;
        BinaryPrimitives.WriteInt64BigEndian(key.AsSpan(Term.HashBytes + 1), number);
        return key;
    }

    private void AddTo(byte[] key, ExecutionSums sums)
    {
        var whole = new ExecutionSums();
        if (documents.Find(Name, key) is { } row)
        {
            RollupRecord.AddTo(whole, row["d"].AsBinary);
        }

        whole.Add(sums);
        documents.Upsert(Name, new BsonDocument { ["_id"] = key, ["d"] = RollupRecord.Write(whole) });
    }

    // Sets the hour in which the pruning ends to the sum of its minutes that stay. A second call changes nothing.
    private void CutHour(byte[] hash, long hour)
    {
        var key = Key(hash, Hours, hour);
        if (documents.Find(Name, key) is not null)
        {
            var left = new ExecutionSums();
            SumRows(left, hash, Minutes, hour * 60, (hour * 60) + 59);
            documents.Transact(() =>
                documents.Upsert(Name, new BsonDocument { ["_id"] = key, ["d"] = RollupRecord.Write(left) })
            );
        }
    }

    private void SumRows(ExecutionSums into, byte[] hash, byte level, long first, long last)
    {
        List<BsonDocument> page;
        do
        {
            page =
                first > last
                    ? []
                    : documents.Scan(
                        Name,
                        "_id",
                        Key(hash, level, first),
                        Key(hash, level, last),
                        descending: false,
                        RowsPerPage
                    );
            foreach (var row in page)
            {
                RollupRecord.AddTo(into, row["d"].AsBinary);
                first = BinaryPrimitives.ReadInt64BigEndian(row["_id"].AsBinary.AsSpan(Term.HashBytes + 1)) + 1;
            }
        } while (page.Count == RowsPerPage);
    }

    private bool DeleteSlice(byte[] hash, byte level, long last, int limit)
    {
        var rows = documents.Scan(Name, "_id", Key(hash, level, 0), Key(hash, level, last), descending: false, limit);
        if (rows.Count > 0)
        {
            documents.Transact(() => documents.Delete(Name, rows.Select(row => row["_id"])));
        }

        return rows.Count == limit;
    }
}
