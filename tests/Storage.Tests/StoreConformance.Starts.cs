using ScheduleZero.Broker.Core;
using ScheduleZero.Broker.Core.Access;
using ScheduleZero.Broker.Core.Dispatch;
using ScheduleZero.Broker.Core.Jobs;
using ScheduleZero.Broker.Core.Sessions;
using ScheduleZero.Contracts.Rest;

namespace ScheduleZero.Storage.Tests;

/// <summary>What a start of the Broker reads.</summary>
public abstract partial class StoreConformance
{
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
}
