using ScheduleZero.Broker.Core;
using ScheduleZero.Broker.Core.Calendars;
using ScheduleZero.Broker.Core.Schedules;
using ScheduleZero.Contracts;
using ScheduleZero.Contracts.Ids;
using ScheduleZero.Contracts.Rest;

namespace ScheduleZero.Core.Tests.Schedules;

/// <summary>
/// A schedule that this machine does not understand stands still and says why; all other schedules go on.
/// </summary>
public sealed class StandstillTests
{
    private const string Gone = "US/Nowhere";

    private static readonly TriggerRequest EveryMinute = new()
    {
        Kind = TriggerKinds.Cron,
        Expression = "* * * * *",
        TimeZone = "Europe/Berlin",
    };

    private static readonly CalendarRecord Holidays = new()
    {
        Namespace = "default",
        Name = "holidays",
        Version = 1,
        TimeZone = Gone,
        Dates = [new DateOnly(2020, 1, 1)],
        CreatedAt = Stage.Noon,
        ChangedAt = Stage.Noon,
        CreatedBy = "test",
        ChangedBy = "test",
    };

    /// <summary>Two schedules. After a restart, one of them is in a zone that this machine does not know.</summary>
    private static Stage WithUnknownZone(TriggerRequest? trigger = null)
    {
        var stage = new Stage();
        ScheduleTests.Save(stage, ScheduleTests.Draft(EveryMinute));
        ScheduleTests.Save(stage, ScheduleTests.Draft(EveryMinute, "other"));
        Plant(stage, schedule => schedule with { Trigger = trigger ?? schedule.Trigger with { TimeZone = Gone } });
        return stage;
    }

    private static void Plant(Stage stage, Func<Schedule, Schedule> change)
    {
        var id = stage.Kept.Schedules.Values.Single(schedule => schedule.Name == "s").Id;
        stage.Kept.Schedules[id] = change(stage.Kept.Schedules[id]);
        stage.Restart(TimeSpan.FromSeconds(1));
        stage.Kept.Made.Clear();
    }

    private static Schedule Find(Stage stage) => stage.Look(state => state.FindSchedule("default", "s"))!;

    private static ScheduleExplanation Explain(Stage stage) =>
        stage.Look(state => state.ExplainSchedule("default", "s"))!;

    private static IReadOnlyList<Happened> Published(Stage stage, string type) =>
        [
            .. stage
                .Said.OfType<Effect.Publish>()
                .Select(effect => effect.Happened)
                .Where(happened => happened.Type == type),
        ];

    [Test]
    public void A_zone_that_is_not_known_stops_its_schedule_and_no_other()
    {
        var stage = WithUnknownZone();
        var row = stage.Kept.Schedules.Values.Single(schedule => schedule.Name == "s");
        stage.Advance(180);
        Assert.That(
            stage.Kept.Made.Select(job => job.Occurrence!.Schedule),
            Is.EqualTo(new[] { "other", "other", "other" })
        );
        Assert.That(stage.Kept.Schedules[row.Id], Is.EqualTo(row), "the row of the schedule is unchanged");
        Assert.That(stage.Core.Unreadable, Is.Empty, "the row can be read; it is only not understood here");
    }

    [Test]
    public void List_explain_and_event_name_schedule_and_zone()
    {
        var stage = WithUnknownZone();
        stage.Do();
        Assert.That(Find(stage).Stopped, Does.Contain(Gone));
        Assert.That(
            Explain(stage).Gates[^1],
            Is.EqualTo(
                new ScheduleGateView(
                    ScheduleGateCode.Stopped,
                    Passed: false,
                    $"It stands still: {Find(stage).Stopped}",
                    "What is wrong is mended: save it anew, or start the Broker where it is understood."
                )
            )
        );
        var told = Published(stage, "schedule.stopped").Single();
        Assert.That((told.Namespace, told.Subject, told.Detail), Is.EqualTo(("default", "s", Find(stage).Stopped)));
        stage.Forget();
        stage.Advance(60);
        Assert.That(Published(stage, "schedule.stopped"), Is.Empty, "the event comes once at each start");
    }

    [TestCase("never")]
    [TestCase("cron")]
    public void So_does_a_trigger_that_makes_no_sense_here(string kind)
    {
        var stage = WithUnknownZone(new TriggerRequest { Kind = kind, Expression = "61 * * * *" });
        Assert.That(Find(stage).Stopped, Does.StartWith("trigger."));
    }

    [Test]
    public void A_calendar_in_a_zone_that_is_not_known_stops_the_schedules_that_name_it_until_it_is_saved_anew()
    {
        var stage = new Stage();
        stage.Ask<Answer.CalendarIs>(ticket => new BrokerInput.SaveCalendar(
            ticket,
            Holidays with
            {
                TimeZone = "UTC",
            },
            false,
            null
        ));
        ScheduleTests.Save(stage, ScheduleTests.Draft(EveryMinute) with { ExcludeCalendars = ["holidays"] });
        ScheduleTests.Save(stage, ScheduleTests.Draft(EveryMinute, "other"));
        stage.Kept.Calendars[("default", "holidays")] = Holidays;
        Plant(stage, schedule => schedule);
        stage.Advance(60);
        Assert.That(Find(stage).Stopped, Does.Contain("holidays").And.Contain(Gone));
        Assert.That(stage.Kept.Made.Select(job => job.Occurrence!.Schedule), Is.EqualTo(new[] { "other" }));

        stage.Ask<Answer.CalendarIs>(ticket => new BrokerInput.SaveCalendar(
            ticket,
            Holidays with
            {
                TimeZone = "Europe/Berlin",
            },
            false,
            null
        ));
        stage.Advance(60);
        Assert.That(Find(stage).Stopped, Is.Null);
        Assert.That(Published(stage, "schedule.wentOn"), Has.Count.EqualTo(1));
        Assert.That(stage.Kept.Made.Count(job => job.Occurrence!.Schedule == "s"), Is.GreaterThanOrEqualTo(1));
    }

