using ScheduleZero.Broker.Core.Calendars;
using ScheduleZero.Broker.Core.Schedules;
using ScheduleZero.Contracts.Rest;
using ScheduleZero.Triggers;

namespace ScheduleZero.Core.Tests.Schedules;

/// <summary>
/// At a start the Broker computes the next instants again, since the rules of a zone may have changed after the row was
/// written.
/// </summary>
public sealed class ReplanTests
{
    private static readonly TriggerRequest Daily = new()
    {
        Kind = TriggerKinds.Cron,
        Expression = "0 2 * * *",
        TimeZone = "Europe/Berlin",
    };

    private static readonly TriggerRequest EveryMinute = new() { Kind = TriggerKinds.Cron, Expression = "* * * * *" };

    private static readonly DateTimeOffset Two = new(2026, 6, 2, 0, 0, 0, TimeSpan.Zero);

    /// <summary>
    /// A schedule whose stored next instant, by the old rules of its zone, differs from the one by today's rules.
    /// </summary>
    private static Stage Planned(DateTimeOffset? next, Func<Schedule, Schedule>? with = null)
    {
        var stage = new Stage();
        ScheduleTests.Save(stage, ScheduleTests.Draft(Daily));
        var row = stage.Kept.Schedules.Values.Single() with { NextNominal = next };
        stage.Kept.Schedules[row.Id] = with is null ? row : with(row);
        return stage;
    }

    private static Schedule Now(Stage stage) => stage.Look(state => state.FindSchedule("default", "s"))!;

    private static DateTimeOffset? Previewed(Stage stage) =>
        TriggerClock.TryCreate(Daily, Stage.Noon, out _)!.Next(stage.Wall, inclusive: true);

    [TestCase(-60)]
    [TestCase(60)]
    [TestCase(1440)]
    [TestCase(-7)]
    public void The_next_instant_is_that_of_the_preview_whatever_the_row_says(int minutesOff)
    {
        var stage = Planned(Two.AddMinutes(minutesOff));
        stage.Restart(TimeSpan.FromHours(1));
        Assert.That(Now(stage).NextNominal, Is.EqualTo(Previewed(stage)));
        stage.Advance(TimeSpan.FromHours(37));
        Assert.That(stage.Kept.Made.Select(job => job.Occurrence!.Nominal), Is.EqualTo(new[] { Two, Two.AddDays(1) }));
        Assert.That(stage.Kept.Missed, Is.Empty);
    }

    [Test]
    public void A_row_of_an_earlier_version_fires_no_instant_again_that_is_ahead_of_the_clock()
    {
        var stage = new Stage();
        ScheduleTests.Save(stage, ScheduleTests.Draft(EveryMinute));
        stage.Advance(TimeSpan.FromMinutes(2));
        var row = stage.Kept.Schedules.Values.Single();
        stage.Kept.Schedules[row.Id] = row with { Passed = null, PlannedFrom = null };
        stage.Restart(TimeSpan.FromMinutes(-1));
        stage.Advance(TimeSpan.FromMinutes(3));
        Assert.That(ScheduleTests.MinutesMade(stage), Is.EqualTo(new[] { 0, 1, 2, 3, 4 }));
    }

    [TestCase(-60)]
    [TestCase(60)]
    public void A_row_of_an_earlier_version_is_planned_from_now(int minutesOff)
    {
        var stage = Planned(Two.AddMinutes(minutesOff), row => row with { PlannedFrom = null });
        stage.Restart(TimeSpan.FromHours(1));
        Assert.That(Now(stage).NextNominal, Is.EqualTo(Previewed(stage)));
    }

    [Test]
    public void A_row_of_an_earlier_version_keeps_the_instant_that_came_while_the_broker_was_down()
    {
        var stage = Planned(Two.AddMinutes(-60), row => row with { PlannedFrom = null });
        stage.Restart(TimeSpan.FromHours(12.5));
        stage.Advance(1);
        Assert.That(stage.Kept.Made.Select(job => job.Occurrence!.Nominal), Is.EqualTo(new[] { Two }));
    }

    [Test]
    public void A_row_of_an_earlier_version_has_served_the_instant_that_waits_for_the_job_before()
    {
        var stage = new Stage();
        ScheduleTests.Save(stage, ScheduleTests.Draft(EveryMinute) with { Overlap = OverlapPolicy.Queue });
        stage.Advance(60);
        var row = stage.Kept.Schedules.Values.Single();
        Assert.That((row.LastNominal, row.Queued), Is.EqualTo((Stage.Noon, Stage.Noon.AddMinutes(1))));
        stage.Kept.Schedules[row.Id] = row with
        {
            Passed = null,
            PlannedFrom = null,
            NextNominal = Stage.Noon.AddMinutes(5),
        };
        stage.Restart(TimeSpan.FromSeconds(-30));
        Assert.That(Now(stage).NextNominal, Is.EqualTo(Stage.Noon.AddMinutes(2)));
    }

