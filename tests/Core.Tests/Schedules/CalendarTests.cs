using ScheduleZero.Broker.Core;
using ScheduleZero.Broker.Core.Calendars;
using ScheduleZero.Broker.Core.Schedules;
using ScheduleZero.Contracts;
using ScheduleZero.Contracts.Rest;
using static ScheduleZero.Core.Tests.Schedules.ScheduleTests;

namespace ScheduleZero.Core.Tests.Schedules;

/// <summary>
/// A schedule does not fire on the days of its calendars, and leaves one row for each run of excluded instants.
/// </summary>
public sealed class CalendarTests
{
    // 5 June 2026 is a Friday.
    private static readonly DateTimeOffset Friday = new(2026, 6, 5, 23, 59, 50, TimeSpan.Zero);
    private static readonly DateTimeOffset Saturday = new(2026, 6, 6, 0, 0, 0, TimeSpan.Zero);
    private static readonly DateTimeOffset Monday = new(2026, 6, 8, 0, 0, 0, TimeSpan.Zero);

    private static readonly TriggerRequest EverySecond = new() { Kind = TriggerKinds.Cron, Expression = "* * * * * *" };
    private static readonly TriggerRequest Hourly = new() { Kind = TriggerKinds.Cron, Expression = "0 * * * *" };

    private static CalendarRecord Calendar(string name, params DayOfWeek[] weekdays) =>
        new()
        {
            Namespace = "default",
            Name = name,
            Version = 0,
            Weekdays = weekdays,
            CreatedAt = default,
            ChangedAt = default,
            CreatedBy = "test",
            ChangedBy = "test",
        };

    private static CalendarRecord Weekend { get; } = Calendar("weekend", DayOfWeek.Saturday, DayOfWeek.Sunday);

    private static CalendarRecord Put(Stage stage, CalendarRecord calendar) =>
        stage.Ask<Answer.CalendarIs>(ticket => new BrokerInput.SaveCalendar(ticket, calendar, false, null)).Calendar;

    private static Answer.Refused Refused(Stage stage, Func<Ticket, BrokerInput.Request> input) =>
        stage.Ask<Answer.Refused>(input);

    private static Schedule Now(Stage stage) => stage.Look(state => state.FindSchedule("default", "s"))!;

    private static Stage With(
        TriggerRequest trigger,
        Func<Schedule, Schedule>? change = null,
        DateTimeOffset? at = null,
        params CalendarRecord[] calendars
    )
    {
        var stage = new Stage(at: at ?? Friday);
        foreach (var calendar in calendars)
        {
            Put(stage, calendar);
        }

        var draft = Draft(trigger) with { ExcludeCalendars = [.. calendars.Select(calendar => calendar.Name)] };
        Save(stage, change?.Invoke(draft) ?? draft);
        return stage;
    }

    private static string[] Events(Stage stage) =>
        [
            .. stage
                .Said.OfType<Effect.Publish>()
                .Select(said => said.Happened)
                .Where(said => said.Type == "schedule.excluded")
                .Select(said => said.Detail!),
        ];

    [Test]
    public void A_calendar_that_is_saved_with_the_same_days_leaves_one_row_for_its_run_of_excluded_instants()
    {
        var stage = With(Hourly, calendars: Weekend);
        stage.Jump(Saturday.AddHours(2.5) - stage.Wall);
        Put(stage, Weekend with { Description = "days off" });
        stage.Jump(TimeSpan.FromHours(2));
        Assert.That(stage.Kept.Missed.Select(row => row.Nominal).Distinct(), Is.EqualTo(new[] { Saturday }));
        Assert.That(Now(stage).NextNominal, Is.EqualTo(Monday));
    }

