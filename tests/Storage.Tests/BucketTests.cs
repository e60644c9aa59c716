using Microsoft.Extensions.Logging.Abstractions;
using ScheduleZero.Broker.Storage.LiteDb.Database;
using ScheduleZero.Broker.Storage.LiteDb.Indexes;
using ScheduleZero.Broker.Storage.LiteDb.Journaling;
using ScheduleZero.Broker.Storage.LiteDb.Opening;
using ScheduleZero.Broker.Storage.LiteDb.Searching;

namespace ScheduleZero.Storage.Tests;

/// <summary>Streams over buckets with few and with many blocks, held against a sorted set.</summary>
public sealed class BucketTests
{
    /// <summary>Four buckets of the narrowest width, in the order of ends.</summary>
    private const ulong Span = 4UL << 24;

    private static readonly Term Kind = new(TermOrder.ByEnd, TermKind.Method, "default", "reports.render", null);

    [Test]
    public void Streams_give_what_was_written_and_not_taken_out([Range(1, 12)] int seed, [Values] bool descending)
    {
        var random = new Random(seed);
        using var folder = new SimulatedDisk(seed).Open();
        using var documents = Documents.Open(folder, NullLogger.Instance);
        using var journal = new Journal(folder, documents, 1 << 20);
        StoreFormat.Open(documents, journal, NullLogger.Instance);
        var postings = new Postings(documents, epoch: 1);
        var model = new SortedSet<Entry>();
        var cachedMax = 0;
        for (var step = 0; step < 60; step++)
        {
            documents.Transact(() => Change(random, postings, model));
            var (low, high) = (Any(random), Any(random));
            var expected = model.Where(entry => entry >= low && entry <= high && IsWanted(entry));
            var read = Read(random, documents, postings, low, high, descending, expected.ToHashSet());
            Assert.That(read, Is.EqualTo(descending ? expected.Reverse() : expected), $"step {step}");
            cachedMax = Math.Max(cachedMax, postings.Cache.EntryCount);
        }

        Assert.That(cachedMax, Is.GreaterThan(0), "some bucket had many blocks");
    }

    [Test]
    public void The_cache_stays_within_its_bound_and_forgets_what_was_not_read_for_longest()
    {
        var cache = new BucketCache(entriesMax: 30);
        for (var bucket = 0UL; bucket < 3; bucket++)
        {
            cache.Put(new byte[16], 0, bucket, [.. Entries(bucket * 10, 10)]);
        }

        Assert.That(cache.Find(new byte[16], 0, 0), Has.Count.EqualTo(10));
        cache.Put(new byte[16], 0, 3, [.. Entries(30, 10)]);
        Assert.That(cache.Find(new byte[16], 0, 1), Is.Null);
        cache.Add(new byte[16], 0, 0, [.. Entries(5, 5)]);
        Assert.That(cache.Find(new byte[16], 0, 2), Is.Null);
        Assert.That(cache.Find(new byte[16], 0, 0), Has.Count.EqualTo(15).And.Ordered);
        Assert.That(cache.EntryCount, Is.EqualTo(25));
        cache.Put(new byte[16], 0, 4, [.. Entries(0, 31)]);
        Assert.That(cache.Find(new byte[16], 0, 4), Is.Null, "larger than the whole cache");
        Assert.That(cache.EntryCount, Is.EqualTo(25));
    }

    private static IEnumerable<Entry> Entries(ulong from, int count) =>
        Enumerable.Range(0, count).Select(n => new Entry(from + (ulong)n, 0, 0));

    /// <summary>Writes one slice of entries, or takes some out.</summary>
    private static void Change(Random random, Postings postings, SortedSet<Entry> model)
    {
        if (random.Next(6) == 0)
        {
            var gone = model.Where(_ => random.Next(10) == 0).ToList();
            postings.Remove(gone.Select(entry => (Kind, entry)));
            model.ExceptWith(gone);
            return;
        }

        for (var count = random.Next(1, 200); count > 0; count--)
        {
            var entry = Any(random);
            if (model.Add(entry))
            {
                postings.Add(Kind, entry);
            }
        }

        postings.Flush();
    }

    /// <summary>Reads the whole stream; now and then it is opened anew, as the steps of a search do.</summary>
    private static List<Entry> Read(
        Random random,
        Documents documents,
        Postings postings,
        Entry low,
        Entry high,
        bool descending,
        HashSet<Entry> expected
    )
    {
        var read = new List<Entry>();
        var stream = Open();
        while (stream.Current is { } entry)
        {
            if (expected.Contains(entry))
            {
                read.Add(entry);
            }

            if (random.Next(200) == 0)
            {
                (low, high) = descending ? (low, entry.Before) : (entry.After, high);
                stream = Open();
            }
            else
            {
                stream.Next();
            }
        }

        return read;

        AnyOf Open() =>
            new(
                [
                    .. Enumerable
                        .Range(0, Postings.Widths)
                        .Select(width => new PostingStream(
                            documents,
                            postings.Cache,
                            TermOrder.ByEnd,
                            Kind.Hash(),
                            width,
                            low,
                            high,
                            IsWanted,
                            new SearchBudget(random.Next(2, 500)),
                            descending
                        )),
                ],
                descending
            );
    }

    private static bool IsWanted(Entry entry) => entry.Low % 3 != 0;

    private static Entry Any(Random random) => new((ulong)random.NextInt64((long)Span), 0, (ulong)random.Next(1000));
}
