using System.Buffers.Binary;
using LiteDB;
using ScheduleZero.Broker.Core;
using ScheduleZero.Broker.Core.Audit;
using ScheduleZero.Broker.Storage.LiteDb.Database;
using ScheduleZero.Broker.Storage.LiteDb.Records;

namespace ScheduleZero.Broker.Storage.LiteDb.Rows;

/// <summary>
/// The rows of the audit log's blocks, by the sequence of the first event. An index holds the instant of the block's
/// last event, then that sequence.
/// </summary>
internal sealed class AuditRows : StoredKind
{
    public const string Name = "audit";

    /// <summary>The indexed field: the instant of the block's last event, then the sequence of its first.</summary>
    public const string TimeField = "t";

    /// <summary>
    /// How many rows one step reads or deletes: rows may be large, and a commit that comes meanwhile waits.
    /// </summary>
    public const int PerSlice = 16;

    private const string MetaId = "audit";
    private const string Oldest = "oldest";
    private const string Count = "n";
    private const string FirstAtTicks = "f";
    private const string Hash = "h";
    private const string Lines = "b";

    public override IReadOnlyList<string> Collections { get; } = [Name];

    public override IReadOnlyList<ChangeKind> Changes { get; } =
    [
        new ChangeKind<Change.AuditAppended>(
            15,
            (to, change) => AuditRecord.Write(to, change.Block),
            (ref from) => new Change.AuditAppended(AuditRecord.Read(ref from)),
            (change, rows) => rows.Put(Name, Make(change.Block))
        ),
    ];

    public override StoredState Load(StoredState state, RowLoader rows)
    {
        var newest = rows.Documents.Scan(
            Name,
            "_id",
            BsonValue.MinValue,
            BsonValue.MaxValue,
            descending: true,
            limit: 1
        );
        return newest is [var row] ? state with { AuditTail = new AuditTail(BlockOf(row).Last, HashOf(row)) } : state;
    }

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
        new(BinaryPrimitives.ReadInt64BigEndian(row[TimeField].AsBinary), TimeSpan.Zero);

    public static byte[] HashOf(BsonDocument row) => row[Hash].AsBinary;

    /// <summary>Makes a key of the index over time.</summary>
    public static byte[] TimeKey(DateTimeOffset at, long first)
    {
        var key = new byte[16];
        BinaryPrimitives.WriteInt64BigEndian(key, at.UtcTicks);
        BinaryPrimitives.WriteInt64BigEndian(key.AsSpan(8), first);
        return key;
    }

    /// <summary>Reads blocks from the one that holds the event, or the first behind the event.</summary>
    public static IReadOnlyList<AuditBlock> ReadFrom(Documents documents, long sequence, int limit)
    {
        // A block is named by its first event, so the event that is asked for may lie in the block before.
        var around = documents.Scan(Name, "_id", 0L, sequence, descending: true, limit: 1).ConvertAll(BlockOf);
        var start = around is [{ Last: var last, First: var first }] && last >= sequence ? first : sequence;
        return documents.Scan(Name, "_id", start, long.MaxValue, descending: false, limit).ConvertAll(BlockOf);
    }

    /// <summary>Finds the first block with an event at or after the instant; null when there is none.</summary>
    public static AuditBlock? FindAt(Documents documents, DateTimeOffset at) =>
        documents
            .Scan(
                Name,
                TimeField,
                TimeKey(at, 0),
                TimeKey(DateTimeOffset.MaxValue, long.MaxValue),
                descending: false,
                limit: 1
            )
            .ConvertAll(BlockOf)
            .FirstOrDefault();

    /// <summary>Stores the sequence up to which the log was deleted, and returns it.</summary>
    public static long SetOldest(Documents documents, long sequence)
    {
        documents.Transact(() =>
            documents.Upsert(StoreMeta.Name, new BsonDocument { ["_id"] = MetaId, [Oldest] = sequence })
        );
        return sequence;
    }

    /// <summary>
    /// Deletes once more the blocks that were deleted before: the journal may have brought them back. Returns the
    /// sequence of the oldest event that stays, or of one before it.
    /// </summary>
    public static long PruneAgain(Documents documents)
    {
        var oldest = documents.Find(StoreMeta.Name, MetaId)?[Oldest].AsInt64 ?? 0;
        while (PruneSlice(documents, oldest) > 0) { }

        return oldest;
    }

    /// <summary>
    /// Deletes the next blocks that hold only events before this one. Returns how many events were deleted; 0 at the
    /// end.
    /// </summary>
    public static long PruneSlice(Documents documents, long beforeSequence)
    {
        var old = ReadFrom(documents, 0, PerSlice).Where(block => block.Last < beforeSequence).ToList();
        if (old.Count > 0)
        {
            documents.Transact(() => documents.Delete(Name, old.Select(block => new BsonValue(block.First))));
        }

        return old.Sum(block => (long)block.Count);
    }

    private static BsonDocument Make(AuditBlock block) =>
        new()
        {
            ["_id"] = block.First,
            [Count] = block.Count,
            [FirstAtTicks] = block.FirstAt.UtcTicks,
            [TimeField] = TimeKey(block.LastAt, block.First),
            [Hash] = block.Hash,
            [Lines] = block.Lines,
        };
}
