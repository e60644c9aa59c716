using Microsoft.Extensions.Logging.Abstractions;
using ScheduleZero.Broker.Storage.LiteDb.Database;
using ScheduleZero.Broker.Storage.LiteDb.Files;
using ScheduleZero.Broker.Storage.LiteDb.Indexes;
using ScheduleZero.Broker.Storage.LiteDb.Journaling;
using ScheduleZero.Broker.Storage.LiteDb.Opening;

namespace ScheduleZero.Storage.Tests;

/// <summary>Counts of entries that go on while entries come and go, held against a set.</summary>
[FixtureLifeCycle(LifeCycle.InstancePerTestCase)]
public sealed class PostingCountTests : IDisposable
{
    private static readonly Term Kind = new(TermOrder.ById, TermKind.All, "default", "", null);

    private readonly IDurableFolder _folder = new SimulatedDisk(1).Open();
    private readonly Documents _documents;
    private readonly Journal _journal;
    private readonly Postings _postings;
    private readonly HashSet<Entry> _model = [];

    public PostingCountTests()
    {
        _documents = Documents.Open(_folder, NullLogger.Instance);
        _journal = new Journal(_folder, _documents, 1 << 20);
        StoreFormat.Open(_documents, _journal, NullLogger.Instance);
        _postings = new Postings(_documents, epoch: 1);
    }

    public void Dispose()
    {
        _journal.Dispose();
        _documents.Dispose();
        _folder.Dispose();
    }

    [Test]
    public void Entries_that_come_and_go_while_blocks_are_still_read_count_once([Range(1, 8)] int seed)
    {
        var random = new Random(seed);
        Add(random, PostingCounts.BlocksPerSlice * 3);
        Assert.That(_postings.Counts.Of(Kind.Hash()), Is.EqualTo((0L, false)));
        bool isMore;
        do
        {
            isMore = random.Next(2) == 0 ? _postings.Counts.CountSlice(Kind.Hash()) : _postings.Counts.CountSlice();
            Add(random, 20);
            Remove(random, 20);
        } while (isMore);
        Assert.That(_postings.Counts.Of(Kind.Hash()), Is.EqualTo(((long)_model.Count, true)));
        Add(random, 5);
        Remove(random, 9);
        Assert.That(_postings.Counts.Of(Kind.Hash()), Is.EqualTo(((long)_model.Count, true)));
        Assert.That(_postings.Counts.IsUnderWay, Is.False);
    }

    [Test]
    public void The_count_that_was_asked_for_longest_ago_is_dropped_for_a_new_one_and_begins_anew()
    {
        Add(new Random(1), 3);
        var counts = new PostingCounts(_documents, countsMax: 2);
        var other = (Kind with { Namespace = "other" }).Hash();
        var third = (Kind with { Namespace = "third" }).Hash();
        Assert.That(counts.CountSlice(other), Is.False);
        Assert.That(counts.CountSlice(Kind.Hash()), Is.False);
        Assert.That(counts.Of(other), Is.EqualTo((0L, true)));
        Assert.That(counts.Of(third), Is.EqualTo((0L, false)));
        Assert.That(counts.Of(other), Is.EqualTo((0L, true)), "asked for last but one");
        Assert.That(counts.Of(Kind.Hash()), Is.EqualTo((0L, false)), "dropped");
        Assert.That(counts.IsUnderWay, Is.True);
        while (counts.CountSlice()) { }

        Assert.That(counts.Of(Kind.Hash()), Is.EqualTo((3L, true)));
        Assert.That(counts.IsUnderWay, Is.False);
    }

    // Each entry becomes a block of its own, somewhere in the order.
    private void Add(Random random, int count)
    {
        for (var i = 0; i < count; i++)
        {
            var entry = new Entry((ulong)random.NextInt64(), (ulong)random.NextInt64(), 0);
            _documents.Transact(() =>
            {
                _postings.Add(Kind, entry);
                _postings.Flush();
            });
            _model.Add(entry);
        }
    }

    private void Remove(Random random, int count)
    {
        var gone = _model.OrderBy(_ => random.Next()).Take(count).ToList();
        _documents.Transact(() => _postings.Remove(gone.Select(entry => (Kind, entry))));
        _model.ExceptWith(gone);
    }
}