    [Test]
    public void A_clock_that_is_set_back_after_a_calendar_was_changed_keeps_the_row_of_missed_instants()
    {
        var stage = With(
            EverySecond,
            draft => draft with { Overlap = OverlapPolicy.Skip },
            Saturday.AddSeconds(-600),
            Calendar("c", DayOfWeek.Sunday)
        );
        stage.Advance(30);
        var row = stage.Kept.Missed.Single();
        Put(stage, Calendar("c", DayOfWeek.Friday));
        stage.Wall -= TimeSpan.FromSeconds(15);
        stage.Advance(2);
        Assert.That(stage.Kept.Missed, Does.Contain(row));
    }

    [Test]
    public void A_weekend_of_seconds_is_one_row_and_one_step()
    {
        var stage = With(EverySecond, calendars: Weekend);
        stage.Advance(9);
        Assert.That(
            (Now(stage).NextNominal, Now(stage).ExcludedFrom),
            Is.EqualTo(((DateTimeOffset?)Monday, (DateTimeOffset?)Saturday)),
            "the next instant that is shown is the next that runs"
        );
        Assert.That(stage.Kept.Missed, Is.Empty, "nothing is said before the excluded instant comes");
        stage.Forget();
        stage.Advance(2);
        Assert.That(stage.Kept.Missed.Single().Nominal, Is.EqualTo(Saturday));
        Assert.That(stage.Kept.Missed.Single().Reason, Does.StartWith("excluded by calendar weekend"));
        Assert.That(Events(stage), Is.EqualTo(new[] { $"{Saturday:O}: excluded by calendar weekend" }));
        Assert.That(
            stage.Core.TimeToNext(stage.Now),
            Is.EqualTo(Monday - stage.Wall),
            "nothing wakes the Broker in between"
        );
        stage.Jump(Monday - stage.Wall);
        stage.Advance(1);
        Assert.That(stage.Kept.Missed, Has.Count.EqualTo(1));
        Assert.That(
            stage.Kept.Made.Select(job => job.Occurrence!.Nominal).TakeLast(2),
            Is.EqualTo(new[] { Monday, Monday.AddSeconds(1) })
        );
        Assert.That((Now(stage).Occurrences, Now(stage).Missed), Is.EqualTo((12L, 0L)));
    }

    [Test]
    public void Excluded_instants_in_a_row_are_one_row_also_where_their_days_do_not_touch()
    {
        // The trigger is due on Mondays, Wednesdays and Fridays; calendars leave only Fridays.
        var stage = With(
            new TriggerRequest { Kind = TriggerKinds.Cron, Expression = "0 12 * * MON,WED,FRI" },
            at: Saturday,
            calendars: Calendar("c", DayOfWeek.Monday, DayOfWeek.Wednesday)
        );
        for (var i = 0; i < 28; i++)
        {
            stage.Jump(TimeSpan.FromHours(12));
        }

        Assert.That(
            stage.Kept.Missed.Select(row => row.Nominal.DayOfWeek),
            Is.EqualTo(new[] { DayOfWeek.Monday, DayOfWeek.Monday })
        );
        Assert.That(
            stage.Kept.Made.Select(job => job.Occurrence!.Nominal.DayOfWeek),
            Is.EqualTo(new[] { DayOfWeek.Friday, DayOfWeek.Friday })
        );
    }

    [Test]
    public void Excluded_instants_do_not_count_against_the_most_that_a_schedule_may_make()
    {
        var stage = With(Hourly, draft => draft with { MaxOccurrences = 3 }, calendars: Weekend);
        stage.Jump(TimeSpan.FromHours(1));
        stage.Jump(Monday.AddMinutes(30) - stage.Wall);
        stage.Advance(TimeSpan.FromHours(4));
        Assert.That(
            stage.Kept.Made.Select(job => (job.Occurrence!.Nominal - Monday).TotalHours),
            Is.EqualTo(new[] { 0, 1, 2 })
        );
        Assert.That(
            (Now(stage).NextNominal, Now(stage).ExcludedFrom),
            Is.EqualTo(((DateTimeOffset?)null, (DateTimeOffset?)null))
        );
    }

