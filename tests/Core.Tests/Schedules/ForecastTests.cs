using ScheduleZero.Broker.Core.Calendars;
using ScheduleZero.Broker.Core.Schedules.Forecasts;
using ScheduleZero.Contracts.Rest;
using ScheduleZero.Triggers;

namespace ScheduleZero.Core.Tests.Schedules;

/// <summary>Compares a forecast over a range with what the triggers give one instant at a time.</summary>
public sealed class ForecastTests
{
    private static readonly DateTimeOffset From = new(2026, 3, 27, 22, 30, 0, TimeSpan.Zero);

    private static Forecasted Of(
        string name,
        TriggerRequest trigger,
        Exclusions? exclusions = null,
        string? handler = null,
        string? key = null,
        int limit = 1
    ) =>
        new(
            name,
            name,
            TriggerClock.TryCreate(trigger, From.AddDays(-1).AddSeconds(0.5), out _)!,
            exclusions ?? Exclusions.None,
            null,
            null,
            null,
            handler,
            key,
            limit,
            false
        );

    private static TriggerRequest Cron(string expression, string zone = "Europe/Berlin") =>
        new()
        {
            Kind = TriggerKinds.Cron,
            Expression = expression,
            TimeZone = zone,
        };

    private static Exclusions Weekend() =>
        new([
            (
                "weekend",
                new CalendarRecord
                {
                    Namespace = "default",
                    Name = "weekend",
                    Version = 1,
                    TimeZone = "Europe/Berlin",
                    Weekdays = [DayOfWeek.Saturday, DayOfWeek.Sunday],
                    CreatedAt = default,
                    ChangedAt = default,
                    CreatedBy = "test",
                    ChangedBy = "test",
                }.ToDays()
            ),
        ]);

    private static List<DateTimeOffset> Slowly(Forecasted schedule, DateTimeOffset to)
    {
        var found = new List<DateTimeOffset>();
        for (
            var next = schedule.Clock.Next(From, inclusive: true);
            next < to;
            next = schedule.Clock.Next(next.Value, inclusive: false)
        )
        {
            if (
                schedule.Exclusions.ReasonAt(next.Value) is null
                && !(schedule.From > next)
                && !(schedule.To < next)
                && !(found.Count >= schedule.Most)
            )
            {
                found.Add(next.Value);
            }
        }

        return found;
    }

    [TestCase(0.3)]
    [TestCase(3)]
    [TestCase(40)]
    public void Counts_are_those_of_the_triggers(double days)
    {
        var to = From.AddDays(days);
        var schedules = new[]
        {
            Of("seconds", Cron("*/20 * * * * *")),
            Of("hours", Cron("17 * * * *"), Weekend()),
            Of("midnights", Cron("0 * * * *"), Weekend()),
            Of("nights", Cron("30 2 * * *")),
            Of("never", Cron("0 12 * * SUN"), Weekend()),
            Of(
                "interval",
                new TriggerRequest { Kind = TriggerKinds.Interval, Every = TimeSpan.FromSeconds(97) },
                Weekend()
            ),
            Of(
                "either",
                new TriggerRequest
                {
                    Kind = TriggerKinds.AnyOf,
                    Triggers = [Cron("0 * * * *"), Cron("30 2 * * *", "UTC")],
                }
            ),
            Of("once", new TriggerRequest { Kind = TriggerKinds.Once, At = From.AddHours(1) }),
            Of("bounded", Cron("* * * * *")) with
            {
                From = From.AddHours(1),
                To = From.AddHours(2),
            },
            Of("few", Cron("* * * * *"), Weekend()) with
            {
                Most = 5,
            },
            Of("none", Cron("* * * * *")) with
            {
                Most = 0,
            },
            Of("paused", Cron("* * * * *")) with
            {
                From = DateTimeOffset.MaxValue,
            },
        };
        var forecast = Forecast.Run(schedules, From, to, long.MaxValue, () => false);
        var hours = new long[(int)Math.Ceiling((to - From).TotalHours)];
        foreach (var schedule in schedules)
        {
            var expected = Slowly(schedule, to);
            Assert.That(
                forecast.Of(schedule),
                Is.EqualTo(
                    (
                        (long)expected.Count,
                        expected.Cast<DateTimeOffset?>().FirstOrDefault(),
                        expected.Cast<DateTimeOffset?>().LastOrDefault()
                    )
                ),
                schedule.Name
            );
            expected.ForEach(at => hours[(int)(at - From).TotalHours]++);
        }

        Assert.That(forecast.Hours, Is.EqualTo(hours));
        Assert.That((forecast.Until, forecast.Starts), Is.EqualTo((to, hours.Sum())));
    }