    [Test]
    public void A_schedule_that_stands_still_for_another_reason_than_before_is_published_again()
    {
        var stage = new Stage();
        Put("closed", "UTC");
        Put("holidays", "UTC");
        ScheduleTests.Save(stage, ScheduleTests.Draft(EveryMinute) with { ExcludeCalendars = ["holidays", "closed"] });
        stage.Do();
        Put("holidays", Gone);
        Put("closed", Gone);
        Put("holidays", "UTC");
        Assert.That(
            Published(stage, "schedule.stopped").Select(told => told.Detail![.."calendar holidays".Length]),
            Is.EqualTo(new[] { "calendar holidays", "calendar closed: " }),
            "a second calendar that is not understood changes nothing while the first one is not"
        );
        Assert.That(Published(stage, "schedule.wentOn"), Is.Empty);

        void Put(string name, string zone) =>
            stage.Ask<Answer.CalendarIs>(ticket => new BrokerInput.SaveCalendar(
                ticket,
                Holidays with
                {
                    Name = name,
                    TimeZone = zone,
                },
                false,
                null
            ));
    }

    [Test]
    public void A_calendar_whose_row_cannot_be_read_stops_the_schedules_that_name_it()
    {
        var stage = new Stage();
        stage.Ask<Answer.CalendarIs>(ticket => new BrokerInput.SaveCalendar(
            ticket,
            Holidays with
            {
                TimeZone = "UTC",
            },
            false,
            null
        ));
        ScheduleTests.Save(stage, ScheduleTests.Draft(EveryMinute) with { ExcludeCalendars = ["holidays"] });
        stage.Kept.Calendars.Clear();
        Plant(stage, schedule => schedule);
        stage.Advance(60);
        Assert.That(Find(stage).Stopped, Does.Contain("holidays"));
        Assert.That(stage.Kept.Made, Is.Empty, "the day may be one on which nothing may fire");
    }

    [Test]
    public void It_goes_on_when_it_is_saved_anew_and_what_passed_meanwhile_leaves_a_row()
    {
        var stage = WithUnknownZone();
        stage.Advance(120);
        ScheduleTests.Save(stage, ScheduleTests.Draft(EveryMinute));
        Assert.That(
            stage.Kept.Missed[^1].Reason,
            Is.EqualTo(
                $"missed, with all that were due until {stage.Wall:O}: the schedule was changed before they had been "
                    + "made up for"
            )
        );
        Assert.That(Published(stage, "schedule.wentOn").Select(told => told.Subject), Is.EqualTo(new[] { "s" }));
        stage.Advance(60);
        Assert.That(Find(stage).Stopped, Is.Null);
        Assert.That(stage.Kept.Made.Count(job => job.Occurrence!.Schedule == "s"), Is.EqualTo(1));
    }

    [Test]
    public void It_goes_on_by_its_misfire_policy_where_it_is_understood_again()
    {
        var stage = WithUnknownZone();
        stage.Advance(120);
        Plant(stage, schedule => schedule with { Trigger = EveryMinute });
        stage.Advance(1);
        Assert.That(
            stage.Kept.Made.Select(job => job.Occurrence!.Nominal),
            Is.EqualTo(new[] { Stage.Noon.AddMinutes(2) }),
            "the latest instant that passed"
        );
    }

    [Test]
    public void What_needs_no_clock_still_works()
    {
        var stage = WithUnknownZone();
        stage.Ask<Answer.JobIs>(ticket => new BrokerInput.TriggerSchedule(
            ticket,
            "default",
            "s",
            stage.NewId(),
            "test"
        ));
        stage.Ask<Answer.ScheduleIs>(ticket => new BrokerInput.PauseSchedule(
            ticket,
            Stage.Editor,
            "default",
            "s",
            null,
            null
        ));
        stage.Ask<Answer.ScheduleIs>(ticket => new BrokerInput.ResumeSchedule(ticket, Stage.Editor, "default", "s"));
        var refused = stage.Ask<Answer.Refused>(ticket => new BrokerInput.BackfillSchedule(
            ticket,
            "default",
            "s",
            1,
            Stage.Noon.AddHours(-1),
            Stage.Noon,
            60,
            OverlapPolicy.Allow,
            "test"
        ));
        Assert.That(
            (refused.Code, refused.Detail),
            Is.EqualTo((ErrorCodes.Conflict, $"The schedule stands still: {Find(stage).Stopped}"))
        );
        stage.Ask<Answer.Done>(ticket => new BrokerInput.DeleteSchedule(ticket, Stage.Editor, "default", "s"));
    }

    [Test]
    public void Of_two_rows_of_one_name_the_newer_one_is_served()
    {
        var stage = new Stage();
        ScheduleTests.Save(stage, ScheduleTests.Draft(EveryMinute));
        var newer = stage.Kept.Schedules.Values.Single();
        var older = newer with { Id = new ScheduleId(Guid.NewGuid()), CreatedAt = newer.CreatedAt.AddDays(-1) };
        stage.Kept.Schedules[older.Id] = older;
        stage.Restart();
        Assert.That(Find(stage).Id, Is.EqualTo(newer.Id));
        Assert.That(
            stage.Core.Unreadable.Select(row => (row.Kind, row.Key)),
            Is.EqualTo(new[] { (StoredRowKind.Schedule, $"{older.Id}") })
        );
        stage.Advance(60);
        Assert.That(stage.Kept.Schedules[older.Id], Is.EqualTo(older));
    }
}