    [Test]
    public void A_schedule_that_no_day_is_left_to_is_told_of_once_and_waits_for_another_calendar()
    {
        var stage = With(Hourly, calendars: Calendar("c", Enum.GetValues<DayOfWeek>()));
        Assert.That(Now(stage).NextNominal, Is.Null);
        stage.Advance(TimeSpan.FromHours(3));
        Assert.That(stage.Kept.Missed, Has.Count.EqualTo(1));
        Put(stage, Calendar("c"));
        Assert.That(Now(stage).NextNominal, Is.EqualTo(Saturday.AddHours(3)));
        stage.Advance(TimeSpan.FromHours(1));
        Assert.That(stage.Kept.Made, Has.Count.EqualTo(1));
    }

    [Test]
    public void A_calendar_that_opens_in_the_middle_of_a_stretch_lets_the_rest_run([Values] bool restart)
    {
        var stage = With(Hourly, calendars: Weekend);
        stage.Advance(TimeSpan.FromHours(2.5));
        Assert.That(Now(stage).NextNominal, Is.EqualTo(Monday));
        Put(stage, Calendar("weekend", DayOfWeek.Sunday));
        Assert.That(Now(stage).NextNominal, Is.EqualTo(Saturday.AddHours(3)));
        if (restart)
        {
            stage.Restart();
        }

        stage.Advance(TimeSpan.FromHours(2));
        Assert.That(
            stage.Kept.Made.Select(job => (job.Occurrence!.Nominal - Saturday).TotalHours),
            Is.EqualTo(new[] { 3, 4 })
        );
        Assert.That(stage.Kept.Missed, Has.Count.EqualTo(1));
    }

    [Test]
    public void A_calendar_that_closes_holds_at_once()
    {
        var stage = With(Hourly, calendars: Calendar("weekend"));
        stage.Advance(TimeSpan.FromHours(2.5));
        Assert.That(stage.Kept.Made, Has.Count.EqualTo(3));
        Put(stage, Weekend);
        Assert.That(
            (Now(stage).NextNominal, Now(stage).ExcludedFrom),
            Is.EqualTo(((DateTimeOffset?)Monday, (DateTimeOffset?)Saturday.AddHours(3)))
        );
        stage.Advance(TimeSpan.FromHours(2));
        Assert.That(stage.Kept.Made, Has.Count.EqualTo(3));
        Assert.That(stage.Kept.Missed.Single().Nominal, Is.EqualTo(Saturday.AddHours(3)));
    }

    [Test]
    public void A_start_finishes_what_a_changed_calendar_began()
    {
        var stage = With(Hourly, calendars: Weekend);
        stage.Advance(TimeSpan.FromHours(1));
        Assert.That(Now(stage).NextNominal, Is.EqualTo(Monday));
        // As if the process had ended after the calendar was on disk and before the schedule was.
        stage.Kept.Calendars[("default", "weekend")] = Calendar("weekend") with
        {
            Version = 2,
        };
        stage.Restart();
        stage.Do();
        Assert.That(Now(stage).NextNominal, Is.EqualTo(Saturday.AddHours(1)));
    }

    [Test]
    public void A_pause_over_a_stretch_ends_with_what_may_run([Values] MisfirePolicy misfire)
    {
        var stage = With(
            Hourly,
            draft => draft with { Misfire = misfire, CatchUpWindow = TimeSpan.FromDays(7) },
            calendars: Weekend
        );
        stage.Ask<Answer.ScheduleIs>(ticket => new BrokerInput.PauseSchedule(
            ticket,
            Stage.Editor,
            "default",
            "s",
            null,
            null
        ));
        stage.Jump(Monday.AddHours(2).AddMinutes(1) - stage.Wall);
        stage.Ask<Answer.ScheduleIs>(ticket => new BrokerInput.ResumeSchedule(ticket, Stage.Editor, "default", "s"));
        stage.Do();
        var hours = stage.Kept.Made.Select(job => (job.Occurrence!.Nominal - Monday).TotalHours);
        Assert.That(
            hours,
            Is.EqualTo(
                misfire switch
                {
                    MisfirePolicy.None => [],
                    MisfirePolicy.Latest => [2d],
                    MisfirePolicy.Earliest => [0d],
                    _ => new[] { 0d, 1, 2 },
                }
            )
        );
        Assert.That(Now(stage).NextNominal, Is.EqualTo(Monday.AddHours(3)));
    }

