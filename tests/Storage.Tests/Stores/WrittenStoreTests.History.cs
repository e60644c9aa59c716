using ScheduleZero.Broker.Core;
using ScheduleZero.Broker.Core.Executions;
using ScheduleZero.Broker.Storage;
using ScheduleZero.Broker.Storage.LiteDb;
using ScheduleZero.Contracts.Rest;

namespace ScheduleZero.Storage.Tests.Stores;

/// <summary>Searches and other reads find everything in the stores of earlier versions.</summary>
public sealed partial class WrittenStoreTests
{
    private async Task AssertHistoryAsync(LiteDbStore store, StoredState state)
    {
        var ended = await SearchAsync(store, job => job with { States = EnumSet(JobState.Failed, JobState.Expired) });
        Assert.That(
            ended.Select(found => (found.Job.Spec.Method, found.Job.State)).Distinct(),
            Is.EquivalentTo(
                new[]
                {
                    ("text.fail", JobState.Failed),
                    ("text.retry", JobState.Failed),
                    ("nobody.offers", JobState.Expired),
                }
            )
        );
        var retried = ended.Single(found => found.Job.Spec.Method == "text.retry").Job;
        Assert.That(
            retried.Ended!.Select(attempt => attempt.Outcome),
            Is.EqualTo([AttemptOutcome.Failed, AttemptOutcome.Failed])
        );
        Assert.That(ended.Count(found => found.Job.ReplayOf is not null), Is.EqualTo(1));
        var cancelled = await SearchAsync(store, job => job with { State = JobState.Cancelled });
        Assert.That(cancelled.Select(found => found.Job.Spec.Method), Is.EquivalentTo(["nobody.offers", "host.wait"]));
        var echoed = (await SearchAsync(store, job => job with { Tag = "long" })).Single();
        Assert.That(echoed.Params.Utf8.Length, Is.GreaterThan(3_000), "a body in a row of its own");
        Assert.That(echoed.Result.Utf8.ToArray(), Is.EqualTo(echoed.Params.Utf8.ToArray()));
        Assert.That(await SearchAsync(store, job => job with { Method = "text.echo" }), Has.Count.EqualTo(41));
        await AssertLogAsync(store);
        await AssertPastOfSchedulesAsync(store, state);
        await AssertBatchesAsync(store);
        var sums = await store.SumExecutionsAsync("default", _now.AddDays(-400), _now, CancellationToken.None);
        Assert.That(
            sums.Rows(ExecutionGrouping.None)[0].Total,
            Is.EqualTo((await FinishedAsync(store)).Sum(found => found.Job.Ended?.Count ?? 0))
        );
    }

    private static async Task AssertLogAsync(LiteDbStore store)
    {
        var logged = (await SearchAsync(store, job => job with { Method = "text.log", Handler = "office-7" })).First(
            found => found.Job.Spec.RateLimit is not null
        );
        var lines = await store.ReadLogAsync(logged.Job.Id, 0, 100, CancellationToken.None);
        Assert.That(
            lines.Select(line => (line.Level, line.Message)),
            Is.EquivalentTo(new[] { ("information", "to output"), ("warning", "to error") })
        );
    }

    private static async Task AssertPastOfSchedulesAsync(LiteDbStore store, StoredState state)
    {
        var versions = await store.SearchVersionsAsync(Schedule(state, "nightly").Id, 10, null, CancellationToken.None);
        Assert.That(
            versions.Items.Select(one => (one.Version, one.Job.Priority)),
            Is.EqualTo(new[] { (2, 6), (1, 5) })
        );
        foreach (
            var (name, reason) in new[]
            {
                ("blocked", "the job of the occurrence before"),
                ("never-on-a-day", "excluded"),
            }
        )
        {
            var missed = await store.SearchMissedAsync(Schedule(state, name).Id, 100, null, CancellationToken.None);
            Assert.That(missed.Items.Select(one => one.Reason), Is.Not.Empty.And.All.StartsWith(reason), name);
        }

        var often = await SearchAsync(store, job => job with { Schedule = "often" });
        Assert.That(often.Select(found => found.Job.State), Is.EqualTo(Enumerable.Repeat(JobState.Succeeded, 3)));
    }

    private static async Task AssertBatchesAsync(LiteDbStore store)
    {
        var batches = (await store.SearchBatchesAsync("default", 10, null, CancellationToken.None)).Items;
        Assert.That(batches.Select(batch => batch.Name), Is.EqualTo(["latest", "open", "done"]));
        var done = batches[^1];
        Assert.That((done.Total, done.Succeeded, done.Failed), Is.EqualTo((2, 1, 1)));
        Assert.That(done.FinishedAt, Is.Not.Null);
        var completion = await store.FindJobAsync("default", done.CompletionJob!.Value, CancellationToken.None);
        Assert.That(completion!.Job.Completes!.End, Is.EqualTo(done.End()));
    }

    private static async Task AssertAuditAsync(LiteDbStore store, StoredState state)
    {
        var blocks = await store.ReadAuditAsync(1, 10_000, CancellationToken.None);
        Assert.That(blocks[0].First, Is.EqualTo(1));
        Assert.That((blocks[^1].Last, blocks[^1].Hash), Is.EqualTo((state.AuditTail.Sequence, state.AuditTail.Hash)));
        Assert.That(AuditLines.Verify(blocks).Fault, Is.Null);
        var deleted = await store.SearchAuditAsync(
            new AuditSearch { Limit = 10, Action = "users:delete" },
            CancellationToken.None
        );
        Assert.That(deleted.Items, Has.Count.EqualTo(1));
    }
}
