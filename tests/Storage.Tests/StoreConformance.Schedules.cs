using ScheduleZero.Broker.Core;
using ScheduleZero.Broker.Core.Calendars;
using ScheduleZero.Broker.Core.Jobs;
using ScheduleZero.Broker.Core.Schedules;
using ScheduleZero.Broker.Storage;
using ScheduleZero.Contracts;
using ScheduleZero.Contracts.Ids;
using ScheduleZero.Contracts.Rest;

namespace ScheduleZero.Storage.Tests;

public abstract partial class StoreConformance
{
    [Test]
    public async Task Calendars_and_what_schedules_know_of_them_are_loaded_as_last_saved()
    {
        var calendar = new CalendarRecord
        {
            Namespace = "default",
            Name = "holidays",
            Version = 3,
            Description = "of Berlin",
            TimeZone = "Europe/Berlin",
            Dates = [new DateOnly(2026, 5, 1), new DateOnly(2026, 10, 3)],
            Ranges = [new DateRange(new DateOnly(2026, 12, 24), new DateOnly(2027, 1, 1))],
            Weekdays = [DayOfWeek.Saturday, DayOfWeek.Sunday],
            ImportedUntil = new DateOnly(2036, 1, 1),
            CreatedAt = Given.Noon,
            ChangedAt = Given.Noon.AddTicks(1),
            CreatedBy = "user:ana",
            ChangedBy = "user:ben",
        };
        var schedule = ASchedule() with
        {
            ExcludeCalendars = ["holidays", "weekend"],
            ExcludedFrom = Given.Noon,
            Passed = Given.Noon.AddTicks(-1),
        };
        await CommitAsync(
            new Change.CalendarSaved(calendar with { Version = 2, Dates = [] }),
            new Change.CalendarSaved(calendar with { Namespace = "other" }),
            new Change.CalendarSaved(calendar with { Name = "gone" }),
            new Change.ScheduleSaved(schedule)
        );
        await CommitAsync(new Change.CalendarSaved(calendar), new Change.CalendarDeleted("default", "gone"));
        await ReopenAsync();
        var state = await Store.LoadAsync(None);
        Assert.That(
            state.Calendars.Select(kept => (kept.Namespace, kept.Name)),
            Is.EquivalentTo(new[] { ("default", "holidays"), ("other", "holidays") })
        );
        var loaded = state.Calendars.Single(kept => kept.Namespace == "default");
        Assert.That(
            loaded with
            {
                Dates = calendar.Dates,
                Ranges = calendar.Ranges,
                Weekdays = calendar.Weekdays,
            },
            Is.EqualTo(calendar)
        );
        Assert.That(loaded.Dates, Is.EqualTo(calendar.Dates));
        Assert.That(loaded.Ranges, Is.EqualTo(calendar.Ranges));
        Assert.That(loaded.Weekdays, Is.EqualTo(calendar.Weekdays));
        var kept = state.Schedules.Single();
        Assert.That(kept.ExcludeCalendars, Is.EqualTo(schedule.ExcludeCalendars));
        Assert.That((kept.ExcludedFrom, kept.Passed), Is.EqualTo((schedule.ExcludedFrom, schedule.Passed)));
    }

    [Test]
    public async Task Missed_occurrences_are_paged_newest_first()
    {
        var schedule = new ScheduleId(Guid.NewGuid());
        await CommitAsync([
            .. Enumerable
                .Range(0, 5)
                .Select(i => new Change.OccurrenceMissed(schedule, Given.Noon.AddHours(i), $"r{i}")),
        ]);
        var first = await Store.SearchMissedAsync(schedule, 3, null, None);
        var second = await Store.SearchMissedAsync(schedule, 3, first.NextCursor, None);
        Assert.That(first.Items.Select(m => m.Reason), Is.EqualTo(new[] { "r4", "r3", "r2" }));
        Assert.That(
            second.Items,
            Is.EqualTo(new[] { new MissedOccurrence(Given.Noon.AddHours(1), "r1"), new(Given.Noon, "r0") })
        );
        Assert.That(second.NextCursor, Is.Null);
        Assert.That((await Store.SearchMissedAsync(new ScheduleId(Guid.NewGuid()), 3, null, None)).Items, Is.Empty);
    }

