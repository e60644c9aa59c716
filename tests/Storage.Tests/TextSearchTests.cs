using LiteDB;
using Microsoft.Extensions.Logging.Abstractions;
using ScheduleZero.Broker.Core;
using ScheduleZero.Broker.Core.Jobs;
using ScheduleZero.Broker.Storage;
using ScheduleZero.Broker.Storage.LiteDb;
using ScheduleZero.Broker.Storage.LiteDb.Database;
using ScheduleZero.Broker.Storage.LiteDb.Indexes;
using ScheduleZero.Contracts.Ids;
using ScheduleZero.Contracts.Rest;

namespace ScheduleZero.Storage.Tests;

/// <summary>Searches of the history for a text.</summary>
[FixtureLifeCycle(LifeCycle.InstancePerTestCase)]
public sealed class TextSearchTests
{
    private const int RowsMax = 100;

    private static readonly string[] _words =
    [
        "invoice",
        "Zürich",
        "straße",
        "İstanbul",
        "café",
        "add",
        "beef",
        "paper jam",
        "𐐨𐐩𐐪",
        "a-b",
    ];

    private readonly SimulatedDisk _disk = new(1);

    [TestCase("nowhere")]
    [TestCase("bad-face-fed")] // This text could stand in ids.
    public async Task A_text_that_stands_nowhere_is_answered_by_one_page(string text)
    {
        await using var store = await OpenAsync();
        await FillAsync(store, 3_000, i => new JobSpec { Method = $"mail.send{i % 7}", Tags = [$"order-{i}"] });
        await store.CommitAsync(Ended(Given.Job(ns: "other", spec: new JobSpec { Method = text })), default);
        var page = await store.SearchJobsAsync(Search(text), CancellationToken.None);
        Assert.That((page.Items.Count, page.NextCursor), Is.EqualTo((0, (string?)null)));
    }

    [Test]
    public async Task A_rare_text_is_found_by_one_page()
    {
        await using var store = await OpenAsync();
        var jobs = await FillAsync(store, 3_000, i => new JobSpec { Method = "m", Tags = [$"order-{i}"] });
        var page = await store.SearchJobsAsync(Search("ORDER-123"), CancellationToken.None);
        Assert.That(
            page.Items.Select(found => found.Job.Id),
            Is.EqualTo(jobs.Where((_, i) => i is 123 or (>= 1230 and <= 1239)).Select(job => job.Id).OrderDescending())
        );
    }

    [Test]
    public async Task Texts_are_found_wherever_they_stand([Values(1, 2, 3, 4)] int seed)
    {
        var random = new Random(seed);
        var jobs = new List<Job>();
        for (var round = 0; round < 6; round++)
        {
            await using var store = await OpenAsync();
            for (var commit = 0; commit < 10; commit++)
            {
                var added = Enumerable.Range(0, random.Next(1, 40)).Select(_ => RandomJob(random)).ToList();
                await store.CommitAsync([.. added.SelectMany(Ended)], CancellationToken.None);
                jobs.AddRange(added);
            }

            if (round == 3)
            {
                var before = Given.Noon.AddHours(random.Next(200));
                await store.PruneAsync(before, CancellationToken.None);
                jobs.RemoveAll(job => job.FinishedAt < before);
            }

            for (var i = 0; i < 60; i++)
            {
                await AssertFoundAsync(store, jobs, RandomText(random, jobs));
            }
        }
    }

    [Test]
    public async Task Texts_of_a_store_without_filters_are_found_too([Values(1, 2)] int seed)
    {
        var random = new Random(seed);
        var jobs = Enumerable.Range(0, 300).Select(_ => RandomJob(random)).ToList();
        await using (var store = await OpenAsync())
        {
            await store.CommitAsync([.. jobs.SelectMany(Ended)], CancellationToken.None);
            await store.PruneAsync(Given.Noon.AddDays(-1), CancellationToken.None); // Moves all into the history.
        }

        MakeFormat2();
        await using var newer = await OpenAsync();
        var added = Enumerable.Range(0, 100).Select(_ => RandomJob(random)).ToList();
        var late = RandomJob(random) with { Id = new JobId(Guid.CreateVersion7(Given.Noon.AddDays(40))) };
        await newer.CommitAsync([.. added.Append(late).SelectMany(Ended)], CancellationToken.None);
        jobs.AddRange([.. added, late]);
        for (var i = 0; i < 60; i++)
        {
            await AssertFoundAsync(newer, jobs, RandomText(random, jobs));
        }

        await AssertFoundAsync(newer, jobs, late.Spec.Method);
    }

