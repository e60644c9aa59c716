using System.Buffers.Binary;
using ScheduleZero.Broker.Storage.LiteDb.Database;

namespace ScheduleZero.Broker.Storage.LiteDb.Indexes;

/// <summary>
/// Counts the entries of terms. The blocks of a term are read once, a slice at a time, after somebody has first asked
/// for its count; from then on the count follows each block that is written or cut. Belongs to the storage thread.
/// </summary>
internal sealed class PostingCounts(Documents documents, int countsMax = PostingCounts.CountsMaxDefault)
{
    /// <summary>How many blocks one slice reads: about as many as a step of a search.</summary>
    public const int BlocksPerSlice = 128;

    /// <summary>How many counts are held: the four final states of a thousand namespaces.</summary>
    private const int CountsMaxDefault = 4_096;

    private readonly Dictionary<Name, Count> _counts = [];

    /// <summary>The number of requests so far; tells which count was asked for longest ago.</summary>
    private long _asked;

    /// <summary>The number of counts whose blocks are not all read yet.</summary>
    private int _underWay;

    /// <summary>Whether blocks of some count are still to be read.</summary>
    public bool IsUnderWay => _underWay > 0;

    /// <summary>
    /// How many entries of the term are counted so far, and whether these are all. The first request begins the count.
    /// </summary>
    public (long Entries, bool IsWhole) Of(byte[] hash)
    {
        var count = Find(hash);
        return (count.Entries, count.Next is null);
    }

    /// <summary>Counts the entries of the term's next blocks. True while there are more.</summary>
    public bool CountSlice(byte[] hash) => CountSlice(Find(hash));

    /// <summary>Counts the next blocks of any count that is under way. True while there are more.</summary>
    public bool CountSlice()
    {
        if (IsUnderWay)
        {
            CountSlice(_counts.Values.First(count => count.Next is not null));
        }

        return IsUnderWay;
    }

    /// <summary>Follows that entries were added to a block of the term, or removed from one.</summary>
    /// <param name="entries">How many entries were added; below zero for entries that were removed.</param>
    public void Change(byte[] hash, byte[] block, int entries)
    {
        // A block from the place on to which the count has come is still to be read.
        if (
            _counts.TryGetValue(new Name(hash), out var count)
            && (count.Next is null || block.AsSpan().SequenceCompareTo(count.Next) < 0)
        )
        {
            count.Entries += entries;
        }
    }

    private bool CountSlice(Count count)
    {
        if (count.Next is null)
        {
            return false;
        }

        var blocks = documents.Scan(Postings.Name, "_id", count.Next, count.End, descending: false, BlocksPerSlice);
        count.Entries += blocks.Sum(block => block["d"].AsBinary.Length / Entry.Bytes);
        count.Next = blocks.Count < BlocksPerSlice ? null : RowKeys.After(blocks[^1]["_id"].AsBinary);
        _underWay -= count.Next is null ? 1 : 0;
        return count.Next is not null;
    }

    private Count Find(byte[] hash)
    {
        var name = new Name(hash);
        if (!_counts.TryGetValue(name, out var count))
        {
            MakeRoom();
            _counts[name] = count = new Count(hash);
            _underWay++;
        }

        count.AskedAt = ++_asked;
        return count;
    }

    private void MakeRoom()
    {
        if (_counts.Count < countsMax)
        {
            return;
        }

        var (name, oldest) = _counts.MinBy(pair => pair.Value.AskedAt);
        _counts.Remove(name);
        _underWay -= oldest.Next is null ? 0 : 1;
    }

    private readonly record struct Name(ulong High, ulong Low)
    {
        public Name(byte[] hash)
            : this(
                BinaryPrimitives.ReadUInt64BigEndian(hash),
                BinaryPrimitives.ReadUInt64BigEndian(hash.AsSpan(sizeof(ulong)))
            ) { }
    }

    private sealed class Count(byte[] hash)
    {
        /// <summary>The lowest key of the blocks that are not counted yet; null when all are.</summary>
        public byte[]? Next { get; set; } = Postings.Key(hash, 0, 0, 0);

        /// <summary>The highest key that a block of the term can have.</summary>
        public byte[] End { get; } = Postings.Key(hash, byte.MaxValue, ulong.MaxValue, ulong.MaxValue);

        public long Entries { get; set; }

        public long AskedAt { get; set; }
    }
}
