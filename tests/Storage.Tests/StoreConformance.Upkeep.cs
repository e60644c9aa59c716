using ScheduleZero.Broker.Core;
using ScheduleZero.Broker.Storage;
using ScheduleZero.Contracts;
using ScheduleZero.Contracts.Rest;

namespace ScheduleZero.Storage.Tests;

/// <summary>How much a store holds, and what it forgets: logs, pruned history, purged namespaces.</summary>
public abstract partial class StoreConformance
{
    [Test]
    public async Task A_measurement_counts_params_and_results_of_open_and_finished_jobs()
    {
        RawJson Text(int bytes) => RawJson.Parse($"\"{new string('x', bytes - 2)}\"");
        var (open, ended, other) = (Given.Job(), Given.Job(), Given.Job() with { Namespace = "other" });
        await CommitAsync(
            new Change.JobAdded(open, Text(5000)),
            new Change.JobAdded(ended, Text(300)),
            new Change.JobAdded(other, Text(9000))
        );
        await CommitAsync(
            new Change.JobFinished(ended with { State = JobState.Succeeded, FinishedAt = Given.Noon }, Text(7000))
        );
        var before = (await Store.MeasureAsync(["default"], None))["default"];
        await ReopenAsync();
        var after = await Store.MeasureAsync(["default", "empty"], None);
        // The jobs themselves take bytes beside the 12,300 of their params and results.
        Assert.That(before, Is.InRange(12_300, 16_000));
        Assert.That(after["default"], Is.InRange(12_300, 16_000));
        Assert.That(after["empty"], Is.Zero);
    }

    [Test]
    public async Task A_measurement_counts_what_a_job_says_of_its_log()
    {
        var (open, ended) = (Given.Job() with { StoredBytes = 40_000 }, Given.Job() with { StoredBytes = 50_000 });
        await CommitAsync(open.Added(), ended.Added());
        await CommitAsync(ended.Ended().Finished());
        var before = (await Store.MeasureAsync(["default"], None))["default"];
        await ReopenAsync();
        Assert.That((await Store.LoadAsync(None)).Jobs.Single().StoredBytes, Is.EqualTo(40_000));
        var after = (await Store.MeasureAsync(["default"], None))["default"];
        Assert.That(new[] { before, after }, Is.All.InRange(90_000, 93_000));
    }

    [Test]
    public async Task A_purge_forgets_one_namespaces_finished_jobs_and_nothing_else()
    {
        var (gone, other, open) = (
            Given.Job() with
            {
                Namespace = "gone",
            },
            Given.Job(),
            Given.Job() with
            {
                Namespace = "gone",
            }
        );
        foreach (var job in new[] { gone, other })
        {
            await CommitAsync(new Change.JobAdded(job, default), new Change.LogAppended(job.Id, [Line(1)]));
            await CommitAsync(
                new Change.JobFinished(job with { State = JobState.Cancelled, FinishedAt = Given.Noon }, default)
            );
        }

        await CommitAsync(new Change.JobAdded(open, default));
        Assert.That(await Store.PurgeAsync("gone", None), Is.EqualTo(1));
        await ReopenAsync();
        Assert.That(await Store.FindJobAsync("gone", gone.Id, None), Is.Null);
        Assert.That(await Store.ReadLogAsync(gone.Id, 0, 10, None), Is.Empty);
        Assert.That(await Store.FindJobAsync("default", other.Id, None), Is.Not.Null);
        Assert.That(await Store.ReadLogAsync(other.Id, 0, 10, None), Is.Not.Empty);
        Assert.That(await Store.FindJobAsync("gone", open.Id, None), Is.Not.Null);
    }

