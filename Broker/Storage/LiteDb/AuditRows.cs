using System.Buffers.Binary;
using LiteDB;
using ScheduleZero.Broker.Core.Audit;

namespace ScheduleZero.Broker.Storage.LiteDb;

/// <summary>Blocks of the audit log as rows.</summary>
internal static class AuditRows
{
    /// <summary>
    /// Rows that one step reads or deletes: they may be large, and a commit that comes meanwhile waits.
    /// </summary>
    public const int PerSlice = 16;

    private const string MetaId = "audit";
    private const string Oldest = "oldest";
    private const string Count = "n";
    private const string FirstAtTicks = "f";
    private const string Hash = "h";
    private const string Lines = "b";

    public static BsonDocument Make(AuditBlock block) =>
        new()
        {
            ["_id"] = block.First,
            [Count] = block.Count,
            [FirstAtTicks] = block.FirstAt.UtcTicks,
            [Collections.TimeField] = TimeKey(block.LastAt, block.First),
            [Hash] = block.Hash,
            [Lines] = block.Lines,
        };

    public static AuditBlock BlockOf(BsonDocument row) =>
        new(
            row["_id"].AsInt64,
            row[Count].AsInt32,
            new DateTimeOffset(row[FirstAtTicks].AsInt64, TimeSpan.Zero),
            LastAtOf(row),
            row[Hash].AsBinary,
            row[Lines].AsBinary
        );

    public static DateTimeOffset LastAtOf(BsonDocument row) =>
        new(BinaryPrimitives.ReadInt64BigEndian(row[Collections.TimeField].AsBinary), TimeSpan.Zero);

    public static byte[] HashOf(BsonDocument row) => row[Hash].AsBinary;

    public static byte[] TimeKey(DateTimeOffset at, long first)
    {
        var key = new byte[16];
        BinaryPrimitives.WriteInt64BigEndian(key, at.UtcTicks);
        BinaryPrimitives.WriteInt64BigEndian(key.AsSpan(8), first);
        return key;
    }

    public static AuditTail Tail(Documents documents)
    {
        var newest = documents.Scan(
            Collections.Audit,
            "_id",
            BsonValue.MinValue,
            BsonValue.MaxValue,
            descending: true,
            limit: 1
        );
        if (newest.Count == 0)
        {
            return AuditTail.Start;
        }

        var block = BlockOf(newest[0]);
        return new AuditTail(block.Last, block.Hash);
    }

    public static IReadOnlyList<AuditBlock> From(Documents documents, long sequence, int limit)
    {
        // A block is named by its first event, so the event asked for may lie in the block before.
        var around = documents
            .Scan(Collections.Audit, "_id", 0L, sequence, descending: true, limit: 1)
            .ConvertAll(BlockOf);
        var start = around is [{ Last: var last, First: var first }] && last >= sequence ? first : sequence;
        return documents
            .Scan(Collections.Audit, "_id", start, long.MaxValue, descending: false, limit)
            .ConvertAll(BlockOf);
    }

    public static AuditBlock? FirstAt(Documents documents, DateTimeOffset at) =>
        documents
            .Scan(
                Collections.Audit,
                Collections.TimeField,
                TimeKey(at, 0),
                TimeKey(DateTimeOffset.MaxValue, long.MaxValue),
                descending: false,
                limit: 1
            )
            .ConvertAll(BlockOf)
            .FirstOrDefault();

    /// <summary>Remembers up to where the log was forgotten.</summary>
    public static long SetOldest(Documents documents, long sequence)
    {
        documents.Transact(() =>
            documents.Upsert(Collections.Meta, new BsonDocument { ["_id"] = MetaId, [Oldest] = sequence })
        );
        return sequence;
    }

    /// <summary>
    /// Forgets again what was forgotten before. Returns the oldest event that is kept, or one before it.
    /// </summary>
    public static long PruneAgain(Documents documents)
    {
        var oldest = documents.Find(Collections.Meta, MetaId)?[Oldest].AsInt64 ?? 0;
        while (PruneSlice(documents, oldest) > 0) { }

        return oldest;
    }

    /// <summary>Returns how many events the blocks held that were deleted; 0 at the end.</summary>
    public static long PruneSlice(Documents documents, long beforeSequence)
    {
        var old = From(documents, 0, PerSlice).Where(block => block.Last < beforeSequence).ToList();
        if (old.Count > 0)
        {
            documents.Transact(() =>
                documents.Delete(Collections.Audit, old.Select(block => new BsonValue(block.First)))
            );
        }

        return old.Sum(block => (long)block.Count);
    }
}

/// <summary>Looks for the place up to which the audit log may be forgotten, a slice at a time.</summary>
internal sealed class AuditCutSearch(DateTimeOffset before, int sliceRows)
{
    private BsonDocument? _forgotten;
    private long _next;

    public AuditCut? Result { get; private set; }

    /// <summary>True when the result stands.</summary>
    public bool Step(Documents documents)
    {
        var rows = documents.Scan(Collections.Audit, "_id", _next, long.MaxValue, descending: false, sliceRows);
        foreach (var row in rows)
        {
            var first = row["_id"].AsInt64;
            // Whatever is forgotten has a successor: the chain goes on from a hash that is known.
            Result = _forgotten is null ? null : new AuditCut(first, AuditRows.HashOf(_forgotten));
            if (AuditRows.LastAtOf(row) >= before)
            {
                return true;
            }

            _forgotten = row;
            _next = first + 1;
        }

        return rows.Count < sliceRows;
    }
}
