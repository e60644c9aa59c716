using System.Formats.Tar;
using System.Globalization;
using System.IO.Compression;
using LiteDB;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Time.Testing;
using ScheduleZero.Broker.Core;
using ScheduleZero.Broker.Core.Access;
using ScheduleZero.Broker.Core.Jobs;
using ScheduleZero.Broker.Core.Schedules;
using ScheduleZero.Broker.Core.Timing;
using ScheduleZero.Broker.Storage;
using ScheduleZero.Broker.Storage.LiteDb;
using ScheduleZero.Broker.Storage.LiteDb.Database;
using ScheduleZero.Broker.Storage.LiteDb.Journaling;
using ScheduleZero.Broker.Storage.LiteDb.Records;
using ScheduleZero.Contracts;
using ScheduleZero.Contracts.Rest;

namespace ScheduleZero.Storage.Tests.Stores;

/// <summary>
/// Opens stores that Brokers of earlier versions have written, each killed in the middle of its work, and finds
/// everything in them. <c>make-store.sh</c> beside this file makes such a store from a checkout of a commit, and says
/// what it puts into the store. The file is named after the commit. 659d0de wrote the first format.
/// </summary>
/// <param name="writtenAt">An instant soon after the store was written, at which it is opened.</param>
[TestFixture("659d0de", "2026-11-29T20:15:00Z")]
[TestFixture("2049ac7", "2026-11-29T21:30:00Z")]
[FixtureLifeCycle(LifeCycle.InstancePerTestCase)]
public sealed partial class WrittenStoreTests(string version, string writtenAt) : IDisposable
{
    private readonly TemporaryFolder _folder = new();
    private readonly DateTimeOffset _now = DateTimeOffset.Parse(writtenAt, CultureInfo.InvariantCulture);

    [SetUp]
    public void Unpack()
    {
        var file = Path.Combine(TestContext.CurrentContext.TestDirectory, "Stores", $"{version}.tar.br");
        using var packed = new BrotliStream(File.OpenRead(file), CompressionMode.Decompress);
        TarFile.ExtractToDirectory(packed, _folder.Path, overwriteFiles: false);
    }

    public void Dispose() => _folder.Dispose();

    [Test]
    public void Its_journal_holds_changes_that_were_not_moved_yet()
    {
        using var folder = Broker.Storage.LiteDb.Files.DiskFolder.Open(_folder.Path, 0, NullLogger.Instance);
        using var documents = Documents.Open(folder, NullLogger.Instance);
        var kinds = documents
            .Scan("journal", "_id", BsonValue.MinValue, BsonValue.MaxValue, descending: false, int.MaxValue)
            .SelectMany(document => ChangesOf(document["d"].AsBinary))
            .Select(change => change.GetType())
            .ToHashSet();
        Type[] expected =
        [
            typeof(Change.JobAdded),
            typeof(Change.JobAssigned),
            typeof(Change.JobFinished),
            typeof(Change.LogAppended),
            typeof(Change.DeduplicationKept),
            typeof(Change.ScheduleSaved),
            typeof(Change.ScheduleVersioned),
            typeof(Change.ScheduleDeleted),
            typeof(Change.CalendarSaved),
            typeof(Change.CalendarDeleted),
            typeof(Change.HandlerSaved),
            typeof(Change.KeySaved),
            typeof(Change.AccessSaved),
            typeof(Change.AccessDeleted),
            typeof(Change.BatchSaved),
            typeof(Change.AuditAppended),
        ];
        Assert.That(expected.Except(kinds), Is.Empty);
    }

    [Test]
    public async Task Everything_in_it_is_there_at_once_and_after_it_was_brought_to_the_newest_format()
    {
        for (var start = 0; start < 3; start++)
        {
            // The first start leaves rows of an older format as they are; the others take them into the indexes.
            await using var store = await OpenAsync(idle: start > 0);
            var state = await store.LoadAsync(CancellationToken.None);
            AssertState(state, start);
            AssertRestores(state);
            await AssertHistoryAsync(store, state);
            await AssertAuditAsync(store, state);
        }
    }

    [Test]
    public async Task Its_broker_goes_on()
    {
        await using (var store = await OpenAsync(idle: true))
        {
            var state = await store.LoadAsync(CancellationToken.None);
            var running = Running(state);
            var late = Given.Job();
            await store.CommitAsync(
                [
                    late.Added(),
                    new Change.JobFinished(
                        running with
                        {
                            State = JobState.Failed,
                            Current = null,
                            Ended = [running.Current! with { Outcome = AttemptOutcome.Lost, FinishedAt = _now }],
                            FinishedAt = _now,
                        },
                        default
                    ),
                    new Change.ScheduleDeleted(Schedule(state, "nightly").Id),
                    new Change.CalendarDeleted("default", "holidays"),
                ],
                CancellationToken.None
            );
        }

        await using var again = await OpenAsync(idle: true);
        var left = await again.LoadAsync(CancellationToken.None);
        Assert.That(
            left.Jobs,
            Has.None.Matches<Job>(job => job is { State: JobState.Running, Spec.Method: "host.wait" })
        );
        Assert.That(left.Jobs.Select(job => job.Spec.Method), Has.Member("reports.render"));
        Assert.That(left.Schedules.Select(schedule => schedule.Name), Has.No.Member("nightly"));
        Assert.That(left.Calendars.Select(calendar => calendar.Name), Has.No.Member("holidays"));
    }

