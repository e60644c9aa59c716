using ScheduleZero.Broker.Core;
using ScheduleZero.Broker.Core.Calendars;
using ScheduleZero.Broker.Core.Namespaces;
using ScheduleZero.Broker.Core.Schedules;
using ScheduleZero.Contracts.Rest;
using ScheduleZero.Tickets;
using ScheduleZero.Triggers;

namespace ScheduleZero.Core.Tests.Schedules;

/// <summary>What one turn makes of due instants: jobs, rows with their reasons, and events.</summary>
public sealed class FiringTests
{
    private static readonly TriggerRequest EveryMinute = new() { Kind = TriggerKinds.Cron, Expression = "* * * * *" };
    private static readonly TriggerRequest EverySecond = new() { Kind = TriggerKinds.Cron, Expression = "* * * * * *" };

    private static Schedule Now(Stage stage) => stage.Look(state => state.FindSchedule("default", "s"))!;

    private static Stage With(
        TriggerRequest trigger,
        Func<Schedule, Schedule>? change = null,
        CoreOptions? options = null
    )
    {
        var stage = new Stage(options: options);
        var draft = ScheduleTests.Draft(trigger);
        ScheduleTests.Save(stage, change?.Invoke(draft) ?? draft);
        return stage;
    }

    private static List<string?> Told(Stage stage, string type) =>
        [
            .. stage
                .Said.OfType<Effect.Publish>()
                .Select(said => said.Happened)
                .Where(said => said.Type == type)
                .Select(said => said.Detail),
        ];

    private static List<(double Minute, double? To, long Count, string Reason)> Rows(Stage stage) =>
        [
            .. stage.Kept.Missed.Select(row =>
                (
                    (row.Nominal - Stage.Noon).TotalMinutes,
                    (double?)(row.To - Stage.Noon)?.TotalMinutes,
                    row.Count,
                    row.Reason
                )
            ),
        ];

    [Test]
    public void A_missed_instant_says_why_it_was_missed_also_when_the_namespace_has_no_room()
    {
        var stage = With(
            EveryMinute,
            draft => draft with { Misfire = MisfirePolicy.None },
            new CoreOptions { WaitingJobsMax = 1 }
        );
        stage.Restart(TimeSpan.FromSeconds(90));
        stage.Do();
        Assert.That(
            Rows(stage),
            Is.EqualTo(new[] { (1.0, (double?)null, 1L, "missed, and the misfire policy is none") })
        );
        Assert.That(
            Told(stage, "schedule.missed"),
            Is.EqualTo(new[] { $"{Stage.Noon.AddMinutes(1):O}: missed, and the misfire policy is none" })
        );
        stage.Advance(30);
        Assert.That(
            Rows(stage)[^1].Reason,
            Is.EqualTo("the namespace has as many waiting jobs, or stored bytes, as it may")
        );
    }

    [TestCase(MisfirePolicy.Latest, new double[] { 0, 10 }, 1, "missed, and a later one was due too")]
    [TestCase(MisfirePolicy.Earliest, new double[] { 0, 1, 10 }, 2, "missed, and an earlier one ran for it")]
    public void An_instant_that_is_due_this_very_moment_is_not_missed(
        MisfirePolicy misfire,
        double[] made,
        double first,
        string reason
    )
    {
        var stage = With(EveryMinute, draft => draft with { Misfire = misfire });
        stage.Restart(TimeSpan.FromMinutes(10));
        stage.Do();
        Assert.That(ScheduleTests.MinutesMade(stage), Is.EqualTo(made));
        Assert.That(Rows(stage), Is.EqualTo(new[] { (first, (double?)9, (long)(10 - first), reason) }));
    }

    [Test]
    public void The_earliest_of_a_gap_stands_for_the_last_instant_of_the_gap_too()
    {
        var stage = With(
            EverySecond,
            draft => draft with { Misfire = MisfirePolicy.Earliest, CatchUpWindow = TimeSpan.FromDays(1) }
        );
        stage.Restart(TimeSpan.FromSeconds(6_000));
        stage.Do(); // One turn passes only a part of the gap.
        Assert.That(
            ScheduleTests.MinutesMade(stage).Select(minute => minute * 60),
            Is.EqualTo(new[] { 0, 1 }).Within(0.001)
        );
        stage.Restart(TimeSpan.FromSeconds(10));
        stage.Jump(TimeSpan.Zero);
        Assert.That(
            stage.Kept.Made.Select(job => (job.Occurrence!.Nominal - Stage.Noon).TotalSeconds).Take(3),
            Is.EqualTo(new[] { 0, 1, 6_001 })
        );
    }

