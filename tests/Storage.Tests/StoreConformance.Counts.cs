using ScheduleZero.Contracts.Rest;

namespace ScheduleZero.Storage.Tests;

/// <summary>The numbers of finished jobs by state.</summary>
public abstract partial class StoreConformance
{
    [Test]
    public async Task Finished_jobs_are_counted_by_state_as_they_come_and_are_pruned([Values] bool reopened)
    {
        await AssertCountedAsync(0, 0, 0, 0);
        var (open, other) = (Given.Job(), Given.Job(ns: "other"));
        await CommitAsync(open.Added(), other.Added());
        await CommitAsync(other.Ended().Finished());
        await EndAsync(JobState.Succeeded, 7);
        await EndAsync(JobState.Failed, 3);
        await AssertCountedAsync(7, 3, 0, 0);
        if (reopened)
        {
            await ReopenAsync();
        }

        await EndAsync(JobState.Expired, 2);
        await EndAsync(JobState.Succeeded, 1, TimeSpan.FromDays(1));
        await CommitAsync(open.Ended(JobState.Cancelled).Finished());
        await AssertCountedAsync(8, 3, 1, 2);
        await Store.PruneAsync(Given.Noon.AddHours(1), None);
        await AssertCountedAsync(1, 0, 0, 0);
        await ReopenAsync();
        await AssertCountedAsync(1, 0, 0, 0);
    }

    [Test]
    public async Task A_purged_namespace_has_no_finished_jobs()
    {
        await EndAsync(JobState.Succeeded, 2);
        await AssertCountedAsync(2, 0, 0, 0);
        await Store.PurgeAsync("default", None);
        await AssertCountedAsync(0, 0, 0, 0);
    }

    private async Task EndAsync(JobState state, int count, TimeSpan after = default)
    {
        for (var i = 0; i < count; i++)
        {
            var job = Given.Job();
            await CommitAsync(job.Added());
            await CommitAsync(job.Ended(state, after).Finished());
        }
    }

    private async Task AssertCountedAsync(long succeeded, long failed, long cancelled, long expired)
    {
        var counts = await Store.CountFinishedAsync("default", None);
        Assert.That(counts.IsWhole, Is.True);
        Assert.That(
            new[] { JobState.Succeeded, JobState.Failed, JobState.Cancelled, JobState.Expired }.Select(state =>
                counts.ByState[state]
            ),
            Is.EqualTo(new[] { succeeded, failed, cancelled, expired })
        );
    }
}
