using System.Buffers.Binary;
using LiteDB;
using ScheduleZero.Broker.Core.Jobs;
using ScheduleZero.Broker.Storage.LiteDb.Database;
using ScheduleZero.Broker.Storage.LiteDb.Jobs;
using ScheduleZero.Contracts.Ids;

namespace ScheduleZero.Broker.Storage.LiteDb.Indexes;

/// <summary>
/// Says where in the history a text cannot stand, so that a search for a text passes over those jobs unread. Each
/// bucket of the order of ids, in each width, has a filter over the texts of its jobs; see <see cref="Postings"/>.
/// Jobs with the same texts cost nothing more, so a filter is seldom written. A bucket without a filter has no jobs.
/// </summary>
internal sealed class TextFilters(Documents documents)
{
    /// <summary>The name of the collection on disk. Permanent.</summary>
    public const string Name = "texts";

    private const int CachedMax = 64;
    private const int PageSize = 64;

    /// <summary>
    /// The lowest of the widest buckets that have filters: jobs below were written by an older version.
    /// </summary>
    private readonly ulong _from = ReadFrom(documents);

    /// <summary>The texts of the slice under way, each with its narrowest bucket.</summary>
    private readonly HashSet<(ulong Bucket, string Namespace, string Text)> _pending = [];

    private readonly Dictionary<(int Width, ulong Bucket), TextFilter> _cache = [];

    private static int Widest => Postings.Widths - 1;

    /// <summary>The widest bucket in which the job would be.</summary>
    public static ulong WidestBucketOf(JobId id) => BucketOf(Widest, IdEntry.Of(id, 0));

    /// <summary>Adds a finished job to the slice under way.</summary>
    public void Add(Job job)
    {
        var entry = IdEntry.Of(job.Id, 0);
        if (BucketOf(Widest, entry) < _from)
        {
            return;
        }

        JobSearch.AnyText(
            job,
            (Pending: _pending, Bucket: BucketOf(0, entry), job.Namespace),
            static (text, to) =>
            {
                to.Pending.Add((to.Bucket, to.Namespace, text));
                return false;
            }
        );
    }

    /// <summary>Writes the slice under way, within the transaction under way.</summary>
    public void Flush()
    {
        foreach (var bucket in _pending.GroupBy(one => one.Bucket))
        {
            var added = new TextFilter();
            foreach (var (_, ns, text) in bucket)
            {
                Array.ForEach(TextFilter.GramsOf(ns, text), added.Add);
            }

            var lowest = Postings.LowestOf(TermOrder.ById, 0, bucket.Key);
            for (var width = 0; width < Postings.Widths; width++)
            {
                Add(width, BucketOf(width, lowest), added);
            }
        }

        _pending.Clear();
    }

    /// <summary>
    /// Removes the filters of buckets that no job is left in, within the transaction that has deleted the jobs' rows. A
    /// narrowest filter goes with the next wider one.
    /// </summary>
    public void RemoveEmpty(IEnumerable<JobId> deleted)
    {
        foreach (var bucket in deleted.Select(id => BucketOf(1, IdEntry.Of(id, 0))).ToHashSet())
        {
            if (RemoveIfEmpty(1, bucket))
            {
                RemoveIfEmpty(Widest, BucketOf(Widest, Postings.LowestOf(TermOrder.ById, 1, bucket)));
            }
        }
    }

    /// <summary>
    /// The widest bucket with the entry of which no job can have all the grams; null when a job of each may.
    /// </summary>
    /// <param name="reads">How many filters were read from the disk.</param>
    public (int Width, ulong Bucket)? FindWithout(Entry entry, ReadOnlySpan<ushort> grams, out int reads)
    {
        reads = 0;
        if (BucketOf(Widest, entry) < _from)
        {
            return null;
        }

        for (var width = Widest; width >= 0; width--)
        {
            var bucket = BucketOf(width, entry);
            reads += _cache.ContainsKey((width, bucket)) ? 0 : 1;
            if (Find(width, bucket)?.HasAll(grams) != true)
            {
                return (width, bucket);
            }
        }

        return null;
    }

    private static ulong BucketOf(int width, Entry entry) => Postings.BucketOf(TermOrder.ById, width, entry);

    private static ulong ReadFrom(Documents documents) =>
        documents.Find(StoreMeta.Name, StoreMeta.StoreId)?[StoreMeta.TextsFrom] is { IsInt64: true } from
            ? (ulong)from.AsInt64
            : 0;

    private static byte[] Key(int width, ulong bucket)
    {
        var key = new byte[1 + sizeof(ulong)];
        key[0] = (byte)width;
        BinaryPrimitives.WriteUInt64BigEndian(key.AsSpan(1), bucket);
        return key;
    }

    private void Add(int width, ulong bucket, TextFilter added)
    {
        var filter = Find(width, bucket) ?? Cached(width, bucket, new TextFilter());
        if (filter.Add(added))
        {
            documents.Upsert(Name, new BsonDocument { ["_id"] = Key(width, bucket), ["d"] = filter.ToArray() });
        }
    }

    private TextFilter? Find(int width, ulong bucket) =>
        _cache.TryGetValue((width, bucket), out var cached) ? cached
        : documents.Find(Name, Key(width, bucket)) is { } row
            ? Cached(width, bucket, TextFilter.Read(row["d"].AsBinary))
        : null;

    private TextFilter Cached(int width, ulong bucket, TextFilter filter)
    {
        if (_cache.Count >= CachedMax)
        {
            _cache.Clear();
        }

        return _cache[(width, bucket)] = filter;
    }

    private bool RemoveIfEmpty(int width, ulong bucket)
    {
        var (low, high) = (
            Postings.LowestOf(TermOrder.ById, width, bucket),
            Postings.HighestOf(TermOrder.ById, width, bucket)
        );
        if (
            documents.Scan(JobRows.History, "_id", low.ToArray()[..16], high.ToArray()[..16], descending: false, 1)
            is not []
        )
        {
            return false;
        }

        documents.Delete(Name, [Key(width, bucket)]);
        _cache.Remove((width, bucket));
        RemoveBetween(width - 1, BucketOf(width - 1, low), BucketOf(width - 1, high));
        return true;
    }

    private void RemoveBetween(int width, ulong first, ulong last)
    {
        List<BsonDocument> rows;
        do
        {
            rows = documents.Scan(Name, "_id", Key(width, first), Key(width, last), descending: false, PageSize);
            documents.Delete(Name, rows.Select(row => row["_id"]));
        } while (rows.Count == PageSize);

        foreach (
            var name in _cache.Keys.Where(name => name.Width == width && name.Bucket >= first && name.Bucket <= last)
        )
        {
            _cache.Remove(name);
        }
    }
}