    [Test]
    public void Schedules_of_one_timing_are_counted_as_often_as_they_are()
    {
        var one = Of("a", Cron("0 * * * *"));
        var forecast = Forecast.Run(
            [one, one with { Name = "b" }, one with { Name = "c" }],
            From,
            From.AddHours(10),
            long.MaxValue,
            () => false
        );
        Assert.That((forecast.Starts, forecast.Of(one).Starts), Is.EqualTo((30L, 10L)));
        Assert.That(forecast.Peaks[0], Is.EqualTo((From.AddMinutes(30), 3L)));
        Assert.That(forecast.Peaks, Has.Count.EqualTo(10));
    }

    [Test]
    public void More_than_a_handler_or_key_takes_in_a_second_is_a_collision_and_the_worst_comes_first()
    {
        var forecast = Forecast.Run(
            [
                Of("a", Cron("0 * * * *"), handler: "h", key: "k", limit: 2),
                Of("b", Cron("*/30 * * * *"), handler: "h", key: "k", limit: 3),
                Of("c", Cron("0 0 * * *"), handler: "h", key: "k", limit: 2),
                Of("d", Cron("0 0 * * *"), handler: "other"),
                Of("e", Cron("1 0 * * *"), handler: "other"),
                Of(
                    "f",
                    new TriggerRequest
                    {
                        Kind = TriggerKinds.Interval,
                        Every = TimeSpan.FromHours(1),
                        StartAt = From.AddHours(0.5).AddMilliseconds(700),
                    },
                    handler: "h"
                ),
            ],
            From,
            From.AddHours(24),
            long.MaxValue,
            () => false
        );
        var midnight = new DateTimeOffset(2026, 3, 27, 23, 0, 0, TimeSpan.Zero);
        Assert.That(
            forecast.Collisions.Select(group =>
                (group.IsHandler, group.Name, group.Limit, group.Collisions, group.WorstStarts, group.WorstAt)
            ),
            Is.EqualTo(new[] { (true, "h", 1, 24L, 4L, midnight), (false, "k", 2, 1L, 3L, midnight) })
        );
        Assert.That(forecast.NamesAt(forecast.Collisions[0], midnight, 10), Is.EqualTo(new[] { "a", "b", "c", "f" }));
        Assert.That(forecast.NamesAt(forecast.Collisions[0], midnight, 2), Has.Count.EqualTo(2));
    }

    [Test]
    public void Collisions_come_by_their_worst_second_then_by_their_number_then_by_name()
    {
        Forecasted Night(string name, string handler) => Of(name, Cron("0 0 * * *"), handler: handler);
        var forecast = Forecast.Run(
            [
                Night("1", "b"),
                Night("2", "b"),
                Night("3", "a"),
                Night("4", "a"),
                Of("5", Cron("0 * * * *"), handler: "often"),
                Of("6", Cron("0 * * * *"), handler: "often") with
                {
                    HasJitter = true,
                },
                Night("7", "worst"),
                Night("8", "worst") with
                {
                    HasJitter = true,
                },
                Night("9", "worst") with
                {
                    HasJitter = true,
                },
            ],
            From,
            From.AddHours(24),
            long.MaxValue,
            () => false
        );
        var midnight = new DateTimeOffset(2026, 3, 27, 23, 0, 0, TimeSpan.Zero);
        Assert.That(
            forecast.Collisions.Select(group =>
                (group.Name, group.WorstStarts, group.Collisions, group.WorstAt, group.Schedules, group.WithJitter)
            ),
            Is.EqualTo(
                new[]
                {
                    ("worst", 3L, 1L, midnight, 3, 2),
                    ("often", 2L, 24L, midnight, 2, 1),
                    ("a", 2L, 1L, midnight, 2, 0),
                    ("b", 2L, 1L, midnight, 2, 0),
                }
            ),
            "of equal seconds, the first is the worst"
        );
    }

