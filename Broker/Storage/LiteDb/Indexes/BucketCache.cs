using System.Buffers.Binary;
using System.Runtime.InteropServices;

namespace ScheduleZero.Broker.Storage.LiteDb.Indexes;

/// <summary>
/// Sorted entries of buckets that have many blocks, so that a search does not read all blocks of such a bucket again. A
/// burst of jobs makes such buckets: 100,000 that end within seconds leave some hundred blocks in one bucket, and each
/// list begins with the newest bucket. The bucket that was not read for longest is dropped first. Belongs to the
/// storage thread.
/// </summary>
internal sealed class BucketCache(int entriesMax = BucketCache.EntriesMaxDefault)
{
    /// <summary>The number of blocks from which a bucket is cached; one with fewer is quickly read.</summary>
    public const int BlocksMin = 8;

    /// <summary>How many entries the cache holds, of 24 bytes each: 6 MiB.</summary>
    private const int EntriesMaxDefault = 262_144;

    private readonly Dictionary<Name, LinkedListNode<(Name Name, List<Entry> Sorted)>> _buckets = [];

    /// <summary>The cached buckets, the one that was read last first.</summary>
    private readonly LinkedList<(Name Name, List<Entry> Sorted)> _byUse = new();

    /// <summary>The number of entries of all cached buckets together.</summary>
    public int EntryCount { get; private set; }

    /// <summary>The bucket's entries, sorted; null when not cached. The caller may not change them.</summary>
    public List<Entry>? Find(byte[] hash, int width, ulong bucket)
    {
        if (!_buckets.TryGetValue(new Name(hash, width, bucket), out var node))
        {
            return null;
        }

        _byUse.Remove(node);
        _byUse.AddFirst(node);
        return node.Value.Sorted;
    }

    /// <summary>Caches all entries of a bucket, sorted; the list belongs to the cache from then on.</summary>
    public void Put(byte[] hash, int width, ulong bucket, List<Entry> sorted)
    {
        var name = new Name(hash, width, bucket);
        Forget(name);
        if (sorted.Count <= entriesMax)
        {
            _buckets[name] = _byUse.AddFirst((name, sorted));
            EntryCount += sorted.Count;
            Shrink();
        }
    }

    /// <summary>Adds the entries of a new block, in ascending order, to its bucket if that is cached.</summary>
    public void Add(byte[] hash, int width, ulong bucket, List<Entry> block)
    {
        if (_buckets.TryGetValue(new Name(hash, width, bucket), out var node))
        {
            Merge(node.Value.Sorted, block);
            EntryCount += block.Count;
            Shrink();
        }
    }

    /// <summary>Drops a bucket from the cache, because entries were removed from its blocks.</summary>
    public void Forget(byte[] hash, int width, ulong bucket) => Forget(new Name(hash, width, bucket));

    private void Forget(Name name)
    {
        if (_buckets.Remove(name, out var node))
        {
            _byUse.Remove(node);
            EntryCount -= node.Value.Sorted.Count;
        }
    }

    private void Shrink()
    {
        while (EntryCount > entriesMax)
        {
            Forget(_byUse.Last!.Value.Name);
        }
    }

    /// <summary>Merges two sorted lists, from the end, so that entries behind all others move nothing.</summary>
    private static void Merge(List<Entry> into, List<Entry> block)
    {
        var left = into.Count - 1;
        CollectionsMarshal.SetCount(into, into.Count + block.Count);
        for (int right = block.Count - 1, to = into.Count - 1; right >= 0; to--)
        {
            into[to] = left >= 0 && into[left] > block[right] ? into[left--] : block[right--];
        }
    }

    private readonly record struct Name(ulong HashHigh, ulong HashLow, int Width, ulong Bucket)
    {
        public Name(byte[] hash, int width, ulong bucket)
            : this(
                BinaryPrimitives.ReadUInt64BigEndian(hash),
                BinaryPrimitives.ReadUInt64BigEndian(hash.AsSpan(8)),
                width,
                bucket
            ) { }
    }
}