    [Test]
    public void What_became_due_while_the_broker_was_down_keeps_to_the_calendar()
    {
        var stage = With(
            Hourly,
            draft => draft with { Misfire = MisfirePolicy.All, CatchUpWindow = TimeSpan.FromDays(7) },
            calendars: Weekend
        );
        stage.Restart(Monday.AddHours(1).AddMinutes(1) - stage.Wall);
        stage.Do();
        Assert.That(
            stage.Kept.Made.Select(job => (job.Occurrence!.Nominal - Monday).TotalHours),
            Is.EqualTo(new[] { 0, 1 })
        );
        Assert.That(stage.Kept.Missed.Single().Nominal, Is.EqualTo(Saturday));
    }

    [Test]
    public void A_clock_set_back_and_a_changed_calendar_run_nothing_twice()
    {
        var stage = With(Hourly, draft => draft with { Overlap = OverlapPolicy.Skip }, calendars: Calendar("weekend"));
        stage.Advance(TimeSpan.FromHours(3));
        Assert.That(
            (stage.Kept.Made.Count, ScheduleTests.InstantsMissed(stage).Count),
            Is.EqualTo((1, 2)),
            "no handler runs the first job, so the other occurrences are skipped"
        );
        stage.Wall -= TimeSpan.FromHours(2);
        Put(stage, Calendar("weekend", DayOfWeek.Sunday));
        stage.Advance(TimeSpan.FromHours(2));
        Assert.That(
            ScheduleTests.InstantsMissed(stage),
            Is.EqualTo(new[] { Saturday.AddHours(1), Saturday.AddHours(2) })
        );
        stage.Advance(TimeSpan.FromHours(1));
        Assert.That(Now(stage).Passed, Is.EqualTo(Saturday.AddHours(3)));
    }

    [Test]
    public void A_calendar_is_only_named_where_it_is_and_only_deleted_where_it_is_not_named()
    {
        var stage = new Stage();
        static Schedule Naming(string name) => Draft(Hourly, name) with { ExcludeCalendars = ["weekend"] };
        var draft = Naming("s");
        var unknown = Refused(stage, ticket => new BrokerInput.SaveSchedule(ticket, Stage.Editor, draft, false, null));
        Assert.That(
            (unknown.Code, unknown.Detail),
            Is.EqualTo((ErrorCodes.Invalid, "excludeCalendars: There is no calendar \"weekend\" in this namespace."))
        );
        Put(stage, Weekend with { Namespace = "tenant-a" });
        Assert.That(
            Refused(stage, ticket => new BrokerInput.SaveSchedule(ticket, Stage.Editor, draft, false, null)).Code,
            Is.EqualTo(ErrorCodes.Invalid),
            "another's"
        );
        Put(stage, Weekend);
        Save(stage, draft);
        var named = Refused(stage, ticket => new BrokerInput.DeleteCalendar(ticket, "default", "weekend"));
        Assert.That(
            (named.Code, named.Detail),
            Is.EqualTo((ErrorCodes.Conflict, "Schedules name the calendar: \"s\"."))
        );
        Save(stage, Naming("tt"));
        Save(stage, Naming("rrr"));
        Assert.That(
            Refused(stage, ticket => new BrokerInput.DeleteCalendar(ticket, "default", "weekend")).Detail,
            Is.EqualTo("Schedules name the calendar: \"rrr\", \"s\", \"tt\".")
        );
        Save(stage, Naming("aaaa"));
        Assert.That(
            Refused(stage, ticket => new BrokerInput.DeleteCalendar(ticket, "default", "weekend")).Detail,
            Is.EqualTo("Schedules name the calendar: \"aaaa\", \"rrr\", \"s\" and 1 more.")
        );
        foreach (var name in (string[])["s", "tt", "rrr", "aaaa"])
        {
            Save(stage, Naming(name) with { ExcludeCalendars = null });
        }

        stage.Ask<Answer.Done>(ticket => new BrokerInput.DeleteCalendar(ticket, "default", "weekend"));
        Assert.That(stage.Kept.Calendars.Keys, Is.EqualTo(new[] { ("tenant-a", "weekend") }));
        Assert.That(
            Refused(stage, ticket => new BrokerInput.DeleteCalendar(ticket, "default", "weekend")).Code,
            Is.EqualTo(ErrorCodes.NotFound)
        );
    }