    [Test]
    public void Names_at_a_second_are_those_of_the_schedules_that_start_in_it()
    {
        var midnight = new DateTimeOffset(2026, 3, 27, 23, 0, 0, TimeSpan.Zero);
        Forecasted Night(string name) => Of(name, Cron("0 0 * * *"), key: "k");
        var forecast = Forecast.Run(
            [
                Night("a") with
                {
                    Handler = "h",
                },
                Night("from then on") with
                {
                    From = midnight,
                },
                Night("until then") with
                {
                    To = midnight,
                },
                Night("later") with
                {
                    From = midnight.AddTicks(1),
                },
                Night("earlier") with
                {
                    To = midnight.AddTicks(-1),
                },
                Of("a second later", Cron("1 0 0 * * *"), key: "k"),
            ],
            From,
            From.AddHours(24),
            long.MaxValue,
            () => false
        );
        var collision = forecast.Collisions.Single();
        Assert.That((collision.IsHandler, collision.WorstAt, collision.WorstStarts), Is.EqualTo((false, midnight, 3L)));
        Assert.That(forecast.NamesAt(collision, midnight, 10), Is.EqualTo(new[] { "a", "from then on", "until then" }));
    }

    [Test]
    public void One_schedule_does_not_collide_with_itself()
    {
        TriggerRequest Minutely(double second) =>
            new()
            {
                Kind = TriggerKinds.Interval,
                Every = TimeSpan.FromMinutes(1),
                StartAt = From.AddSeconds(second),
            };
        var twice = new TriggerRequest { Kind = TriggerKinds.AnyOf, Triggers = [Minutely(0), Minutely(0.5)] };
        var forecast = Forecast.Run(
            [Of("a", twice, handler: "h")],
            From,
            From.AddMinutes(10),
            long.MaxValue,
            () => false
        );
        Assert.That((forecast.Starts, forecast.Peaks[0]), Is.EqualTo((20L, (From, 2L))));
        Assert.That(forecast.Collisions, Is.Empty);
    }

    [Test]
    public void What_comes_right_after_the_end_of_a_schedule_does_not_count()
    {
        var end = From.AddMinutes(1);
        var schedule = Of("a", new TriggerRequest { Kind = TriggerKinds.Once, At = end.AddTicks(1) }) with { To = end };
        var forecast = Forecast.Run([schedule], From, From.AddMinutes(10), long.MaxValue, () => false);
        Assert.That(forecast.Of(schedule), Is.EqualTo((0L, (DateTimeOffset?)null, (DateTimeOffset?)null)));
    }

    [TestCase(1, 10)]
    [TestCase(601, 10)]
    [TestCase(602, 20)]
    [TestCase(1202, 20)]
    [TestCase(1203, 30)]
    public void Stretch_of_ten_minutes_takes_one_from_the_limit_and_one_for_each_instant(long max, int minutes)
    {
        var everySecond = Of("a", Cron("* * * * * *"), Weekend());
        var forecast = Forecast.Run([everySecond], From, From.AddHours(1), max, () => false);
        Assert.That(
            (forecast.Until, forecast.Starts, forecast.Hours),
            Is.EqualTo((From.AddMinutes(minutes), minutes * 60L, new[] { minutes * 60L }))
        );
    }

    [TestCase("* * * * * *", 0)]
    [TestCase("1/2 * * * * *", 10)]
    public void It_ends_in_the_middle_of_a_stretch_only_when_the_stretch_has_many_instants(string cron, int minutes)
    {
        var asked = 0;
        var forecast = Forecast.Run([Of("a", Cron(cron))], From, From.AddHours(1), long.MaxValue, () => ++asked > 1);
        Assert.That(forecast.Until, Is.EqualTo(From.AddMinutes(minutes)));
    }