    [Test]
    public void One_that_was_served_by_the_old_rules_is_not_served_again_before_its_time()
    {
        var stage = Planned(
            Two.AddMinutes(60).AddDays(1),
            row => row with { Passed = Two.AddMinutes(60), LastNominal = Two.AddMinutes(60) }
        );
        stage.Restart(TimeSpan.FromHours(14));
        stage.Advance(TimeSpan.FromHours(1));
        Assert.That(stage.Kept.Made, Is.Empty, "the instant by today's rules lies before the served one");
        stage.Advance(TimeSpan.FromHours(24));
        Assert.That(stage.Kept.Made.Select(job => job.Occurrence!.Nominal), Is.EqualTo(new[] { Two.AddDays(1) }));
    }

    [Test]
    public void An_instant_that_came_while_the_broker_was_down_is_a_misfire_by_the_new_rules()
    {
        var stage = Planned(Two.AddHours(3));
        stage.Restart(TimeSpan.FromHours(12.5));
        stage.Advance(1);
        Assert.That(stage.Kept.Made.Select(job => job.Occurrence!.Nominal), Is.EqualTo(new[] { Two }));
    }

    [Test]
    public void What_was_not_made_up_for_when_it_was_resumed_stays_so_after_a_start()
    {
        var stage = new Stage();
        ScheduleTests.Save(
            stage,
            ScheduleTests.Draft(new TriggerRequest { Kind = TriggerKinds.Cron, Expression = "* * * * *" }) with
            {
                Misfire = MisfirePolicy.None,
            }
        );
        stage.Ask<Broker.Core.Answer.ScheduleIs>(t => new Broker.Core.BrokerInput.PauseSchedule(
            t,
            Stage.Editor,
            "default",
            "s",
            null,
            null
        ));
        stage.Advance(TimeSpan.FromMinutes(10));
        stage.Ask<Broker.Core.Answer.ScheduleIs>(t => new Broker.Core.BrokerInput.ResumeSchedule(
            t,
            Stage.Editor,
            "default",
            "s"
        ));
        var missed = stage.Kept.Missed.Count;
        stage.Restart();
        stage.Advance(30);
        Assert.That(stage.Kept.Missed, Has.Count.EqualTo(missed));
    }

    [Test]
    public void Nothing_is_written_at_a_start_for_what_is_as_it_was()
    {
        var stage = Planned(Two);
        var row = stage.Kept.Schedules.Values.Single();
        stage.Restart(TimeSpan.FromHours(1));
        stage.Advance(10);
        Assert.That(stage.Kept.Schedules.Values.Single(), Is.SameAs(row));
    }

    [TestCase(2, null, new double[] { 0 })]
    [TestCase(-0.1, 0d, new double[0])]
    public void A_range_of_excluded_instants_has_its_row_once_also_when_the_rules_of_its_zone_have_changed(
        double hour,
        double? excludedFrom,
        double[] missed
    )
    {
        // 6 June 2026 is a Saturday.
        var saturday = new DateTimeOffset(2026, 6, 6, 0, 0, 0, TimeSpan.Zero);
        var stage = new Stage(at: saturday.AddHours(-1));
        var weekend = new CalendarRecord
        {
            Namespace = "default",
            Name = "weekend",
            Version = 0,
            Weekdays = [DayOfWeek.Saturday, DayOfWeek.Sunday],
            CreatedAt = default,
            ChangedAt = default,
            CreatedBy = "test",
            ChangedBy = "test",
        };
        stage.Ask<Broker.Core.Answer.CalendarIs>(t => new Broker.Core.BrokerInput.SaveCalendar(t, weekend, true, null));
        ScheduleTests.Save(
            stage,
            ScheduleTests.Draft(Daily with { Expression = "0 * * * *" }) with
            {
                ExcludeCalendars = ["weekend"],
            }
        );
        stage.Jump(saturday.AddHours(hour) - stage.Wall);
        var row = stage.Kept.Schedules.Values.Single();
        stage.Kept.Schedules[row.Id] = row with { NextNominal = saturday.AddDays(2).AddMinutes(-30) };
        stage.Restart();
        var monday = saturday.AddDays(2);
        Assert.That(
            (Now(stage).NextNominal, (Now(stage).ExcludedFrom - saturday)?.TotalHours),
            Is.EqualTo(((DateTimeOffset?)monday, excludedFrom))
        );
        Assert.That(stage.Kept.Missed.Select(row => (row.Nominal - saturday).TotalHours), Is.EqualTo(missed));
    }
}