    private static void AssertState(StoredState state, int start)
    {
        Assert.That(state.Unreadable, Is.Empty);
        Assert.That(state.Epoch, Is.EqualTo(2 + start));
        Assert.That(
            state.Jobs.Select(job => (job.Namespace, job.Spec.Method, job.State)).Distinct(),
            Is.SupersetOf(
                new[]
                {
                    ("default", "host.wait", JobState.Running),
                    ("default", "host.wait", JobState.Ready),
                    ("default", "nobody.offers", JobState.Ready),
                    ("default", "text.log", JobState.Scheduled),
                    ("acme", "nobody.offers", JobState.Ready),
                }
            )
        );
        AssertJobs(state);
        Assert.That(
            state.Schedules.Select(schedule => schedule.Name),
            Is.EquivalentTo(["nightly", "often", "never-on-a-day", "blocked", "paused", "latest"])
        );
        AssertSchedules(state);
        Assert.That(
            state.Handlers.Select(handler => (handler.Name, handler.Drained)),
            Is.EquivalentTo(new[] { ("office-7", false), ("office-8", false) })
        );
        Assert.That(state.Handlers.First(handler => handler.Name == "office-7").Groups, Is.EqualTo(["emea"]));
        AssertAccess(state);
        Assert.That(state.Deduplications.Select(key => (key.Namespace, key.Key)), Has.Member(("default", "echo-1")));
        Assert.That(state.Batches.Select(batch => batch.Name), Is.EquivalentTo(["open", "latest"]));
        var rate = state.Rates.Single(rate => rate.Of.Name == "mail");
        Assert.That((rate.Of.Namespace, rate.Period), Is.EqualTo(("default", TimeSpan.FromHours(1))));
        Assert.That(rate.Slices.Sum(slice => slice.Count), Is.EqualTo(2));
        Assert.That(state.Finished, Has.Count.GreaterThan(50));
    }

    private static void AssertJobs(StoredState state)
    {
        var running = Running(state);
        Assert.That(
            (running.Current!.Handler, running.Token, running.AttemptsUsed, running.Spec.ConcurrencyKey),
            Is.EqualTo(("office-7", 1, 1, "one"))
        );
        var next = state.Jobs.Single(job => job.Chain is not null);
        Assert.That(next.Chain!.After, Is.EqualTo([running.Id]));
        Assert.That((next.Chain.OnFailure, next.Chain.Left.Count), Is.EqualTo((AfterFailure.Run, 1)));
        var far = state.Jobs.Single(job => job.Spec.Tags?.Contains("far") == true);
        Assert.That((far.RunAt.Year, far.Spec.Priority), Is.EqualTo((2099, -5)));
        var other = state.Jobs.Single(job => job.Namespace == "acme");
        Assert.That(
            other.Spec.Retry,
            Is.EqualTo(new RetryPolicy(7, BackoffKind.Linear, TimeSpan.FromSeconds(2), TimeSpan.FromHours(1), 0.5))
        );
        Assert.That(state.Jobs.Count(job => job.Completes is not null), Is.EqualTo(1));
        Assert.That(state.Jobs.Count(job => job.Batch is not null), Is.GreaterThanOrEqualTo(2));
    }

    private static void AssertSchedules(StoredState state)
    {
        var nightly = Schedule(state, "nightly");
        Assert.That(
            (nightly.Version, nightly.Trigger.Expression, nightly.Trigger.TimeZone, nightly.Job.Priority),
            Is.EqualTo((2, "30 2 * * *", "Europe/Berlin", 6))
        );
        Assert.That(nightly.ExcludeCalendars, Is.EqualTo(["holidays"]));
        Assert.That(Schedule(state, "often").Occurrences, Is.EqualTo(3));
        Assert.That(Schedule(state, "paused").Paused, Is.True);
        Assert.That(Schedule(state, "latest").Trigger.At!.Value.Year, Is.EqualTo(2099));
        Assert.That(
            state.Calendars.Select(calendar => calendar.Name),
            Is.EquivalentTo(["holidays", "every-day", "latest"])
        );
        var holidays = state.Calendars.Single(calendar => calendar.Name == "holidays");
        Assert.That(holidays.Dates, Is.EqualTo([new DateOnly(2026, 12, 25), new DateOnly(2027, 1, 1)]));
        Assert.That(holidays.Ranges, Is.EqualTo([new DateRange(new DateOnly(2026, 8, 1), new DateOnly(2026, 8, 14))]));
        Assert.That(holidays.Weekdays, Is.EqualTo([DayOfWeek.Saturday, DayOfWeek.Sunday]));
    }