    [Test]
    public void An_occurrence_that_waits_is_told_and_those_behind_it_say_for_which_they_are_missed()
    {
        var stage = With(EveryMinute, draft => draft with { Overlap = OverlapPolicy.Queue });
        stage.Advance(TimeSpan.FromMinutes(2));
        var reason =
            "the job of the occurrence before is unfinished, "
            + $"and that of {Stage.Noon.AddMinutes(1):O} waits for it already";
        Assert.That(Told(stage, "schedule.queued"), Is.EqualTo(new[] { $"{Stage.Noon.AddMinutes(1):O}" }));
        Assert.That(Rows(stage), Is.EqualTo(new[] { (2.0, (double?)null, 1L, reason) }));
        Assert.That(Told(stage, "schedule.missed"), Is.EqualTo(new[] { $"{Stage.Noon.AddMinutes(2):O}: {reason}" }));
        stage.Advance(TimeSpan.FromMinutes(1));
        Assert.That(Rows(stage), Is.EqualTo(new[] { (2.0, (double?)3, 2L, reason) }));
    }

    [Test]
    public void A_job_that_nobody_has_started_is_replaced_without_a_wait()
    {
        var stage = With(EveryMinute, draft => draft with { Overlap = OverlapPolicy.CancelPrevious });
        stage.Advance(TimeSpan.FromMinutes(1));
        Assert.That(Told(stage, "schedule.queued"), Is.Empty);
        Assert.That(
            Told(stage, "schedule.fired"),
            Is.EqualTo(new[] { $"{Stage.Noon:O}", $"{Stage.Noon.AddMinutes(1):O}" })
        );
    }

    [Test]
    public void The_job_of_a_schedule_without_jitter_has_no_effective_instant()
    {
        var stage = With(EveryMinute);
        stage.Do();
        Assert.That(
            stage.Kept.Made.Select(job => job.Occurrence),
            Is.EqualTo(new[] { new Broker.Core.Jobs.Occurrence(Now(stage).Id, "s", 1, Stage.Noon) })
        );
    }

    [Test]
    public void One_turn_makes_so_many_jobs_of_a_schedule_and_leaves_the_rest_to_the_next()
    {
        var stage = With(
            EverySecond,
            draft => draft with { Misfire = MisfirePolicy.All, CatchUpWindow = TimeSpan.FromDays(1) }
        );
        stage.Restart(TimeSpan.FromSeconds(3_000));
        stage.Kept.Made.Clear();
        stage.Do();
        Assert.That(stage.Kept.Made, Has.Count.EqualTo(512));
        stage.Jump(TimeSpan.Zero);
        Assert.That(stage.Kept.Made, Has.Count.EqualTo(3_000));
    }

    [Test]
    public void A_pause_that_ends_while_the_disk_is_low_makes_no_job()
    {
        var stage = With(EveryMinute);
        stage.Ask<Answer.ScheduleIs>(ticket => new BrokerInput.PauseSchedule(
            ticket,
            Stage.Editor,
            "default",
            "s",
            null,
            Stage.Noon.AddMinutes(5)
        ));
        stage.Do(new BrokerInput.DiskSeen(DiskLevel.Low, -1));
        stage.Advance(TimeSpan.FromMinutes(6));
        Assert.That((Now(stage).Paused, stage.Kept.Made.Count), Is.EqualTo((false, 1)));
        stage.Do(new BrokerInput.DiskSeen(DiskLevel.Enough, -1));
        Assert.That(ScheduleTests.MinutesMade(stage), Is.EqualTo(new[] { 0, 6 }));
    }

