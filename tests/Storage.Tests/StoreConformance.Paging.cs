using ScheduleZero.Broker.Core;
using ScheduleZero.Broker.Core.Executions;
using ScheduleZero.Broker.Core.Jobs;
using ScheduleZero.Broker.Storage;
using ScheduleZero.Contracts;
using ScheduleZero.Contracts.Ids;
using ScheduleZero.Contracts.Rest;

namespace ScheduleZero.Storage.Tests;

public abstract partial class StoreConformance
{
    [Test]
    public async Task Pages_neither_skip_nor_repeat_while_jobs_come_go_and_are_pruned([Range(1, 3)] int seed)
    {
        var model = new SearchModel(seed);
        await CommitAsync([.. model.Change(200)]);
        for (var round = 0; round < 20; round++)
        {
            await CheckJobsAsync(model, model.RandomSearch());
            await CheckFinishedAsync(model, model.RandomFinishedSearch());
            await CheckSumsAsync(model);
            if (model.Chance(0.2))
            {
                await ReopenAsync();
            }
        }
    }

    [Test]
    public async Task Unfinished_jobs_are_found_behind_any_number_of_finished_ones([Values] bool reopened)
    {
        var waiting = Enumerable.Range(0, 3).Select(i => Given.Job(TimeSpan.FromSeconds(i))).ToList();
        await CommitAsync([.. waiting.Select(job => job.Added())]);
        var rare = Given.Job(TimeSpan.FromSeconds(9), spec: new JobSpec { Method = "rare", Tags = ["blue"] });
        await CommitAsync(rare.Added(), rare.Ended(JobState.Failed, attempts: Given.Attempt(handler: "h1")).Finished());
        for (var i = 0; i < 5; i++)
        {
            var newer = Enumerable
                .Range(0, 100)
                .Select(n => Given.Job(TimeSpan.FromMilliseconds(60_000 + (i * 1_000) + n)))
                .ToList();
            await CommitAsync([.. newer.Select(job => job.Added())]);
            await CommitAsync([.. newer.Select(job => job.Ended(after: TimeSpan.FromMinutes(2)).Finished())]);
        }

        if (reopened)
        {
            await ReopenAsync();
        }

        var search = Search() with { Limit = 3 };
        var ready = await Store.SearchJobsAsync(search with { State = JobState.Ready }, None);
        Assert.That(
            ready.Items.Select(found => found.Job.Id),
            Is.EqualTo(waiting.AsEnumerable().Reverse().Select(job => job.Id))
        );
        foreach (
            var one in new[]
            {
                search with
                {
                    State = JobState.Failed,
                },
                search with
                {
                    Method = "rare",
                },
                search with
                {
                    Tag = "blue",
                },
                search with
                {
                    Handler = "h1",
                },
                search with
                {
                    State = JobState.Failed,
                    Method = "rare",
                    Tag = "blue",
                },
                search with
                {
                    From = Given.Noon.AddSeconds(5),
                    To = Given.Noon.AddSeconds(15),
                },
                search with
                {
                    Text = rare.Id.ToString(),
                },
            }
        )
        {
            var page = await Store.SearchJobsAsync(one, None);
            Assert.That(
                (page.Items.Select(found => found.Job.Id), page.NextCursor),
                Is.EqualTo((new[] { rare.Id }, (string?)null)),
                one.ToString()
            );
        }
    }

    [Test]
    public async Task An_empty_window_of_time_is_answered_by_one_page()
    {
        for (var i = 0; i < 5; i++)
        {
            var jobs = Enumerable
                .Range(0, 100)
                .Select(n => Given.Job(TimeSpan.FromMilliseconds((i * 1_000) + n)))
                .ToList();
            await CommitAsync([.. jobs.Select(job => job.Added())]);
            await CommitAsync([.. jobs.Select(job => job.Ended(after: TimeSpan.FromMinutes(1)).Finished())]);
        }

        foreach (var minutes in new[] { -90, -5, 2, 50 })
        {
            var from = Given.Noon.AddMinutes(minutes);
            var page = await Store.SearchJobsAsync(Search() with { From = from, To = from.AddMinutes(1) }, None);
            Assert.That(
                (page.Items.Count, page.NextCursor),
                Is.EqualTo((0, (string?)null)),
                $"{minutes} minutes from noon"
            );
        }
    }

