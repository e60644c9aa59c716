using ScheduleZero.Broker.Core;
using ScheduleZero.Broker.Core.Jobs;
using ScheduleZero.Broker.Storage;
using ScheduleZero.Contracts.Ids;
using ScheduleZero.Contracts.Rest;

namespace ScheduleZero.Storage.Tests;

public abstract partial class StoreConformance
{
    private static readonly (string Name, Func<JobSearch, JobSearch> With)[] _filters =
    [
        ("state", s => s with { State = JobState.Failed }),
        (
            "any of several states",
            s =>
                s with
                {
                    States = new HashSet<JobState> { JobState.Failed, JobState.Succeeded },
                }
        ),
        ("method", s => s with { Method = "wanted" }),
        ("handler asked for", s => s with { Handler = "asked-1" }),
        ("handler that ran it", s => s with { Handler = "ran-1" }),
        ("group", s => s with { Group = "g1" }),
        ("tag", s => s with { Tag = "t1" }),
        ("schedule", s => s with { Schedule = "sched-1" }),
        ("job that it runs after", s => s with { RunsAfter = _awaited }),
        ("last of the jobs by which it is found", s => s with { RunsAfter = _lastAwaited, State = JobState.Failed }),
        ("text in the method", s => s with { Text = "WANT" }),
        ("text in a tag", s => s with { Text = "T1" }),
        ("text in the error", s => s with { Text = "On Fire" }),
    ];

    private static readonly JobId _awaited = new(Guid.CreateVersion7(Given.Noon));
    private static readonly JobId _lastAwaited = new(Guid.CreateVersion7(Given.Noon.AddMinutes(1)));

    private static IEnumerable<TestCaseData> Filters() =>
        _filters.Select(f => new TestCaseData(f.With).SetArgDisplayNames(f.Name));

    [TestCaseSource(nameof(Filters))]
    public async Task Search_finds_only_what_the_filter_asks_for(Func<JobSearch, JobSearch> with)
    {
        var wanted = Given.Job(
            spec: new JobSpec
            {
                Method = "wanted",
                Handler = "asked-1",
                Group = "g1",
                Tags = ["t0", "t1"],
            }
        ) with
        {
            Occurrence = new Occurrence(new ScheduleId(Guid.NewGuid()), "sched-1", 1, Given.Noon),
            Error = Given.Error("it is on fire"),
            Chain = new Chain(
                [
                    _awaited,
                    .. Enumerable.Range(0, JobSearch.AwaitedIndexedMax - 2).Select(_ => Given.Job().Id),
                    _lastAwaited,
                ],
                AfterFailure.Run,
                []
            ),
        };
        var ended = wanted.Ended(JobState.Failed, attempts: Given.Attempt(handler: "ran-1"));
        var other = Given.Job(spec: new JobSpec { Method = "other", Tags = ["x"] });
        await CommitAsync(
            wanted.Added(),
            other.Added(),
            (wanted with { Id = Given.Job().Id, Namespace = "elsewhere" }).Added()
        );
        await CommitAsync(ended.Finished());
        for (var i = 0; i < 2; i++)
        {
            var found = await Store.SearchJobsAsync(with(Search()), None);
            Assert.That(found.Items.Select(s => s.Job.Id), Is.EqualTo(new[] { wanted.Id }));
            await ReopenAsync();
        }
    }

    [Test]
    public async Task Scheduled_job_counts_as_ready_once_its_time_has_come()
    {
        var job = Given.Job(state: JobState.Scheduled);
        await CommitAsync(job.Added());
        var ready = Search() with { State = JobState.Ready };
        Assert.That((await Store.SearchJobsAsync(ready with { Now = job.RunAt }, None)).Items, Has.Count.EqualTo(1));
        Assert.That((await Store.SearchJobsAsync(ready with { Now = job.RunAt.AddTicks(-1) }, None)).Items, Is.Empty);
    }

    [Test]
    public async Task Search_by_time_of_enqueue_includes_its_start_and_not_its_end([Values] bool reopened)
    {
        var jobs = Enumerable.Range(0, 4).Select(i => Given.Job(TimeSpan.FromHours(3 * i))).ToList();
        await CommitAsync([.. jobs.Select(job => job.Added())]);
        if (reopened)
        {
            await ReopenAsync();
        }

        var found = await Store.SearchJobsAsync(
            Search() with
            {
                From = jobs[1].EnqueuedAt,
                To = jobs[3].EnqueuedAt,
            },
            None
        );
        Assert.That(found.Items.Select(s => s.Job.Id), Is.EqualTo(new[] { jobs[2].Id, jobs[1].Id }));
    }

    [Test]
    public async Task An_occurrence_caught_up_long_after_its_nominal_instant_is_found_by_its_enqueue(
        [Values] bool reopened
    )
    {
        // The id carries the nominal instant. Up to 31 days (the longest catch-up window) may lie between it and the
        // enqueue.
        var job = Given.Job(-TimeSpan.FromDays(31)) with
        {
            EnqueuedAt = Given.Noon,
        };
        await CommitAsync(job.Added());
        if (reopened)
        {
            await ReopenAsync();
        }

        var found = await Store.SearchJobsAsync(
            Search() with
            {
                From = Given.Noon,
                To = Given.Noon.AddMinutes(1),
            },
            None
        );
        Assert.That(found.Items.Select(s => s.Job.Id), Is.EqualTo(new[] { job.Id }));
    }

