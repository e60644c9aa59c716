using ScheduleZero.Broker.Core.Calendars;
using ScheduleZero.Contracts.Rest;
using ScheduleZero.Triggers;

namespace ScheduleZero.Core.Tests.Schedules;

/// <summary>Which instants belong to a calendar's days, in every zone and over every change of the clocks.</summary>
public sealed class ExcludedDaysTests
{
    private static CalendarRecord Calendar(string zone) =>
        new()
        {
            Namespace = "default",
            Name = "c",
            Version = 1,
            TimeZone = zone,
            CreatedAt = default,
            ChangedAt = default,
            CreatedBy = "test",
            ChangedBy = "test",
        };

    private static DateTimeOffset At(string instant) => DateTimeOffset.Parse(instant);

    // Each case has a zone, an excluded day, the instant at which that day begins, and the instant at which it ends.
    [TestCase("UTC", "2026-06-01", "2026-06-01T00:00:00Z", "2026-06-02T00:00:00Z")]
    [TestCase("Europe/Berlin", "2026-06-01", "2026-06-01T00:00:00+02:00", "2026-06-02T00:00:00+02:00")]
    [TestCase(
        "Europe/Berlin",
        "2026-03-29",
        "2026-03-29T00:00:00+01:00",
        "2026-03-30T00:00:00+02:00",
        TestName = "A day of 23 hours"
    )]
    [TestCase(
        "Europe/Berlin",
        "2026-10-25",
        "2026-10-25T00:00:00+02:00",
        "2026-10-26T00:00:00+01:00",
        TestName = "A day of 25 hours"
    )]
    [TestCase(
        "America/Sao_Paulo",
        "2018-11-04",
        "2018-11-04T01:00:00-02:00",
        "2018-11-05T00:00:00-02:00",
        TestName = "A day whose midnight is leapt over"
    )]
    [TestCase(
        "America/Sao_Paulo",
        "2018-11-03",
        "2018-11-03T00:00:00-03:00",
        "2018-11-04T01:00:00-02:00",
        TestName = "The day before a midnight that is leapt over"
    )]
    [TestCase(
        "America/Sao_Paulo",
        "2018-02-17",
        "2018-02-17T00:00:00-02:00",
        "2018-02-18T00:00:00-03:00",
        TestName = "A day whose last hour is shown twice"
    )]
    [TestCase(
        "America/Havana",
        "2026-11-01",
        "2026-11-01T00:00:00-04:00",
        "2026-11-02T00:00:00-05:00",
        TestName = "A day whose midnight is shown twice"
    )]
    [TestCase(
        "America/St_Johns",
        "2010-11-07",
        "2010-11-07T00:00:00-02:30",
        "2010-11-08T00:00:00-03:30",
        TestName = "A day that the clock is set back out of"
    )]
    [TestCase(
        "Australia/Lord_Howe",
        "2026-04-05",
        "2026-04-05T00:00:00+11:00",
        "2026-04-06T00:00:00+10:30",
        TestName = "A day of 24 and a half hours"
    )]
    [TestCase(
        "Pacific/Apia",
        "2011-12-29",
        "2011-12-29T00:00:00-10:00",
        "2011-12-31T00:00:00+14:00",
        TestName = "The day before one that did not exist"
    )]
    public void A_day_lasts_from_its_first_midnight_to_the_next(string zone, string date, string from, string to)
    {
        var days = (Calendar(zone) with { Dates = [DateOnly.Parse(date)] }).ToDays();
        var (first, end) = (At(from), At(to));
        Assert.Multiple(() =>
        {
            Assert.That(days.Holds(first.AddTicks(-1)), Is.False);
            Assert.That(days.EndOf(first.AddTicks(-1)), Is.EqualTo(first.AddTicks(-1)));
            for (var instant = first; instant < end; instant += TimeSpan.FromMinutes(10))
            {
                Assert.That(days.Holds(instant), Is.True, $"{instant:O}");
                Assert.That(days.EndOf(instant), Is.EqualTo(end), $"{instant:O}");
            }

            Assert.That(days.Holds(end.AddTicks(-1)), Is.True);
            Assert.That(days.Holds(end), Is.False);
        });
    }

    [Test]
    public void A_day_that_a_zone_left_out_excludes_nothing()
    {
        var days = (Calendar("Pacific/Apia") with { Dates = [new DateOnly(2011, 12, 30)] }).ToDays();
        for (
            var instant = At("2011-12-29T00:00:00Z");
            instant < At("2012-01-01T00:00:00Z");
            instant += TimeSpan.FromMinutes(30)
        )
        {
            Assert.That(days.Holds(instant), Is.False, $"{instant:O}");
        }
    }

    [Test]
    public void Dates_ranges_and_weekdays_that_meet_are_one_stretch()
    {
        var days = (
            Calendar("UTC") with
            {
                Weekdays = [DayOfWeek.Saturday, DayOfWeek.Sunday],
                Ranges =
                [
                    new DateRange(new DateOnly(2026, 12, 24), new DateOnly(2027, 1, 1)),
                    new DateRange(new DateOnly(2026, 12, 22), new DateOnly(2026, 12, 23)),
                ],
                Dates = [new DateOnly(2027, 1, 4), new DateOnly(2026, 12, 30)],
            }
        ).ToDays();
        Assert.That(days.EndOf(At("2026-12-22T07:00:00Z")), Is.EqualTo(At("2027-01-05T00:00:00Z")));
        Assert.That(days.Holds(At("2026-12-21T23:59:59Z")), Is.False);
        Assert.That(days.Holds(At("2027-01-10T12:00:00Z")), Is.True, "a Sunday");
        Assert.That(days.Holds(At("2027-01-08T12:00:00Z")), Is.False, "a Friday");
    }

    [Test]
    public void A_week_of_seven_excluded_days_does_not_end() =>
        Assert.That(
            (Calendar("Europe/Berlin") with { Weekdays = Enum.GetValues<DayOfWeek>() })
                .ToDays()
                .EndOf(At("2026-01-01T00:00:00Z")),
            Is.Null
        );

    [Test]
    public void What_two_calendars_exclude_by_turns_is_one_stretch()
    {
        var exclusions = new Exclusions([
            ("early", (Calendar("UTC") with { Dates = [new DateOnly(2026, 1, 1), new DateOnly(2026, 1, 3)] }).ToDays()),
            ("late", (Calendar("UTC") with { Dates = [new DateOnly(2026, 1, 2), new DateOnly(2026, 1, 4)] }).ToDays()),
        ]);
        var steps = 100;
        Assert.That(
            exclusions.FirstFree(At("2026-01-01T05:00:00Z"), ref steps),
            Is.EqualTo(At("2026-01-05T00:00:00Z"))
        );
        Assert.That(exclusions.ReasonAt(At("2026-01-02T05:00:00Z")), Is.EqualTo("excluded by calendar late"));
        Assert.That(exclusions.ReasonAt(At("2026-01-05T00:00:00Z")), Is.Null);
        steps = 2;
        Assert.That(
            exclusions.FirstFree(At("2026-01-01T05:00:00Z"), ref steps),
            Is.LessThan(At("2026-01-05T00:00:00Z")),
            "the search stops at its bound"
        );
    }
}
