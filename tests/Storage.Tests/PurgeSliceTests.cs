using Microsoft.Extensions.Logging.Abstractions;
using ScheduleZero.Broker.Core.Jobs;
using ScheduleZero.Broker.Storage.LiteDb.Database;
using ScheduleZero.Broker.Storage.LiteDb.Indexes;
using ScheduleZero.Broker.Storage.LiteDb.Jobs;
using ScheduleZero.Broker.Storage.LiteDb.Upkeep;
using ScheduleZero.Contracts.Rest;

namespace ScheduleZero.Storage.Tests;

/// <summary>
/// Rows are deleted in slices. A slice ends when its time is over, and the slices together leave no row out.
/// </summary>
[FixtureLifeCycle(LifeCycle.InstancePerTestCase)]
public sealed class PurgeSliceTests
{
    private const int Jobs = 25;

    private readonly SimulatedDisk _disk = new(1);

    [TestCase("gone")]
    [TestCase("default")]
    public void Purge_ends_each_slice_with_its_time_and_leaves_none_out(string ns)
    {
        using var documents = Fill(out var pruning);
        var (slices, total) = (0, 0);
        for (byte[]? from = new byte[16]; from is not null; slices++)
        {
            var (start, taken) = (from, 0);
            (from, var count) = pruning.PurgeSlice(start, ns, limit: 10, () => ++taken == 3);
            Assert.That(count, Is.LessThanOrEqualTo(3));
            total += count;
        }

        Assert.That(total, Is.EqualTo(Jobs));
        Assert.That(slices, Is.GreaterThanOrEqualTo(Jobs / 3));
        Assert.That(Left(documents), Is.All.Not.EqualTo(ns));
        Assert.That(Left(documents), Has.Count.EqualTo(Jobs), "those of the other namespace");
    }

    [Test]
    public void Pruning_ends_each_slice_with_its_time_and_leaves_none_out()
    {
        using var documents = Fill(out var pruning);
        var (total, count) = (0, 0);
        do
        {
            var taken = 0;
            count = pruning.PruneSlice(Given.Noon.AddDays(1), limit: 10, () => ++taken == 3);
            Assert.That(count, Is.LessThanOrEqualTo(3));
            total += count;
        } while (count > 0);

        Assert.That(total, Is.EqualTo(2 * Jobs));
        Assert.That(Left(documents), Is.Empty);
    }

    private static List<string> Left(Documents documents) =>
        documents
            .Scan(
                JobRows.History,
                "_id",
                LiteDB.BsonValue.MinValue,
                LiteDB.BsonValue.MaxValue,
                descending: false,
                int.MaxValue
            )
            .ConvertAll(row => JobRows.JobOf(row).Namespace);

    private Documents Fill(out HistoryPruning pruning)
    {
        var documents = Documents.Open(_disk.Open(), NullLogger.Instance);
        documents.EnsureIndex(JobRows.History, JobRows.EndField);
        var rows = new JobRows(documents);
        var jobs = Enumerable
            .Range(0, 2 * Jobs)
            .Select(n =>
                Given.Job(TimeSpan.FromSeconds(n)) with
                {
                    Namespace = n % 2 == 0 ? "gone" : "default",
                    State = JobState.Succeeded,
                    FinishedAt = Given.Noon.AddSeconds(n),
                }
            );
        documents.Transact(() =>
            documents.Insert(JobRows.History, [.. jobs.Select((Job job) => rows.Make(job, old: null))])
        );
        pruning = new HistoryPruning(documents, rows, new HistoryIndex(documents, 1, NullLogger.Instance));
        return documents;
    }
}
