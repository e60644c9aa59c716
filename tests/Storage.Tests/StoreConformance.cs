using ScheduleZero.Broker.Core;
using ScheduleZero.Broker.Core.Jobs;
using ScheduleZero.Broker.Storage;
using ScheduleZero.Contracts;
using ScheduleZero.Contracts.Ids;
using ScheduleZero.Contracts.Rest;

namespace ScheduleZero.Storage.Tests;

/// <summary>What every store promises. A new promise is tested here first.</summary>
public abstract partial class StoreConformance
{
    private protected static CancellationToken None => CancellationToken.None;

    private protected IBrokerStore Store { get; private set; } = null!;

    [SetUp]
    public async Task OpenEmpty() => Store = await OpenAsync();

    [TearDown]
    public async Task Close() => await Store.DisposeAsync();

    /// <summary>Opens this test's store. It is empty the first time; later it holds what was committed.</summary>
    protected abstract ValueTask<IBrokerStore> OpenAsync();

    private protected async Task ReopenAsync()
    {
        await Store.DisposeAsync();
        Store = await OpenAsync();
    }

    private protected async Task CommitAsync(params Change[] changes) => await Store.CommitAsync(changes, None);

    [Test]
    public async Task Added_job_is_found_with_its_params_before_and_after_reopening()
    {
        var spec = new JobSpec
        {
            Method = "reports.render",
            Handler = "office-7",
            Group = "emea",
            Priority = -5,
            StartDeadline = Given.Noon.AddHours(1),
            Timeout = TimeSpan.FromMinutes(3),
            Retry = new RetryPolicy(7, BackoffKind.Linear, TimeSpan.FromSeconds(2), TimeSpan.FromHours(1), 0.5),
            DeduplicationKey = "k",
            DeduplicationWindow = TimeSpan.FromDays(1),
            ParamsHash = long.MinValue,
            ConcurrencyKey = "db-7",
            ConcurrencyLimit = 3,
            Tags = ["a", "b"],
            RateLimit = new RateLimit("mail", 100, TimeSpan.FromMinutes(1)),
            Store = "store-7",
        };
        var job = Given.Job(spec: spec) with
        {
            Occurrence = new Occurrence(
                new ScheduleId(Guid.NewGuid()),
                "nightly",
                3,
                Given.Noon,
                OccurrenceOrigin.Backfilled,
                Given.Noon.AddSeconds(7)
            ),
            ReplayOf = new JobId(Guid.CreateVersion7()),
            Chain = Given.Chain(),
            Error = Given.Error(),
            Current = Given.Attempt(2),
            Ended = [Given.Attempt() with { Outcome = AttemptOutcome.Lost, Bridge = "b" }],
        };
        await CommitAsync(job.Added());
        await AssertFoundAsync(job, Given.Params, default);
        await ReopenAsync();
        await AssertFoundAsync(job, Given.Params, default);
        var loaded = await Store.LoadAsync(None);
        Assert.That(loaded.Jobs, Has.Count.EqualTo(1));
        AssertSame(loaded.Jobs[0], job);
    }

    [Test]
    public async Task Assignment_makes_the_job_running_whether_or_not_it_was_reopened([Values] bool reopened)
    {
        var job = Given.Job();
        await CommitAsync(job.Added());
        if (reopened)
        {
            await ReopenAsync();
        }

        var attempt = Given.Attempt(token: 4);
        await CommitAsync(new Change.JobAssigned(job.Id, attempt, AttemptsUsed: 2));
        var expected = job with { State = JobState.Running, Current = attempt, Token = 4, AttemptsUsed = 2 };
        await AssertFoundAsync(expected, Given.Params, default);
        await ReopenAsync();
        await AssertFoundAsync(expected, Given.Params, default);
        AssertSame((await Store.LoadAsync(None)).Jobs.Single(), expected);
    }

    [Test]
    public async Task Changed_job_keeps_its_params([Values] bool reopened)
    {
        var job = Given.Job();
        await CommitAsync(job.Added());
        if (reopened)
        {
            await ReopenAsync();
        }

        var changed = job with { State = JobState.Scheduled, RunAt = Given.Noon.AddMinutes(5), Error = Given.Error() };
        await CommitAsync(new Change.JobChanged(changed));
        await AssertFoundAsync(changed, Given.Params, default);
        await ReopenAsync();
        await AssertFoundAsync(changed, Given.Params, default);
    }

    [Test]
    public async Task Changed_params_take_the_place_of_the_old_ones_wherever_these_lie(
        [Values] bool reopened,
        [Values] bool ends,
        [Values(10, 5_000)] int oldLength,
        [Values(20, 6_000)] int newLength
    )
    {
        var (old, changed) = (Json('o', oldLength), Json('n', newLength));
        var job = Given.Job();
        await CommitAsync(job.Added(old));
        if (reopened)
        {
            await ReopenAsync();
        }

        var after = job with { State = JobState.Scheduled, RunAt = Given.Noon.AddMinutes(5), Version = 3 };
        await CommitAsync(new Change.JobChanged(after) { Params = changed });
        await AssertFoundAsync(after, changed, default);
        Assert.That((await Store.ReadParamsAsync([job.Id], None))[0].ToString(), Is.EqualTo(changed.ToString()));
        if (ends)
        {
            after = after.Ended(JobState.Cancelled);
            await CommitAsync(after.Finished());
        }

        for (var starts = 0; starts < 2; starts++)
        {
            await ReopenAsync();
            await AssertFoundAsync(after, changed, default);
            Assert.That((await Store.ReadParamsAsync([job.Id], None))[0].ToString(), Is.EqualTo(changed.ToString()));
        }

        static RawJson Json(char letter, int length) => RawJson.Parse($"\"{new string(letter, length)}\"");
    }