    [Test]
    public void Filter_is_read_as_it_was_written([Values(0, 1, 2_000, 40_000)] int count)
    {
        var random = new Random(count);
        var (filter, grams) = (new TextFilter(), new HashSet<ushort>());
        for (var i = 0; i < count; i++)
        {
            var gram = (ushort)random.Next(1 << 15);
            filter.Add(gram);
            grams.Add(gram);
        }

        var bytes = filter.ToArray();
        var read = TextFilter.Read(bytes);
        Assert.Multiple(() =>
        {
            Assert.That(bytes, Has.Length.EqualTo(Math.Min(2 * grams.Count, 4_096)));
            Assert.That(
                Enumerable.Range(0, 1 << 15).Where(gram => read.HasAll([(ushort)gram])).Select(gram => (ushort)gram),
                Is.EquivalentTo(grams)
            );
        });
    }

    private static JobSearch Search(string text) =>
        new()
        {
            Namespace = "default",
            Limit = 20,
            Now = Given.Noon,
            Text = text,
        };

    private static Change[] Ended(Job job) => [(job with { State = JobState.Ready }).Added(), job.Finished()];

    private static async Task<List<Job>> FillAsync(LiteDbStore store, int count, Func<int, JobSpec> spec)
    {
        var jobs = Enumerable
            .Range(0, count)
            .Select(i => Given.Job(TimeSpan.FromSeconds(i), spec: spec(i)).Ended(after: TimeSpan.FromSeconds(i + 1)))
            .ToList();
        await store.CommitAsync([.. jobs.SelectMany(Ended)], CancellationToken.None);
        await store.PruneAsync(Given.Noon.AddDays(-1), CancellationToken.None); // Moves all into the history.
        return jobs;
    }

    private static Job RandomJob(Random random)
    {
        // Bursts in the same seconds, and jobs that lie hours apart.
        var after = TimeSpan.FromSeconds(random.Next(4) == 0 ? random.Next(20) : random.Next(700_000));
        var job = Given.Job(
            after,
            random.Next(5) == 0 ? "other" : "default",
            new JobSpec { Method = Word(), Tags = random.Next(2) == 0 ? [Word(), $"order-{random.Next(50)}"] : null }
        );
        return job.Ended(random.Next(2) == 0 ? JobState.Failed : JobState.Succeeded, after) with
        {
            Error = random.Next(3) == 0 ? Given.Error($"{Word()} of {Word()}") : null,
        };

        string Word() => _words[random.Next(_words.Length)];
    }

    private static string RandomText(Random random, List<Job> jobs)
    {
        var job = jobs[random.Next(jobs.Count)];
        var whole = random.Next(5) switch
        {
            0 => job.Id.ToString(),
            1 => job.Error?.Message ?? "no such word",
            2 => job.Spec.Tags?[1] ?? "order-",
            _ => job.Spec.Method,
        };
        var runes = whole.EnumerateRunes().ToArray();
        var from = random.Next(runes.Length);
        var text = string.Concat(runes[from..(from + random.Next(1, runes.Length - from + 1))]);
        return random.Next(3) switch
        {
            0 => text.ToUpperInvariant(),
            1 => text.ToLowerInvariant(),
            _ => text,
        };
    }

    private static async Task AssertFoundAsync(LiteDbStore store, List<Job> jobs, string text)
    {
        var found = new List<JobId>();
        string? cursor = null;
        do
        {
            var page = await store.SearchJobsAsync(Search(text) with { Cursor = cursor }, CancellationToken.None);
            found.AddRange(page.Items.Select(one => one.Job.Id));
            cursor = page.NextCursor;
        } while (cursor is not null);

        Assert.That(
            found,
            Is.EqualTo(
                jobs.Where(job => job.Namespace == "default" && Texts(job).Any(Holds))
                    .Select(job => job.Id)
                    .OrderDescending()
            ),
            text
        );

        bool Holds(string? value) => value?.Contains(text, StringComparison.OrdinalIgnoreCase) == true;

        static IEnumerable<string?> Texts(Job job) =>
            [job.Id.ToString(), job.Spec.Method, job.Error?.Message, .. job.Spec.Tags ?? []];
    }

    private void MakeFormat2()
    {
        using var documents = Documents.Open(_disk.Open(), NullLogger.Instance);
        documents.Transact(() =>
        {
            var all = documents.Scan(
                TextFilters.Name,
                "_id",
                BsonValue.MinValue,
                BsonValue.MaxValue,
                descending: false,
                10_000
            );
            Assert.That(all, Is.Not.Empty);
            documents.Delete(TextFilters.Name, all.Select(row => row["_id"]));
            var meta = documents.Find(StoreMeta.Name, StoreMeta.StoreId)!;
            meta[StoreMeta.Format] = 2;
            documents.Upsert(StoreMeta.Name, meta);
        });
        documents.Checkpoint();
    }

    private async Task<LiteDbStore> OpenAsync() =>
        await LiteDbStore.OpenAsync(
            new LiteDbStoreOptions
            {
                Folder = "simulated",
                OpenFolder = _disk.Open,
                HistoryRowsMax = RowsMax,
            },
            TimeProvider.System,
            NullLogger.Instance,
            CancellationToken.None
        );
}
