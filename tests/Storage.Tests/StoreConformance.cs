using ScheduleZero.Broker.Core;
using ScheduleZero.Broker.Core.Access;
using ScheduleZero.Broker.Core.Dispatch;
using ScheduleZero.Broker.Core.Jobs;
using ScheduleZero.Broker.Core.Sessions;
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

    [TestCase(1_000)]
    [TestCase(2_345)]
    public async Task Each_of_very_many_schedules_is_loaded_once(int count)
    {
        var schedules = Enumerable.Range(0, count).Select(_ => ASchedule()).ToList();
        await CommitAsync([.. schedules.Select(schedule => new Change.ScheduleSaved(schedule))]);
        await ReopenAsync();
        var loaded = (await Store.LoadAsync(None)).Schedules;
        Assert.That(
            loaded.Select(schedule => schedule.Id.Value).Order(),
            Is.EqualTo(schedules.Select(schedule => schedule.Id.Value).Order())
        );
    }

    [Test]
    public async Task Standing_things_are_loaded_as_last_saved()
    {
        var schedule = ASchedule();
        var gone = ASchedule();
        var handler = new HandlerRecord
        {
            Namespace = "default",
            Name = "office-7",
            Methods = ["a"],
            Groups = ["g"],
            LastSeenAt = Given.Noon,
        };
        var key = new KeyRecord
        {
            Id = "abc",
            SecretHash = [1, 2, 3],
            Kind = KeyKind.Handler,
            Namespace = "default",
            CreatedAt = Given.Noon,
            CreatedBy = "x",
            Roles = ["admin"],
            Pair = new KeyPair
            {
                PublicKey = [9, 8],
                BrokerId = "b",
                TokenId = "t",
                EnrolledAt = Given.Noon,
                Generation = 1L << 40,
                ConfirmedGeneration = 7,
            },
        };
        var rate = new RateRecord(
            new RateName("default", RateScope.Key, "mail", TimeSpan.FromMinutes(1)),
            TimeSpan.FromMinutes(1),
            [new RateSlice(Given.Noon, 3)]
        );
        var forgotten = rate with { Of = rate.Of with { Scope = RateScope.Method, Period = default } };
        var deduplication = new Change.DeduplicationKept(
            "default",
            "Key",
            Given.Job().Id,
            DateTimeOffset.MaxValue,
            KeyHolder.Of(Given.Job())
        );
        await CommitAsync(
            new Change.ScheduleSaved(schedule),
            new Change.ScheduleSaved(gone),
            new Change.HandlerSaved(handler),
            new Change.HandlerSaved(handler with { Name = "gone" }),
            new Change.KeySaved(key),
            deduplication,
            deduplication with
            {
                Key = "key",
            },
            deduplication with
            {
                Key = "over",
                Until = Given.Noon.AddYears(-1),
            }
        );
        await CommitAsync(
            new Change.ScheduleSaved(schedule with { Version = 2 }),
            new Change.ScheduleDeleted(gone.Id),
            new Change.HandlerDeleted("default", "gone"),
            new Change.KeySaved(key with { RevokedAt = Given.Noon }),
            new Change.RateKept(rate with { Slices = [] }),
            new Change.RateKept(forgotten),
            new Change.RateKept(rate),
            new Change.RateForgotten(forgotten.Of),
            new Change.DeduplicationReleased("default", "key")
        );
        await ReopenAsync();
        var state = await Store.LoadAsync(None);
        Assert.That(state.Schedules.Single(), Is.EqualTo(schedule with { Version = 2 }));
        Assert.That(state.Handlers.Single().Name, Is.EqualTo("office-7"));
        Assert.That(state.Handlers.Single().Methods, Is.EqualTo(new[] { "a" }));
        Assert.That(state.Keys.Single().RevokedAt, Is.EqualTo(Given.Noon));
        Assert.That(state.Keys.Single().SecretHash, Is.EqualTo(new byte[] { 1, 2, 3 }));
        Assert.That(state.Keys.Single().Pair!.PublicKey, Is.EqualTo(new byte[] { 9, 8 }));
        Assert.That(
            (state.Keys.Single().Pair!.Generation, state.Keys.Single().Pair!.ConfirmedGeneration),
            Is.EqualTo((1L << 40, 7L))
        );
        Assert.That(state.Rates, Has.Count.EqualTo(1));
        Assert.That((state.Rates[0].Of, state.Rates[0].Period), Is.EqualTo((rate.Of, rate.Period)));
        Assert.That(state.Rates[0].Slices, Is.EqualTo(rate.Slices));
        Assert.That(state.Deduplications, Is.EqualTo(new[] { deduplication }));
    }

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
    public async Task Users_and_their_kin_are_loaded_as_last_saved()
    {
        AccessRecord[] records =
        [
            new UserRecord
            {
                Id = "u1",
                UserName = "Ana",
                NormalizedName = "ANA",
                PasswordHash = "hash",
                Roles = [new("viewer", "default")],
                LastTotpStep = 7,
                RecoveryCodes = "codes",
                HasTwoFactor = true,
                CreatedAt = Given.Noon,
                CreatedBy = "x",
                Version = 3,
            },
            new RoleRecord
            {
                Name = "shop",
                Rules = [new() { Permissions = ["jobs:run"], Names = ["a.*"] }],
                CreatedAt = Given.Noon,
                CreatedBy = "x",
                Version = 1,
            },
            new SignInRecord
            {
                Id = "s1",
                UserId = "u1",
                RefreshHash = [1, 2],
                CreatedAt = Given.Noon,
                ExpiresAt = Given.Noon.AddDays(1),
                LastUsedAt = Given.Noon,
                Proofs = ["pwd"],
                Version = 2,
            },
            new EnrolmentRecord
            {
                Id = "e1",
                SecretHash = [5],
                Namespace = "default",
                Handlers = "office-*",
                Methods = ["m.*"],
                MaxCapacity = 2,
                CreatedAt = Given.Noon,
                CreatedBy = "x",
                ExpiresAt = Given.Noon.AddHours(1),
                UsedAt = Given.Noon,
                KeyId = "abc",
                Version = 2,
            },
            new SigningKeyRecord
            {
                Id = "k1",
                ProtectedKey = [3, 4],
                CreatedAt = Given.Noon,
                SignsUntil = Given.Noon,
                VerifiesUntil = Given.Noon,
                Version = 1,
            },
            new NamespaceRecord
            {
                Name = "n",
                Limits = new() { WaitingJobs = 5 },
                Addresses = ["10.0.0.0/8"],
                CreatedAt = Given.Noon,
                CreatedBy = "x",
                Version = 4,
            },
        ];
        await CommitAsync([.. records.Select(record => new Change.AccessSaved(record))]);
        // The same key with another kind is another row.
        await CommitAsync(
            new Change.AccessSaved(
                new RoleRecord
                {
                    Name = "u1",
                    Rules = [],
                    CreatedAt = Given.Noon,
                    CreatedBy = "x",
                }
            )
        );
        await CommitAsync(new Change.AccessDeleted(AccessKind.Role, "u1"));
        await ReopenAsync();
        var loaded = (await Store.LoadAsync(None)).Access.ToDictionary(record => record.Kind);
        Assert.That(loaded, Has.Count.EqualTo(records.Length));
        foreach (var record in records)
        {
            Assert.That(
                System.Text.Json.JsonSerializer.Serialize<object>(loaded[record.Kind]),
                Is.EqualTo(System.Text.Json.JsonSerializer.Serialize<object>(record))
            );
        }
    }

    [Test]
    public async Task A_start_knows_the_jobs_that_ended_last()
    {
        var jobs = Enumerable
            .Range(0, 3)
            .Select(i => Given.Job() with { State = JobState.Cancelled, FinishedAt = Given.Noon.AddMinutes(-i) })
            .ToList();
        foreach (var job in jobs)
        {
            await CommitAsync(new Change.JobAdded(job with { State = JobState.Ready, FinishedAt = null }, default));
            await CommitAsync(new Change.JobFinished(job, default));
        }

        await ReopenAsync();
        Assert.That(
            (await Store.LoadAsync(None)).Finished.Select(job => job.Id),
            Is.EqualTo(jobs.Select(job => job.Id).Reverse())
        );
    }

    [Test]
    public async Task Epoch_grows_with_each_start()
    {
        var first = (await Store.LoadAsync(None)).Epoch;
        await ReopenAsync();
        Assert.That((await Store.LoadAsync(None)).Epoch, Is.GreaterThan(first));
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
