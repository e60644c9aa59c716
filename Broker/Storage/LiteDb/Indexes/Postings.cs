using System.Buffers.Binary;
using LiteDB;
using ScheduleZero.Broker.Storage.LiteDb.Database;

namespace ScheduleZero.Broker.Storage.LiteDb.Indexes;

/// <summary>
/// The index of the history: for each term the entries of its jobs, in blocks. A block holds what one slice of work
/// wrote of one term and one span of the order (a bucket), so that the price of an index is a few documents for a
/// slice and not one for a job. Buckets come in three widths: a slice takes the narrowest whose blocks are worth it. A
/// block is named by the term's hash, the width, the bucket, and the slice.
/// </summary>
internal sealed class Postings(Documents documents, long epoch)
{
    /// <summary>The name of the collection on disk. Permanent.</summary>
    public const string Name = "postings";

    /// <summary>How many widths of buckets there are: about two seconds, two minutes and two hours.</summary>
    public const int Widths = 3;

    private const int KeyBytes = Term.HashBytes + 1 + 16;
    private const int IdBucketShift = 27;
    private const int EndBucketShift = 24;
    private const int WidthShift = 6;
    private const int EntriesPerBlockWanted = 8;
    private const int BlocksPerPage = 64;

    private readonly Dictionary<Term, List<Entry>> _pending = [];
    private long _slice = epoch << 32;

    /// <summary>The buckets with many blocks that searches have read.</summary>
    public BucketCache Cache { get; } = new();

    /// <summary>How many entries the terms have that somebody has asked for.</summary>
    public PostingCounts Counts { get; } = new(documents);

    public static ulong BucketOf(TermOrder order, int width, Entry entry) => entry.High >> ShiftOf(order, width);

    public static Entry LowestOf(TermOrder order, int width, ulong bucket) =>
        new(bucket << ShiftOf(order, width), 0, 0);

    public static Entry HighestOf(TermOrder order, int width, ulong bucket) =>
        new(((bucket + 1) << ShiftOf(order, width)) - 1, ulong.MaxValue, ulong.MaxValue);

    /// <summary>The bucket that a block's name tells.</summary>
    public static ulong BucketOf(BsonDocument block) =>
        BinaryPrimitives.ReadUInt64BigEndian(block["_id"].AsBinary.AsSpan(Term.HashBytes + 1));

    public static byte[] Key(byte[] hash, int width, ulong bucket, ulong slice)
    {
        var key = new byte[KeyBytes];
        hash.CopyTo(key, 0);
        key[Term.HashBytes] = (byte)width;
        BinaryPrimitives.WriteUInt64BigEndian(key.AsSpan(Term.HashBytes + 1), bucket);
        BinaryPrimitives.WriteUInt64BigEndian(key.AsSpan(Term.HashBytes + 9), slice);
        return key;
    }

    public static void ReadInto(List<Entry> entries, BsonDocument block)
    {
        var bytes = block["d"].AsBinary.AsSpan();
        for (; bytes.Length >= Entry.Bytes; bytes = bytes[Entry.Bytes..])
        {
            entries.Add(Entry.Read(bytes));
        }
    }

    /// <summary>Adds an entry to the slice under way.</summary>
    public void Add(Term term, Entry entry)
    {
        if (!_pending.TryGetValue(term, out var entries))
        {
            _pending[term] = entries = [];
        }

        entries.Add(entry);
    }

    /// <summary>Writes the slice under way, within the transaction under way.</summary>
    public void Flush()
    {
        if (_pending.Count == 0)
        {
            return;
        }

        _slice++;
        var blocks = new List<BsonDocument>();
        foreach (var (term, entries) in _pending)
        {
            var hash = term.Hash();
            entries.Sort();
            var width = WidthFor(term.Order, entries);
            foreach (var (number, block) in Buckets(term.Order, width, entries))
            {
                var key = Key(hash, width, number, (ulong)_slice);
                blocks.Add(Block(key, block));
                Cache.Add(hash, width, number, block);
                Counts.Change(hash, key, block.Count);
            }
        }

        _pending.Clear();
        documents.Insert(Name, blocks);
    }