    [Test]
    public void Versions_grow_and_are_kept_to()
    {
        var stage = new Stage();
        Assert.That(Put(stage, Weekend).Version, Is.EqualTo(1));
        stage.Advance(5);
        var changed = Put(stage, Weekend with { CreatedBy = "other", Description = "d" });
        Assert.That(
            (changed.Version, changed.CreatedBy, changed.CreatedAt, changed.ChangedAt),
            Is.EqualTo((2, "test", Stage.Noon, Stage.Noon.AddSeconds(5)))
        );
        Assert.That(
            Refused(stage, ticket => new BrokerInput.SaveCalendar(ticket, Weekend, true, null)).Code,
            Is.EqualTo(ErrorCodes.Conflict)
        );
        Assert.That(
            Refused(stage, ticket => new BrokerInput.SaveCalendar(ticket, Weekend, false, 1)).Code,
            Is.EqualTo(ErrorCodes.Conflict)
        );
        Assert.That(
            Refused(
                stage,
                ticket => new BrokerInput.SaveCalendar(ticket, Weekend with { Namespace = "nowhere" }, false, null)
            ).Code,
            Is.EqualTo(ErrorCodes.NotFound)
        );
    }

    [Test]
    public void A_namespace_holds_a_bounded_number_of_calendars()
    {
        var stage = new Stage();
        for (var i = 0; i < Limits.CalendarsMax; i++)
        {
            Put(stage, Calendar($"c{i}"));
        }

        Assert.That(
            Refused(stage, ticket => new BrokerInput.SaveCalendar(ticket, Weekend, false, null)).Code,
            Is.EqualTo(ErrorCodes.Conflict)
        );
        Put(stage, Calendar("c0", DayOfWeek.Monday));
    }

    [Test]
    public void A_deleted_namespace_takes_its_calendars_along()
    {
        var stage = new Stage();
        Put(stage, Weekend with { Namespace = "tenant-a" });
        Save(stage, Draft(Hourly) with { Namespace = "tenant-a", ExcludeCalendars = ["weekend"] });
        stage.Ask<Answer.Done>(ticket => new BrokerInput.DeleteNamespace(ticket, "tenant-a"));
        stage.Do();
        Assert.That(stage.Kept.Calendars, Is.Empty);
        Assert.That(stage.Kept.Schedules, Is.Empty);
    }

    [Test]
    public void A_search_that_finds_no_day_is_cut_short_and_goes_on_from_there()
    {
        var sundays = new TriggerRequest { Kind = TriggerKinds.Cron, Expression = "0 12 * * SUN" };
        var stage = With(sundays, calendars: Calendar("c", DayOfWeek.Sunday));
        Assert.That(
            Now(stage).NextNominal,
            Is.InRange(Saturday.AddDays(7 * 100), Saturday.AddDays(7 * NextInstant.StretchesMax))
        );
        stage.Jump(TimeSpan.FromDays(9));
        Assert.That(stage.Kept.Missed, Has.Count.EqualTo(1));
        stage.Jump(Now(stage).NextNominal!.Value - stage.Wall);
        Assert.That(stage.Kept.Missed, Has.Count.EqualTo(2));
        Assert.That(stage.Kept.Made, Is.Empty);
    }
}