    [Test]
    public async Task Dropped_job_is_gone_with_its_log_and_never_comes_into_the_history(
        [Values] bool reopened,
        [Values(10, 5_000)] int bodyLength
    )
    {
        var (job, ran, other) = (Given.Job(), Given.Job(TimeSpan.FromSeconds(1)), Given.Job(TimeSpan.FromSeconds(2)));
        var body = RawJson.Parse($"\"{new string('x', bodyLength)}\"");
        await CommitAsync(job.Added(body), ran.Added(body), other.Added(body));
        await CommitAsync(
            new Change.JobAssigned(ran.Id, Given.Attempt(), AttemptsUsed: 1),
            new Change.LogAppended(ran.Id, [Line(1)])
        );
        if (reopened)
        {
            await ReopenAsync();
        }

        await CommitAsync(new Change.JobDropped(job.Id), new Change.JobDropped(ran.Id));
        for (var opened = 0; opened < 3; opened++)
        {
            foreach (var id in new[] { job.Id, ran.Id })
            {
                Assert.That(await Store.FindJobAsync("default", id, None), Is.Null);
                Assert.That(await Store.FindPresentAsync([id], None), Is.Empty);
            }

            var listed = await Store.SearchJobsAsync(
                new JobSearch
                {
                    Namespace = "default",
                    Limit = 10,
                    Now = Given.Noon.AddDays(1),
                },
                None
            );
            Assert.That(listed.Items.Select(stored => stored.Job.Id), Is.EqualTo(new[] { other.Id }));
            // The search finds the job also after it has left the journal.
            await Store.PruneAsync(Given.Noon.AddDays(-1), None);
            if (opened == 1)
            {
                await ReopenAsync();
                Assert.That((await Store.LoadAsync(None)).Jobs.Select(left => left.Id), Is.EqualTo(new[] { other.Id }));
            }
        }

        Assert.That(await Store.ReadLogAsync(ran.Id, 0, 10, None), Is.Empty);
        Assert.That(await Store.PurgeAsync("default", None), Is.Zero, "nothing of them was written as history");
    }

    [Test]
    public async Task Log_is_read_from_any_line_on()
    {
        var id = Given.Job().Id;
        await CommitAsync(
            new Change.LogAppended(id, [Line(1), Line(2), Line(3)]),
            new Change.LogAppended(Given.Job().Id, [Line(1)])
        );
        await CommitAsync(new Change.LogAppended(id, [Line(4), Line(5)]));
        Assert.That(
            await Store.ReadLogAsync(id, 0, 10, None),
            Is.EqualTo(new[] { Line(1), Line(2), Line(3), Line(4), Line(5) })
        );
        await ReopenAsync();
        Assert.That(await Store.ReadLogAsync(id, 2, 2, None), Is.EqualTo(new[] { Line(3), Line(4) }));
        Assert.That(await Store.ReadLogAsync(id, 5, 2, None), Is.Empty);
        Assert.That(await Store.ReadLogBeforeAsync(id, long.MaxValue, 2, None), Is.EqualTo(new[] { Line(4), Line(5) }));
        Assert.That(await Store.ReadLogBeforeAsync(id, 4, 2, None), Is.EqualTo(new[] { Line(2), Line(3) }));
        Assert.That(await Store.ReadLogBeforeAsync(id, 3, 9, None), Is.EqualTo(new[] { Line(1), Line(2) }));
        Assert.That(await Store.ReadLogBeforeAsync(id, 1, 9, None), Is.Empty);
        Assert.That(await Store.ReadLogBeforeAsync(id, 0, 9, None), Is.Empty);
    }

    [Test]
    public async Task The_end_of_a_long_log_is_read_over_many_rows()
    {
        var id = Given.Job().Id;
        foreach (var first in Enumerable.Range(0, 150).Select(row => (row * 2) + 1))
        {
            await CommitAsync(new Change.LogAppended(id, [Line(first), Line(first + 1)]));
        }

        var last = await Store.ReadLogBeforeAsync(id, 300, 200, None);
        Assert.That(last.Select(line => line.Sequence), Is.EqualTo(Enumerable.Range(100, 200)));
    }

    [Test]
    public async Task Prune_forgets_only_what_ended_before_with_its_log()
    {
        var old = Given.Job().Ended(after: TimeSpan.FromMinutes(1));
        var young = Given.Job().Ended(after: TimeSpan.FromMinutes(2));
        var waiting = Given.Job();
        await CommitAsync(old.Added(), young.Added(), waiting.Added(), new Change.LogAppended(old.Id, [Line(1)]));
        await CommitAsync(old.Finished(), young.Finished());
        Assert.That(await Store.PruneAsync(Given.Noon.AddMinutes(2), None), Is.EqualTo(1));
        Assert.That(await Store.FindJobAsync("default", old.Id, None), Is.Null);
        Assert.That(await Store.ReadLogAsync(old.Id, 0, 10, None), Is.Empty);
        Assert.That(await Store.FindJobAsync("default", young.Id, None), Is.Not.Null);
        Assert.That(await Store.FindJobAsync("default", waiting.Id, None), Is.Not.Null);
    }
}