    [Test]
    public void It_ends_when_it_has_looked_at_enough_and_says_how_far_it_came()
    {
        var forecast = Forecast.Run([Of("a", Cron("* * * * * *"))], From, From.AddDays(366), 10_000, () => false);
        Assert.That(forecast.Until, Is.EqualTo(From.AddMinutes(170)));
        Assert.That(forecast.Starts, Is.EqualTo(170 * 60));
    }

    [Test]
    public void It_ends_when_nobody_waits_for_it()
    {
        var asked = 0;
        var forecast = Forecast.Run(
            [Of("a", Cron("* * * * * *"))],
            From,
            From.AddDays(366),
            long.MaxValue,
            () => ++asked > 20
        );
        Assert.That(forecast.Until, Is.LessThan(From.AddDays(1)));
    }

    [TestCase(
        "30 2 * * *",
        true,
        "2026-03-29T01:00Z +1>+2 Moved 02:30 x1",
        "2026-10-25T01:00Z +2>+1 FirstOfTwo 02:30 x1"
    )]
    [TestCase(
        "0,30 2 * * *",
        true,
        "2026-03-29T01:00Z +1>+2 Moved 02:00 x2",
        "2026-10-25T01:00Z +2>+1 FirstOfTwo 02:00 x2"
    )]
    [TestCase(
        "*/20 * * * *",
        false,
        "2026-03-29T01:00Z +1>+2 LeftOut 02:00 x3",
        "2026-10-25T01:00Z +2>+1 Both 02:00 x3"
    )]
    [TestCase("30 12 * * *", true)]
    public void Changes_of_the_clocks_are_told_with_their_effect(string expression, bool once, params string[] expected)
    {
        var clock = TriggerClock.TryCreate(Cron(expression), From, out _)!;
        Assert.That(ClockChanges.Of(clock, From, From.AddDays(365), once).Select(Text), Is.EqualTo(expected));
        Assert.That(ClockChanges.Of(clock, From, From.AddDays(365), !once), Is.Empty);
    }

    [Test]
    public void Changes_of_the_clocks_are_told_of_intervals_of_the_calendar_and_of_parts()
    {
        var clock = TriggerClock.TryCreate(
            new TriggerRequest
            {
                Kind = TriggerKinds.AnyOf,
                Triggers =
                [
                    Cron("0 0 * * *", "UTC"),
                    new TriggerRequest
                    {
                        Kind = TriggerKinds.CalendarInterval,
                        Days = 1,
                        TimeOfDay = "02:15",
                        TimeZone = "Australia/Lord_Howe",
                    },
                ],
            },
            From,
            out _
        )!;
        Assert.That(
            ClockChanges.Of(clock, From, From.AddDays(365), meetTimesOnce: true).Select(Text),
            Is.EqualTo(new[] { "2026-10-03T15:30Z +10.5>+11 Moved 02:15 x1" }),
            "in April the clock shows 01:30 twice"
        );
    }

    [Test]
    public void Change_of_the_clock_at_the_end_of_the_range_is_not_part_of_it()
    {
        var clock = TriggerClock.TryCreate(Cron("30 2 * * *"), From, out _)!;
        var change = new DateTimeOffset(2026, 3, 29, 1, 0, 0, TimeSpan.Zero);
        Assert.That(ClockChanges.Of(clock, From, change, meetTimesOnce: true), Is.Empty);
        Assert.That(
            ClockChanges.Of(clock, From, change.AddTicks(1), meetTimesOnce: true).Select(found => found.At),
            Is.EqualTo(new[] { change })
        );
    }

    private static string Text(ClockChange change) =>
        $"{change.At:yyyy-MM-dd'T'HH:mm}Z +{change.Before.TotalHours}>+{change.After.TotalHours} "
        + $"{change.Effect} {change.Local:HH:mm} x{change.Times}";
}
