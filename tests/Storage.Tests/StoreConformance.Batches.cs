using ScheduleZero.Broker.Core;
using ScheduleZero.Broker.Core.Batches;
using ScheduleZero.Broker.Core.Jobs;
using ScheduleZero.Contracts.Handlers;
using ScheduleZero.Contracts.Ids;

namespace ScheduleZero.Storage.Tests;

public abstract partial class StoreConformance
{
    private static Batch BatchOf(int minute, string ns = "default") =>
        new()
        {
            Id = new BatchId(Guid.CreateVersion7(Given.Noon.AddMinutes(minute))),
            Namespace = ns,
            Name = "october",
            Total = 9,
            Succeeded = 1,
            Failed = 2,
            Cancelled = 3,
            Expired = 1,
            CreatedAt = Given.Noon,
            CreatedBy = "ana",
            StartedAt = Given.Noon.AddMinutes(1),
            CancelRequestedAt = Given.Noon.AddMinutes(2),
            CompletionJob = new JobId(Guid.CreateVersion7()),
        };

    [Test]
    public async Task A_batch_is_loaded_until_it_ends_and_found_then_too()
    {
        var (open, ending) = (BatchOf(1), BatchOf(2));
        await CommitAsync(new Change.BatchSaved(open with { Succeeded = 0 }), new Change.BatchSaved(ending));
        await CommitAsync(new Change.BatchSaved(open));
        await ReopenAsync();
        Assert.That((await Store.LoadAsync(None)).Batches, Is.EquivalentTo(new[] { open, ending }));
        var ended = ending with { Succeeded = 3, FinishedAt = Given.Noon.AddMinutes(5) };
        await CommitAsync(new Change.BatchSaved(ended));
        Assert.That(await Store.FindBatchAsync("default", ended.Id, None), Is.EqualTo(ended));
        await ReopenAsync();
        Assert.That((await Store.LoadAsync(None)).Batches, Is.EqualTo(new[] { open }));
        Assert.That(await Store.FindBatchAsync("default", ended.Id, None), Is.EqualTo(ended));
        Assert.That(await Store.FindBatchAsync("other", ended.Id, None), Is.Null);
    }

    [Test]
    public async Task Batches_are_listed_newest_first_whether_or_not_they_have_ended()
    {
        var batches = Enumerable
            .Range(0, 9)
            .Select(minute => BatchOf(minute) with { FinishedAt = minute % 2 == 0 ? Given.Noon : null })
            .ToList();
        await CommitAsync([
            .. batches.Select(batch => new Change.BatchSaved(batch)),
            new Change.BatchSaved(BatchOf(3, "default-2")),
            new Change.BatchSaved(BatchOf(3, "a")),
        ]);
        var read = new List<Batch>();
        string? cursor = null;
        do
        {
            var page = await Store.SearchBatchesAsync("default", 2, cursor, None);
            Assert.That(page.Items, Has.Count.InRange(1, 2));
            read.AddRange(page.Items);
            cursor = page.NextCursor;
        } while (cursor is not null);
        Assert.That(read, Is.EqualTo(batches.AsEnumerable().Reverse()));
        Assert.That(
            async () => await Store.SearchBatchesAsync("default", 2, "nonsense", None),
            Throws.TypeOf<FormatException>()
        );
    }

    [Test]
    public async Task Batches_that_ended_long_ago_are_pruned_and_those_of_a_namespace_purged()
    {
        var (old, young, open, gone) = (
            BatchOf(1) with
            {
                FinishedAt = Given.Noon,
            },
            BatchOf(2) with
            {
                FinishedAt = Given.Noon.AddDays(1),
            },
            BatchOf(3),
            BatchOf(4, "gone") with
            {
                FinishedAt = Given.Noon.AddDays(1),
            }
        );
        await CommitAsync([.. new[] { old, young, open, gone }.Select(batch => new Change.BatchSaved(batch))]);
        await Store.PruneAsync(Given.Noon.AddHours(1), None);
        Assert.That(
            (await Store.SearchBatchesAsync("default", 9, null, None)).Items,
            Is.EqualTo(new[] { open, young })
        );
        await Store.PurgeAsync("gone", None);
        await ReopenAsync();
        Assert.That((await Store.SearchBatchesAsync("gone", 9, null, None)).Items, Is.Empty);
        Assert.That(
            (await Store.SearchBatchesAsync("default", 9, null, None)).Items,
            Is.EqualTo(new[] { open, young })
        );
    }

    [Test]
    public async Task Jobs_of_a_batch_are_kept_and_found_as_such([Values] bool reopened)
    {
        var batch = BatchOf(0);
        var (member, other) = (Given.Job() with { Batch = batch.Id }, Given.Job());
        var last = Given.Job() with
        {
            Completes = new Completion(batch.Id, new CompletedBatch(batch.Id, 6, 1, 2, 2, 1, "october")),
        };
        var waiting = Given.Job() with { Completes = new Completion(batch.Id) };
        await CommitAsync(member.Added(), other.Added(), last.Added(), waiting.Added());
        if (reopened)
        {
            await ReopenAsync();
        }

        await AssertFoundAsync(member, Given.Params, default);
        await AssertFoundAsync(last, Given.Params, default);
        await AssertFoundAsync(waiting, Given.Params, default);
        var page = await Store.SearchJobsAsync(
            new()
            {
                Namespace = "default",
                Limit = 9,
                Now = Given.Noon,
                Batch = batch.Id,
            },
            None
        );
        Assert.That(page.Items.Select(found => found.Job.Id), Is.EqualTo(new[] { member.Id }));
    }
}
