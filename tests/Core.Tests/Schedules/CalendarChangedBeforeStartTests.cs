using ScheduleZero.Broker.Core;
using ScheduleZero.Broker.Core.Calendars;
using ScheduleZero.Broker.Core.Schedules;
using ScheduleZero.Contracts.Rest;

namespace ScheduleZero.Core.Tests.Schedules;

/// <summary>
/// A Broker ended after a changed calendar was on disk, and before the next instant of a schedule that names the
/// calendar was. The next start plans that instant.
/// </summary>
public sealed class CalendarChangedBeforeStartTests
{
    // 6 June 2026 is a Saturday.
    private static readonly DateTimeOffset Saturday = new(2026, 6, 6, 0, 0, 0, TimeSpan.Zero);
    private static readonly DateTimeOffset Monday = Saturday.AddDays(2);

    private static readonly TriggerRequest Hourly = new() { Kind = TriggerKinds.Cron, Expression = "0 * * * *" };

    private static CalendarRecord Calendar(params DayOfWeek[] weekdays) =>
        new()
        {
            Namespace = "default",
            Name = "free",
            Version = 0,
            Weekdays = weekdays,
            CreatedAt = default,
            ChangedAt = default,
            CreatedBy = "test",
            ChangedBy = "test",
        };

    /// <summary>A Broker with an hourly schedule that runs from Friday 23:00 until an hour of Saturday.</summary>
    private static Stage RunUntil(double hour, params DayOfWeek[] weekdays)
    {
        var stage = new Stage(at: Saturday.AddHours(-1));
        stage.Ask<Answer.CalendarIs>(ticket => new BrokerInput.SaveCalendar(ticket, Calendar(weekdays), true, null));
        ScheduleTests.Save(
            stage,
            ScheduleTests.Draft(Hourly) with
            {
                ExcludeCalendars = ["free"],
                Misfire = MisfirePolicy.All,
            }
        );
        stage.Jump(Saturday.AddHours(hour) - stage.Wall);
        return stage;
    }

    /// <summary>Starts the Broker again, 20 minutes after the calendar was changed.</summary>
    private static void RestartWith(Stage stage, DateTimeOffset changedAt, params DayOfWeek[] weekdays)
    {
        stage.Kept.Calendars[("default", "free")] = Calendar(weekdays) with { Version = 2, ChangedAt = changedAt };
        stage.Restart(changedAt.AddMinutes(20) - stage.Wall);
        stage.Jump(TimeSpan.Zero);
    }

    private static Schedule Now(Stage stage) => stage.Look(state => state.FindSchedule("default", "s"))!;

    private static IEnumerable<double> HoursMade(Stage stage) =>
        stage.Kept.Made.Select(job => (job.Occurrence!.Nominal - Saturday).TotalHours);

    [Test]
    public void What_the_calendar_excluded_before_its_change_is_not_made_up_for()
    {
        var stage = RunUntil(hour: 2, DayOfWeek.Saturday, DayOfWeek.Sunday);
        RestartWith(stage, Saturday.AddHours(2.5));
        Assert.That(Now(stage).NextNominal, Is.EqualTo(Saturday.AddHours(3)));
        Assert.That(HoursMade(stage), Is.EqualTo(new[] { -1 }));
        stage.Jump(TimeSpan.FromHours(1));
        Assert.That(HoursMade(stage), Is.EqualTo(new[] { -1, 3 }));
    }

    [Test]
    public void What_was_due_before_the_change_is_made_up_for()
    {
        var stage = RunUntil(hour: 0.5);
        RestartWith(stage, Saturday.AddHours(1.25), DayOfWeek.Sunday);
        Assert.That(HoursMade(stage), Is.EqualTo(new[] { -1, 0, 1 }));
    }

    [Test]
    public void Instants_that_the_changed_calendar_excludes_get_a_row_also_behind_one_that_ran(
        [Values] bool ranOnExcludedDay
    )
    {
        // The instant before the change ran, on a day that the changed calendar excludes or on one that it does not.
        var stage = RunUntil(ranOnExcludedDay ? 0.5 : -0.1);
        var first = Saturday.AddHours(ranOnExcludedDay ? 1 : 0);
        RestartWith(stage, first.AddMinutes(-30), DayOfWeek.Saturday, DayOfWeek.Sunday);
        Assert.That(
            (Now(stage).NextNominal, Now(stage).ExcludedFrom),
            Is.EqualTo(((DateTimeOffset?)Monday, (DateTimeOffset?)first))
        );
        stage.Jump(TimeSpan.FromHours(1));
        Assert.That(stage.Kept.Missed.Select(row => row.Nominal), Is.EqualTo(new[] { first }));
    }
}