    [Test]
    public async Task Pages_together_hold_every_job_once_newest_first([Values(1, 7, 500)] int limit)
    {
        var jobs = Enumerable.Range(0, 40).Select(i => Given.Job(TimeSpan.FromSeconds(i))).ToList();
        await CommitAsync([.. jobs.Take(20).Select(job => job.Added())]);
        await CommitAsync([.. jobs.Take(20).Where((_, i) => i % 2 == 0).Select(job => job.Ended().Finished())]);
        await ReopenAsync();
        await CommitAsync([.. jobs.Skip(20).Select(job => job.Added())]);
        await CommitAsync([.. jobs.Where((_, i) => i % 3 == 1).Select(job => job.Ended().Finished())]);
        await CommitAsync([
            .. jobs.Where((_, i) => i % 6 == 3).Select(job => new Change.JobAssigned(job.Id, Given.Attempt(), 1)),
        ]);
        var found = new List<JobId>();
        string? cursor = null;
        do
        {
            var page = await Store.SearchJobsAsync(Search() with { Limit = limit, Cursor = cursor }, None);
            found.AddRange(page.Items.Select(s => s.Job.Id));
            cursor = page.NextCursor;
        } while (cursor is not null);
        Assert.That(found, Is.EqualTo(jobs.AsEnumerable().Reverse().Select(job => job.Id)));
    }

    [Test]
    public async Task Search_sees_the_newest_state_of_a_job_that_lies_on_disk()
    {
        var (assigned, ended) = (Given.Job(), Given.Job(TimeSpan.FromSeconds(1)));
        await CommitAsync(assigned.Added(), ended.Added());
        await ReopenAsync();
        await CommitAsync(new Change.JobAssigned(assigned.Id, Given.Attempt(), 1), ended.Ended().Finished());
        Assert.That((await Store.SearchJobsAsync(Search() with { State = JobState.Ready }, None)).Items, Is.Empty);
        var running = await Store.SearchJobsAsync(Search() with { State = JobState.Running }, None);
        Assert.That(running.Items.Single().Job.Id, Is.EqualTo(assigned.Id));
        var all = await Store.SearchJobsAsync(Search(), None);
        Assert.That(all.Items.Select(s => s.Params), Is.EqualTo(new[] { Given.Params, Given.Params }));
    }

    [Test]
    public async Task Finished_jobs_of_a_window_are_paged_oldest_end_first([Values] bool reopened)
    {
        var jobs = Enumerable
            .Range(0, 9)
            .Select(i =>
                Given
                    .Job(spec: new JobSpec { Method = i == 4 ? "rare" : "often" })
                    .Ended(after: TimeSpan.FromMinutes(i / 2), attempts: Given.Attempt(handler: i == 5 ? "h5" : "h"))
            )
            .ToList();
        await CommitAsync([.. jobs.Select(job => job.Added())]);
        await CommitAsync([.. jobs.Select(job => job.Finished())]);
        if (reopened)
        {
            await ReopenAsync();
        }

        var search = new FinishedSearch
        {
            Namespace = "default",
            Limit = 3,
            From = Given.Noon.AddMinutes(1),
            To = Given.Noon.AddMinutes(4),
        };
        var first = await Store.SearchFinishedAsync(search, None);
        var second = await Store.SearchFinishedAsync(search with { Cursor = first.NextCursor }, None);
        var ends = first.Items.Concat(second.Items).ToList();
        Assert.That(ends.Select(s => s.Job.Id), Is.EquivalentTo(jobs.Skip(2).Take(6).Select(job => job.Id)));
        Assert.That(ends.Select(s => s.Job.FinishedAt), Is.Ordered);
        Assert.That(second.NextCursor, Is.Null);
        Assert.That(
            (await Store.SearchFinishedAsync(search with { Method = "rare" }, None)).Items.Single().Job.Id,
            Is.EqualTo(jobs[4].Id)
        );
        Assert.That(
            (await Store.SearchFinishedAsync(search with { Handler = "h5" }, None)).Items.Single().Job.Id,
            Is.EqualTo(jobs[5].Id)
        );
        Assert.That((await Store.SearchFinishedAsync(search with { Namespace = "other" }, None)).Items, Is.Empty);
    }

    [Test]
    public void Foreign_cursor_is_refused() =>
        Assert.That(
            async () => await Store.SearchJobsAsync(Search() with { Cursor = "not ours" }, None),
            Throws.InstanceOf<FormatException>()
        );

    private protected static JobSearch Search() =>
        new()
        {
            Namespace = "default",
            Limit = 100,
            Now = Given.Noon,
            Bodies = JobBodies.All,
        };
}