    [Test]
    public void An_occurrence_that_waits_is_made_though_its_schedule_stands_still_and_nothing_else_is()
    {
        var stage = With(EveryMinute, draft => draft with { Overlap = OverlapPolicy.Queue });
        stage.Advance(60);
        var id = Now(stage).Id;
        stage.Kept.Schedules[id] = stage.Kept.Schedules[id] with
        {
            Trigger = EveryMinute with { TimeZone = "US/Nowhere" },
        };
        stage.Restart(TimeSpan.FromMinutes(5));
        var row = stage.Kept.Schedules[id];
        stage.Do(new BrokerInput.CancelJob(new UncalledTicket(), "default", stage.Kept.Jobs.Keys.Single(), null));
        stage.Advance(TimeSpan.FromMinutes(5));
        Assert.That(ScheduleTests.MinutesMade(stage), Is.EqualTo(new[] { 0, 1 }));
        Assert.That(
            stage.Kept.Schedules[id],
            Is.EqualTo(
                row with
                {
                    Queued = null,
                    LastNominal = Stage.Noon.AddMinutes(1),
                    Occurrences = 2,
                    Stopped = Now(stage).Stopped,
                }
            )
        );
        Assert.That(stage.Kept.Missed, Is.Empty);
    }

    private static void SaveCalendar(Stage stage, params DayOfWeek[] weekdays) =>
        stage.Ask<Answer.CalendarIs>(ticket => new BrokerInput.SaveCalendar(
            ticket,
            new CalendarRecord
            {
                Namespace = "default",
                Name = "c",
                Version = 0,
                Weekdays = weekdays,
                CreatedAt = default,
                ChangedAt = default,
                CreatedBy = "test",
                ChangedBy = "test",
            },
            false,
            null
        ));

    [Test]
    public void A_schedule_whose_last_instant_is_excluded_has_no_next_one()
    {
        var stage = new Stage(); // The first of June 2026 is a Monday.
        SaveCalendar(stage, DayOfWeek.Monday);
        var at = Stage.Noon.AddHours(1);
        var once = new TriggerRequest { Kind = TriggerKinds.Once, At = at };
        var saved = ScheduleTests.Save(stage, ScheduleTests.Draft(once) with { ExcludeCalendars = ["c"] });
        Assert.That((saved.NextNominal, saved.ExcludedFrom), Is.EqualTo(((DateTimeOffset?)null, (DateTimeOffset?)at)));
    }

    [Test]
    public void A_search_that_gives_up_goes_on_from_the_excluded_instant_that_it_found()
    {
        var stage = new Stage();
        SaveCalendar(stage, DayOfWeek.Monday);
        var at = Stage.Noon.AddHours(1);
        TriggerRequest Every(double seconds) =>
            new()
            {
                Kind = TriggerKinds.Interval,
                StartAt = at,
                Every = TimeSpan.FromSeconds(seconds),
            };
        // The two intervals meet at their start, and then not for centuries: no search goes on for so long.
        var both = new TriggerRequest { Kind = TriggerKinds.AllOf, Triggers = [Every(86_399), Every(86_400)] };
        var saved = ScheduleTests.Save(stage, ScheduleTests.Draft(both) with { ExcludeCalendars = ["c"] });
        Assert.That((saved.NextNominal, saved.ExcludedFrom), Is.EqualTo(((DateTimeOffset?)at, (DateTimeOffset?)at)));
    }

    [Test]
    public void The_instants_of_a_range_leave_out_the_excluded_days_and_go_on_after_them()
    {
        var hourly = new TriggerRequest { Kind = TriggerKinds.Cron, Expression = "0 * * * *" };
        var clock = TriggerClock.TryCreate(hourly, default, out _)!;
        var days = new ExcludedDays("UTC", [DayOfWeek.Saturday, DayOfWeek.Sunday], [], []);
        var friday = new DateTimeOffset(2026, 6, 5, 22, 0, 0, TimeSpan.Zero);
        var monday = new DateTimeOffset(2026, 6, 8, 0, 0, 0, TimeSpan.Zero);
        Assert.That(
            Instants.Between(clock, new Exclusions([("weekend", days)]), friday, monday.AddHours(2)),
            Is.EqualTo(new[] { friday, friday.AddHours(1), monday, monday.AddHours(1) })
        );
    }
}
