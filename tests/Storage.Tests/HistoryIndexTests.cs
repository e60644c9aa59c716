using LiteDB;
using Microsoft.Extensions.Logging.Abstractions;
using ScheduleZero.Broker.Core;
using ScheduleZero.Broker.Core.Executions;
using ScheduleZero.Broker.Core.Jobs;
using ScheduleZero.Broker.Storage;
using ScheduleZero.Broker.Storage.LiteDb;
using ScheduleZero.Broker.Storage.LiteDb.Database;
using ScheduleZero.Broker.Storage.LiteDb.Indexes;
using ScheduleZero.Broker.Storage.LiteDb.Jobs;
using ScheduleZero.Broker.Storage.LiteDb.Journaling;
using ScheduleZero.Broker.Storage.LiteDb.Opening;
using ScheduleZero.Contracts.Ids;
using ScheduleZero.Contracts.Rest;

namespace ScheduleZero.Storage.Tests;

/// <summary>The indexes of the history after an update from an older version, and after a crash.</summary>
[FixtureLifeCycle(LifeCycle.InstancePerTestCase)]
public sealed class HistoryIndexTests
{
    private const int Count = 450;

    private readonly SimulatedDisk _disk = new(1);

    [Test]
    public async Task History_of_an_older_version_is_searched_at_once_and_taken_into_the_indexes([Values] bool idle)
    {
        var jobs = Plant(Count);
        for (var start = 0; start < 2; start++)
        {
            await using var store = await OpenAsync(idle);
            await AssertWholeAsync(store, jobs);
        }
    }

    [Test]
    public async Task An_interrupted_taking_in_goes_on_where_it_was_and_counts_nothing_twice()
    {
        var jobs = Plant(Count);
        using (var documents = Documents.Open(_disk.Open(), NullLogger.Instance))
        {
            using var journal = new Journal(_disk.Open(), documents, 1 << 20);
            var epoch = StoreFormat.Open(documents, journal, NullLogger.Instance);
            var index = new HistoryIndex(documents, epoch, NullLogger.Instance);
            Assert.That((index.IndexSlice(100), index.IndexSlice(100)), Is.EqualTo((true, true)));
            documents.Sync();
        }

        await using (var store = await OpenAsync(idle: false))
        {
            // One more job, which ended before the jobs that are not indexed yet. It is in the indexes from the
            // beginning.
            var late = Job(0) with
            {
                Id = new JobId(Guid.CreateVersion7(Given.Noon.AddHours(2))),
            };
            await store.CommitAsync([late.Added(), late.Finished()], CancellationToken.None);
            jobs.Add(late);
            await AssertWholeAsync(store, jobs);
        }

        await using var again = await OpenAsync(idle: true);
        await AssertWholeAsync(again, jobs);
    }

    [Test]
    public async Task Pruning_leaves_nothing_of_a_job_in_the_indexes([Values] bool planted)
    {
        var jobs = planted ? Plant(Count) : [];
        await using (var store = await OpenAsync(idle: true))
        {
            if (!planted)
            {
                jobs.AddRange(Enumerable.Range(0, Count).Select(Job));
                await store.CommitAsync(
                    [.. jobs.SelectMany(job => new Change[] { job.Added(), job.Finished() })],
                    CancellationToken.None
                );
            }

            await store.PruneAsync(Given.Noon.AddDays(1), CancellationToken.None);
            Assert.That(
                (await store.SumExecutionsAsync("default", Given.Noon, Given.Noon.AddDays(2), CancellationToken.None))
                    .Rows(ExecutionGrouping.None)[0]
                    .Total,
                Is.Zero
            );
        }

        using var documents = Documents.Open(_disk.Open(), NullLogger.Instance);
        foreach (var collection in new[] { JobRows.History, Postings.Name, Rollups.Name, TextFilters.Name })
        {
            Assert.That(
                documents.Scan(collection, "_id", BsonValue.MinValue, BsonValue.MaxValue, descending: false, 10),
                Is.Empty,
                collection
            );
        }
    }

    [Test]
    public async Task Replayed_changes_stand_in_the_indexes_once()
    {
        var jobs = Enumerable.Range(0, 20).Select(Job).ToList();
        var waiting = Given.Job();
        await using (var store = await OpenAsync(idle: false))
        {
            await store.CommitAsync(
                [waiting.Added(), .. jobs.SelectMany(job => new Change[] { job.Added(), job.Finished() })],
                CancellationToken.None
            );
            // Pruning moves the finished jobs out of the journal. The waiting job still needs the whole commit in the
            // journal.
            await store.PruneAsync(Given.Noon.AddDays(-1), CancellationToken.None);
        }

        for (var start = 0; start < 2; start++)
        {
            await using var store = await OpenAsync(idle: false);
            await AssertWholeAsync(store, jobs);
        }

        using var documents = Documents.Open(_disk.Open(), NullLogger.Instance);
        var entries = new List<Entry>();
        documents
            .Scan(Postings.Name, "_id", BsonValue.MinValue, BsonValue.MaxValue, descending: false, 1_000)
            .ForEach(block => Postings.ReadInto(entries, block));
        Assert.That(entries, Has.Count.EqualTo(jobs.Sum(job => Term.OfFinished(job).Count())));
    }