    private static void AssertAccess(StoredState state)
    {
        Assert.That(
            state.Keys.Select(key => (key.Kind, key.Name ?? key.Handler ?? "")),
            Is.EquivalentTo(
                new[]
                {
                    (KeyKind.Service, "bootstrap"),
                    (KeyKind.Bridge, "bridge"),
                    (KeyKind.Service, "producer"),
                    (KeyKind.Service, "revoked"),
                    (KeyKind.Service, "latest"),
                    (KeyKind.Handler, "office-7"),
                    (KeyKind.Handler, "office-8"),
                }
            )
        );
        var enrolled = state.Keys.Single(key => key.Handler == "office-8");
        Assert.That(enrolled.Pair!.Generation, Is.GreaterThan(0));
        Assert.That(state.Keys.Single(key => key.Name == "revoked").RevokedAt, Is.Not.Null);
        Assert.That(state.Keys.Single(key => key.Name == "producer").RequestsPerMinute, Is.EqualTo(500));
        Assert.That(
            state.Access.OfType<Broker.Core.Access.NamespaceRecord>().Select(ns => ns.Name),
            Is.SupersetOf(["default", "acme"])
        );
        Assert.That(
            state.Access.OfType<UserRecord>().Select(user => (user.UserName, user.Disabled)),
            Is.EquivalentTo(new[] { ("ana", false), ("bob", true) })
        );
        Assert.That(
            state.Access.OfType<RoleRecord>().Select(role => role.Name),
            Is.EquivalentTo(["auditor", "latest"])
        );
        Assert.That(state.Access.OfType<SignInRecord>().Count(), Is.EqualTo(1));
        Assert.That(state.Access.OfType<SigningKeyRecord>().Count(), Is.EqualTo(1));
        var enrolments = state.Access.OfType<EnrolmentRecord>().ToList();
        Assert.That(
            enrolments.Select(token => token.Handlers ?? token.Handler),
            Is.EquivalentTo(["branch-*", "office-8"])
        );
        Assert.That(enrolments.Single(token => token.Handler is not null).KeyId, Is.EqualTo(enrolled.Id));
    }

    private void AssertRestores(StoredState state)
    {
        var core = new BrokerCore(new CoreOptions());
        core.Restore(state, new Moment(_now, TimeSpan.Zero));
        Assert.That(core.Unreadable, Is.Empty);
        Assert.That(core.State.Schedules("default"), Has.Count.EqualTo(state.Schedules.Count));
    }

    private static Job Running(StoredState state) =>
        state.Jobs.Single(job => job is { State: JobState.Running, Spec.Method: "host.wait" });

    private static Schedule Schedule(StoredState state, string name) =>
        state.Schedules.Single(schedule => schedule.Name == name);

    private static HashSet<JobState> EnumSet(params JobState[] states) => [.. states];

    private static async Task<List<StoredJob>> SearchAsync(LiteDbStore store, Func<JobSearch, JobSearch> with) =>
        [
            .. (
                await store.SearchJobsAsync(
                    with(
                        new JobSearch
                        {
                            Namespace = "default",
                            Limit = 500,
                            Bodies = JobBodies.All,
                            Now = DateTimeOffset.UnixEpoch,
                        }
                    ),
                    CancellationToken.None
                )
            ).Items,
        ];

    private async Task<List<StoredJob>> FinishedAsync(LiteDbStore store) =>
        [
            .. (
                await store.SearchFinishedAsync(
                    new FinishedSearch
                    {
                        Namespace = "default",
                        Limit = 500,
                        From = _now.AddDays(-400),
                        To = _now,
                    },
                    CancellationToken.None
                )
            ).Items,
        ];

    private static IEnumerable<Change> ChangesOf(byte[] bytes)
    {
        var changes = new List<Change>();
        var reader = new RecordReader(bytes, interner: null);
        while (!reader.AtEnd)
        {
            changes.Add(ChangeRecord.Read(ref reader));
        }

        return changes;
    }

    private async Task<LiteDbStore> OpenAsync(bool idle) =>
        await LiteDbStore.OpenAsync(
            new LiteDbStoreOptions
            {
                Folder = _folder.Path,
                BallastBytes = 0,
                AppliesWhenIdle = idle,
            },
            new FakeTimeProvider(_now),
            NullLogger.Instance,
            CancellationToken.None
        );
}