    [Test]
    public async Task Finished_job_is_found_and_no_longer_loaded(
        [Values] bool reopened,
        [Values(10, 5_000)] int bodyLength
    )
    {
        var body = RawJson.Parse($"\"{new string('x', bodyLength)}\"");
        var job = Given.Job();
        await CommitAsync(job.Added(body));
        if (reopened)
        {
            await ReopenAsync();
        }

        var ended = job.Ended(
            attempts: Given.Attempt() with
            {
                Outcome = AttemptOutcome.Succeeded,
                FinishedAt = Given.Noon,
            }
        );
        await CommitAsync(ended.Finished(body));
        await AssertFoundAsync(ended, body, body);
        await ReopenAsync();
        await AssertFoundAsync(ended, body, body);
        Assert.That((await Store.LoadAsync(None)).Jobs, Is.Empty);
    }

    [Test]
    public async Task Late_result_supersedes_its_attempt_wherever_the_job_is(
        [Values] bool finished,
        [Values] bool reopened
    )
    {
        var lost = Given.Attempt() with { Outcome = AttemptOutcome.Lost, FinishedAt = Given.Noon };
        var other = Given.Attempt(2) with { Outcome = AttemptOutcome.Failed, FinishedAt = Given.Noon };
        var job = Given.Job() with { Ended = [lost, other] };
        await CommitAsync(job.Added());
        if (finished)
        {
            await CommitAsync(job.Ended(attempts: [lost, other]).Finished());
        }

        if (reopened)
        {
            await ReopenAsync();
        }

        await CommitAsync(new Change.AttemptSuperseded(job.Id, 1, Given.Noon.AddMinutes(1), Given.Error()));
        for (var i = 0; i < 2; i++)
        {
            var found = await Store.FindJobAsync("default", job.Id, None);
            Assert.That(
                found!.Job.Ended!.Select(a => a.Outcome),
                Is.EqualTo(new[] { AttemptOutcome.Superseded, AttemptOutcome.Failed })
            );
            Assert.That(found.Job.Ended![0].Error!.Message, Is.EqualTo("no paper"));
            Assert.That(found.Params, Is.EqualTo(Given.Params));
            await ReopenAsync();
        }
    }

    [Test]
    public async Task Params_are_read_in_order_with_default_for_the_unknown([Values] bool reopened)
    {
        var (one, two) = (Given.Job(), Given.Job());
        await CommitAsync(one.Added(RawJson.Parse("1")), two.Added(RawJson.Parse($"\"{new string('y', 9_000)}\"")));
        if (reopened)
        {
            await ReopenAsync();
        }

        var found = await Store.ReadParamsAsync([two.Id, new JobId(Guid.CreateVersion7()), one.Id], None);
        Assert.That(found[0].Utf8.Length, Is.EqualTo(9_002));
        Assert.That(found[1].IsEmpty);
        Assert.That(found[2].ToString(), Is.EqualTo("1"));
    }

    [Test]
    public async Task Jobs_are_present_whether_finished_or_not([Values] bool reopened)
    {
        var (waiting, ended) = (Given.Job(), Given.Job().Ended());
        await CommitAsync(waiting.Added(), ended.Added());
        await CommitAsync(ended.Finished());
        if (reopened)
        {
            await ReopenAsync();
        }

        var found = await Store.FindPresentAsync([new JobId(Guid.CreateVersion7()), ended.Id, waiting.Id], None);
        Assert.That(found, Is.EquivalentTo(new[] { waiting.Id, ended.Id }));
    }

    [Test]
    public async Task Job_of_another_namespace_is_not_found()
    {
        var job = Given.Job(ns: "other");
        await CommitAsync(job.Added());
        Assert.That(await Store.FindJobAsync("default", job.Id, None), Is.Null);
        await ReopenAsync();
        Assert.That(await Store.FindJobAsync("default", job.Id, None), Is.Null);
        Assert.That(await Store.FindJobAsync("other", job.Id, None), Is.Not.Null);
    }

    [Test]
    public async Task Large_commit_is_kept_whole()
    {
        var body = RawJson.Parse($"\"{new string('z', 200_000)}\"");
        var jobs = Enumerable.Range(0, 50).Select(_ => Given.Job()).ToList();
        await CommitAsync([.. jobs.Select(job => job.Added(body))]);
        await ReopenAsync();
        Assert.That(
            (await Store.LoadAsync(None)).Jobs.Select(job => job.Id),
            Is.EquivalentTo(jobs.Select(job => job.Id))
        );
        Assert.That((await Store.ReadParamsAsync([jobs[49].Id], None))[0], Is.EqualTo(body));
    }

    private protected static LogEntry Line(long sequence) =>
        new(sequence, 1, Given.Noon, "information", $"line {sequence}");

    private async Task AssertFoundAsync(Job job, RawJson jobParams, RawJson result)
    {
        var found = await Store.FindJobAsync(job.Namespace, job.Id, None);
        Assert.That(found, Is.Not.Null);
        AssertSame(found!.Job, job);
        Assert.That(found.Params, Is.EqualTo(jobParams));
        Assert.That(found.Result, Is.EqualTo(result));
    }

    // Records compare lists by reference. As JSON, the contents of the lists are compared.
    private protected static void AssertSame(Job actual, Job expected) =>
        Assert.That(RawJson.From(actual).ToString(), Is.EqualTo(RawJson.From(expected).ToString()));
}