    [Test]
    public async Task A_page_ends_before_its_bodies_take_too_much([Values] bool finished)
    {
        const int BodyBytes = 250_000;
        var body = RawJson.Parse($"\"{new string('x', BodyBytes)}\"");
        var jobs = Enumerable.Range(0, 40).Select(i => Given.Job(TimeSpan.FromSeconds(i))).ToList();
        foreach (var job in jobs)
        {
            await CommitAsync(job.Added(body));
            if (finished)
            {
                await CommitAsync(job.Ended(after: TimeSpan.FromMinutes(1)).Finished(body));
            }
        }

        var found = new List<JobId>();
        var search = Search() with { Limit = 500 };
        do
        {
            var page = await Store.SearchJobsAsync(search, None);
            Assert.That(
                page.Items.Sum(one => one.Params.Utf8.Length + one.Result.Utf8.Length),
                Is.LessThan(Limits.PageBytesMax + (3 * BodyBytes))
            );
            found.AddRange(page.Items.Select(one => one.Job.Id));
            search = search with { Cursor = page.NextCursor };
        } while (search.Cursor is not null);
        Assert.That(found, Is.EqualTo(jobs.AsEnumerable().Reverse().Select(job => job.Id)));
        var without = await Store.SearchJobsAsync(search with { Bodies = JobBodies.None }, None);
        Assert.That(without.Items, Has.Count.EqualTo(40));
        Assert.That(
            without.Items.Select(one => (one.Params.IsEmpty, one.Result.IsEmpty)),
            Is.All.EqualTo((true, true))
        );
    }

    [Test]
    public async Task A_late_result_changes_the_sums_once([Values] bool reopened)
    {
        var lost = Given.Attempt() with { Outcome = AttemptOutcome.Lost, FinishedAt = Given.Noon.AddSeconds(10) };
        var job = Given.Job();
        await CommitAsync(job.Added());
        await CommitAsync(job.Ended(JobState.Failed, attempts: lost).Finished());
        if (reopened)
        {
            await ReopenAsync();
        }

        await CommitAsync(new Change.AttemptSuperseded(job.Id, lost.Token, Given.Noon.AddSeconds(20), null));
        for (var i = 0; i < 2; i++)
        {
            var row = (await SumAsync("default")).Rows(ExecutionGrouping.None).Single();
            Assert.That((row.Total, row.Succeeded, row.MeanSeconds), Is.EqualTo((1L, 0L, 20.0)));
            await ReopenAsync();
        }
    }

    private async Task CheckJobsAsync(SearchModel model, JobSearch search)
    {
        var always = model.Jobs.Values.Where(job => SearchModel.Fits(job, search)).Select(job => job.Id).ToHashSet();
        var ever = always.ToHashSet();
        var found = new List<JobId>();
        do
        {
            var page = await Store.SearchJobsAsync(search, None);
            found.AddRange(page.Items.Select(one => one.Job.Id));
            Assert.That(page.Items, Has.Count.LessThanOrEqualTo(search.Limit));
            search = search with { Cursor = page.NextCursor };
            await DisturbAsync(model);
            var now = model.Jobs.Values.Where(job => SearchModel.Fits(job, search)).Select(job => job.Id).ToList();
            always.IntersectWith(now);
            ever.UnionWith(now);
        } while (search.Cursor is not null);
        AssertPaged(found, always, ever, search);
        Assert.That(found, Is.Ordered.Descending);
    }

    private async Task CheckFinishedAsync(SearchModel model, FinishedSearch search)
    {
        var always = model.Jobs.Values.Where(job => SearchModel.Fits(job, search)).Select(job => job.Id).ToHashSet();
        var ever = always.ToHashSet();
        var found = new List<Job>();
        do
        {
            var page = await Store.SearchFinishedAsync(search, None);
            found.AddRange(page.Items.Select(one => one.Job));
            search = search with { Cursor = page.NextCursor };
            await DisturbAsync(model);
            var now = model.Jobs.Values.Where(job => SearchModel.Fits(job, search)).Select(job => job.Id).ToList();
            always.IntersectWith(now);
            ever.UnionWith(now);
        } while (search.Cursor is not null);
        AssertPaged(found.ConvertAll(job => job.Id), always, ever, search);
        Assert.That(found.Select(job => job.FinishedAt), search.NewestFirst ? Is.Ordered.Descending : Is.Ordered);
    }

    private static void AssertPaged(List<JobId> found, HashSet<JobId> always, HashSet<JobId> ever, object search)
    {
        Assert.That(found, Is.Unique, $"repeated: {search}");
        Assert.That(always.Except(found), Is.Empty, $"skipped: {search}");
        Assert.That(found.Except(ever), Is.Empty, $"never fitted: {search}");
    }

    private async Task CheckSumsAsync(SearchModel model)
    {
        var (expected, sums) = (model.Sum("default"), await SumAsync("default"));
        foreach (var by in Enum.GetValues<ExecutionGrouping>())
        {
            Assert.That(sums.Rows(by), Is.EqualTo(expected.Rows(by)), by.ToString());
        }
    }

    private async Task<ExecutionSums> SumAsync(string ns) =>
        await Store.SumExecutionsAsync(ns, Given.Noon.AddDays(-1), Given.Noon.AddDays(30), None);

    private async Task DisturbAsync(SearchModel model)
    {
        if (model.Chance(0.5))
        {
            await CommitAsync([.. model.Change(1 + model.Next(8))]);
        }

        if (model.Chance(0.02))
        {
            // The store is opened again, so that the journal holds nothing that a later replay would bring back.
            await ReopenAsync();
            await Store.PruneAsync(model.Prune(TimeSpan.FromMinutes(4 + model.Next(10))), None);
        }
    }
}