    [Test]
    public async Task Versions_of_a_schedule_are_paged_newest_first_so_many_are_kept_and_go_with_it(
        [Values] bool reopen
    )
    {
        var schedule = ASchedule();
        for (var version = 1; version <= Limits.ScheduleVersionsMax + 3; version++)
        {
            await CommitAsync(
                new Change.ScheduleVersioned(schedule with { Version = version, ChangedBy = $"user:{version}" })
            );
        }

        if (reopen)
        {
            await ReopenAsync();
        }

        var first = await Store.SearchVersionsAsync(schedule.Id, 2, null, None);
        var rest = await Store.SearchVersionsAsync(schedule.Id, 100, first.NextCursor, None);
        Assert.That(
            first.Items.Select(kept => (kept.Version, kept.ChangedBy)),
            Is.EqualTo(new[] { (53, "user:53"), (52, "user:52") })
        );
        Assert.That(rest.Items.Select(kept => kept.Version), Is.EqualTo(Enumerable.Range(4, 48).Reverse()));
        Assert.That(rest.NextCursor, Is.Null);
        await CommitAsync(new Change.ScheduleSaved(schedule));
        await CommitAsync(new Change.ScheduleDeleted(schedule.Id));
        Assert.That((await Store.SearchVersionsAsync(schedule.Id, 2, null, None)).Items, Is.Empty);
    }

    [Test]
    public async Task Prune_forgets_occurrences_missed_before()
    {
        var schedule = new ScheduleId(Guid.NewGuid());
        await CommitAsync([
            .. Enumerable
                .Range(0, 5)
                .Select(i => new Change.OccurrenceMissed(schedule, Given.Noon.AddHours(i), $"r{i}")),
        ]);
        await Store.PruneAsync(Given.Noon.AddHours(3), None);
        var left = await Store.SearchMissedAsync(schedule, 10, null, None);
        Assert.That(left.Items.Select(m => m.Reason), Is.EqualTo(new[] { "r4", "r3" }));
    }

    private static Schedule ASchedule() =>
        new()
        {
            Id = new ScheduleId(Guid.NewGuid()),
            Namespace = "default",
            Name = "nightly",
            Version = 1,
            Trigger = new TriggerRequest
            {
                Kind = TriggerKinds.Interval,
                Every = TimeSpan.FromMinutes(5),
                StartAt = Given.Noon,
            },
            Job = new JobSpec { Method = "db.backup" },
            Params = Given.Params,
            Misfire = MisfirePolicy.All,
            NextNominal = Given.Noon,
            Backfill = new Backfill
            {
                From = Given.Noon.AddDays(-1),
                To = Given.Noon,
                Total = 288,
                Overlap = OverlapPolicy.Queue,
                RequestedBy = "user:ana",
                RequestedAt = Given.Noon,
                Next = Given.Noon.AddHours(-3),
                Made = 7,
                Present = 5,
                LastJob = new JobId(Guid.CreateVersion7()),
                EndedAt = Given.Noon,
                CancelledBy = "user:bea",
            },
            BackfilledUntil = Given.Noon,
            Offline = OfflinePolicy.Run,
            Keeping = new Keeping("office-7", "store-7", Given.Noon, Given.Noon.AddDays(7)),
            CreatedAt = Given.Noon,
            ChangedAt = Given.Noon,
            CreatedBy = "user:ana",
        };

    [Test]
    public async Task A_run_of_missed_instants_is_one_row_that_grows()
    {
        var schedule = new ScheduleId(Guid.NewGuid());
        await CommitAsync(
            new Change.OccurrenceMissed(schedule, Given.Noon, "r"),
            new Change.OccurrenceMissed(schedule, Given.Noon.AddHours(3), "single")
        );
        await CommitAsync(new Change.OccurrenceMissed(schedule, Given.Noon, "r", Given.Noon.AddHours(2), 3));
        await ReopenAsync();
        Assert.That(
            (await Store.SearchMissedAsync(schedule, 10, null, None)).Items,
            Is.EqualTo(
                new[]
                {
                    new MissedOccurrence(Given.Noon.AddHours(3), "single"),
                    new(Given.Noon, "r", Given.Noon.AddHours(2), 3),
                }
            )
        );
        await Store.PruneAsync(Given.Noon.AddHours(1), None);
        Assert.That(
            (await Store.SearchMissedAsync(schedule, 10, null, None)).Items,
            Has.Count.EqualTo(2),
            "a run is kept as long as its last instant"
        );
        await Store.PruneAsync(Given.Noon.AddHours(2.5), None);
        Assert.That(
            (await Store.SearchMissedAsync(schedule, 10, null, None)).Items.Single().Reason,
            Is.EqualTo("single")
        );
    }

    [Test]
    public async Task An_instant_that_made_a_job_after_all_is_missed_no_more([Values] bool reopen)
    {
        var schedule = new ScheduleId(Guid.NewGuid());
        await CommitAsync([
            .. Enumerable
                .Range(0, 3)
                .Select(i => new Change.OccurrenceMissed(schedule, Given.Noon.AddHours(i), $"r{i}")),
        ]);
        await CommitAsync(
            new Change.OccurrenceMade(schedule, Given.Noon.AddHours(1)),
            new Change.OccurrenceMade(schedule, Given.Noon.AddHours(7))
        );
        if (reopen)
        {
            await ReopenAsync();
        }

        Assert.That(
            (await Store.SearchMissedAsync(schedule, 10, null, None)).Items.Select(m => m.Reason),
            Is.EqualTo(new[] { "r2", "r0" })
        );
    }
}