    private static Job Job(int i) =>
        Given
            .Job(
                TimeSpan.FromSeconds(i),
                spec: new JobSpec { Method = $"m{i % 3}", Tags = i % 50 == 0 ? ["rare"] : null }
            )
            .Ended(
                i % 10 == 0 ? JobState.Failed : JobState.Succeeded,
                TimeSpan.FromSeconds(i + 1),
                Given.Attempt(handler: $"h{i % 2}") with
                {
                    FinishedAt = Given.Noon.AddSeconds(1 + (i % 7)),
                    Outcome = i % 10 == 0 ? AttemptOutcome.Failed : AttemptOutcome.Succeeded,
                }
            );

    private static async Task AssertWholeAsync(LiteDbStore store, List<Job> jobs)
    {
        var search = new JobSearch
        {
            Namespace = "default",
            Limit = 70,
            Now = Given.Noon,
        };
        foreach (
            var (filtered, fits) in new (JobSearch, Func<Job, bool>)[]
            {
                (search with { State = JobState.Failed }, job => job.State == JobState.Failed),
                (search with { Method = "m1" }, job => job.Spec.Method == "m1"),
                (search with { Tag = "rare", Method = "m2" }, job => job is { Spec: { Tags: not null, Method: "m2" } }),
            }
        )
        {
            var found = await AllAsync(cursor =>
                store.SearchJobsAsync(filtered with { Cursor = cursor }, CancellationToken.None)
            );
            Assert.That(
                found,
                Is.EqualTo(jobs.Where(fits).Select(job => job.Id).OrderDescending()),
                filtered.ToString()
            );
        }

        var finished = new FinishedSearch
        {
            Namespace = "default",
            Limit = 70,
            From = Given.Noon,
            To = Given.Noon.AddDays(1),
            Handler = "h1",
            NewestFirst = true,
        };
        var ended = await AllAsync(cursor =>
            store.SearchFinishedAsync(finished with { Cursor = cursor }, CancellationToken.None)
        );
        Assert.That(
            ended,
            Is.EqualTo(
                jobs.Where(job => job.Ended![0].Handler == "h1")
                    .OrderByDescending(job => (job.FinishedAt, job.Id))
                    .Select(job => job.Id)
            )
        );
        var (expected, sums) = (
            new ExecutionSums(),
            await store.SumExecutionsAsync("default", Given.Noon, Given.Noon.AddDays(1), CancellationToken.None)
        );
        jobs.ForEach(job => expected.Add(job, 1));
        Assert.That(sums.Rows(ExecutionGrouping.Method), Is.EqualTo(expected.Rows(ExecutionGrouping.Method)));
        var counts = await store.CountFinishedAsync("default", CancellationToken.None);
        Assert.That(counts.IsWhole, Is.True);
        Assert.That(
            counts.ByState,
            Is.EquivalentTo(Term.FinalStates.ToDictionary(s => s, s => (long)jobs.Count(job => job.State == s)))
        );
    }

    private static async Task<List<JobId>> AllAsync(Func<string?, ValueTask<Page<StoredJob>>> read)
    {
        var found = new List<JobId>();
        string? cursor = null;
        do
        {
            var page = await read(cursor);
            found.AddRange(page.Items.Select(one => one.Job.Id));
            cursor = page.NextCursor;
        } while (cursor is not null);
        return found;
    }

    // Writes finished jobs as version 1 left them on disk.
    private List<Job> Plant(int count)
    {
        var jobs = Enumerable.Range(0, count).Select(Job).ToList();
        using var documents = Documents.Open(_disk.Open(), NullLogger.Instance);
        documents.Transact(() =>
            documents.Upsert(
                StoreMeta.Name,
                new BsonDocument
                {
                    ["_id"] = "store",
                    ["format"] = 1,
                    ["epoch"] = 3L,
                }
            )
        );
        documents.EnsureIndex(JobRows.History, JobRows.EndField);
        var rows = new JobRows(documents);
        documents.Transact(() => documents.Insert(JobRows.History, [.. jobs.Select(job => rows.Make(job, old: null))]));
        documents.Checkpoint();
        return jobs;
    }

    private async Task<LiteDbStore> OpenAsync(bool idle) =>
        await LiteDbStore.OpenAsync(
            new LiteDbStoreOptions
            {
                Folder = "simulated",
                OpenFolder = _disk.Open,
                AppliesWhenIdle = idle,
                HistoryRowsMax = 100,
            },
            TimeProvider.System,
            NullLogger.Instance,
            CancellationToken.None
        );
}