    /// <summary>
    /// Removes entries from the index, within the transaction under way. Entries that are not there do no harm.
    /// </summary>
    public void Remove(IEnumerable<(Term Term, Entry Entry)> gone)
    {
        foreach (
            var (term, entries) in gone.GroupBy(one => one.Term, one => one.Entry)
                .Select(group => (group.Key, group.Order().ToList()))
        )
        {
            var (hash, left) = (term.Hash(), entries.ToHashSet());
            for (var width = 0; width < Widths && left.Count > 0; width++)
            {
                foreach (var (number, _) in Buckets(term.Order, width, [.. entries.Where(left.Contains)]))
                {
                    Cache.Forget(hash, width, number);
                    RemoveFrom(hash, Key(hash, width, number, 0), Key(hash, width, number, ulong.MaxValue), left);
                }
            }
        }
    }

    // The narrowest width, unless its blocks would hold next to nothing.
    private static int WidthFor(TermOrder order, List<Entry> entries)
    {
        var blocksMax = (entries.Count + EntriesPerBlockWanted - 1) / EntriesPerBlockWanted;
        var width = 0;
        while (width < Widths - 1 && Count(order, width, entries) > blocksMax)
        {
            width++;
        }

        return width;
    }

    private static int Count(TermOrder order, int width, List<Entry> sorted)
    {
        var count = 1;
        for (var i = 1; i < sorted.Count; i++)
        {
            count += BucketOf(order, width, sorted[i]) != BucketOf(order, width, sorted[i - 1]) ? 1 : 0;
        }

        return count;
    }

    /// <summary>The entries of each bucket.</summary>
    /// <param name="sorted">The entries in their order.</param>
    private static IEnumerable<(ulong Number, List<Entry> Entries)> Buckets(
        TermOrder order,
        int width,
        List<Entry> sorted
    )
    {
        for (int from = 0, to; from < sorted.Count; from = to)
        {
            var bucket = BucketOf(order, width, sorted[from]);
            for (to = from + 1; to < sorted.Count && BucketOf(order, width, sorted[to]) == bucket; to++) { }

            yield return (bucket, sorted[from..to]);
        }
    }

    private static int ShiftOf(TermOrder order, int width) =>
        (order == TermOrder.ById ? IdBucketShift : EndBucketShift) + (WidthShift * width);

    private static BsonDocument Block(byte[] key, List<Entry> entries)
    {
        var bytes = new byte[entries.Count * Entry.Bytes];
        for (var i = 0; i < entries.Count; i++)
        {
            entries[i].Write(bytes.AsSpan(i * Entry.Bytes));
        }

        return new BsonDocument { ["_id"] = key, ["d"] = bytes };
    }

    private void RemoveFrom(byte[] hash, byte[] low, byte[] high, HashSet<Entry> gone)
    {
        List<BsonDocument> page;
        do
        {
            page = documents.Scan(Name, "_id", low, high, descending: false, BlocksPerPage);
            foreach (var block in page)
            {
                var entries = new List<Entry>();
                ReadInto(entries, block);
                var before = entries.Count;
                entries.RemoveAll(gone.Remove);
                Counts.Change(hash, block["_id"].AsBinary, entries.Count - before);
                if (entries.Count == 0)
                {
                    documents.Delete(Name, [block["_id"]]);
                }
                else if (entries.Count < before)
                {
                    documents.Upsert(Name, Block(block["_id"].AsBinary, entries));
                }
            }

            low = page.Count < BlocksPerPage ? high : RowKeys.After(page[^1]["_id"].AsBinary)!;
        } while (page.Count == BlocksPerPage && gone.Count > 0);
    }
}
