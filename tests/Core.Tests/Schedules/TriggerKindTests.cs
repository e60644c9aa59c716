using ScheduleZero.Contracts;
using ScheduleZero.Contracts.Rest;
using ScheduleZero.Triggers;

namespace ScheduleZero.Core.Tests.Schedules;

public sealed class TriggerKindTests
{
    private static readonly TriggerRequest Monthly = new()
    {
        Kind = TriggerKinds.CalendarInterval,
        Months = 1,
        StartOn = new DateOnly(2026, 1, 31),
        TimeOfDay = "02:30",
        TimeZone = "Europe/Berlin",
    };

    private static TriggerRequest Cron(string expression) =>
        new() { Kind = TriggerKinds.Cron, Expression = expression };

    private static TriggerRequest Of(string kind, params TriggerRequest[] parts) =>
        new() { Kind = kind, Triggers = parts };

    private static List<string> Next(TriggerRequest trigger, string from, int count)
    {
        var clock = TriggerClock.TryCreate(trigger, Stage.Noon, out var problem);
        Assert.That(clock, Is.Not.Null, $"{problem}");
        var instants = new List<string>();
        for (
            var at = clock!.Next(DateTimeOffset.Parse(from), inclusive: true);
            instants.Count < count && at is { } instant;
            at = clock.Next(instant, inclusive: false)
        )
        {
            Assert.That(clock.Next(instant, inclusive: true), Is.EqualTo(instant), "due at its own instant");
            instants.Add($"{instant:yyyy-MM-dd'T'HH:mm:ss}");
        }

        return instants;
    }

    [Test]
    public void A_day_that_a_month_does_not_have_is_skipped_not_moved() =>
        Assert.That(
            Next(Monthly, "2026-01-01T00:00Z", 4),
            Is.EqualTo(
                new[] { "2026-01-31T01:30:00", "2026-03-31T00:30:00", "2026-05-31T00:30:00", "2026-07-31T00:30:00" }
            )
        );

    [Test]
    public void The_29th_of_February_waits_for_its_year() =>
        Assert.That(
            Next(
                Monthly with
                {
                    Months = 12,
                    StartOn = new DateOnly(2024, 2, 29),
                    TimeZone = null,
                },
                "2024-03-01T00:00Z",
                2
            ),
            Is.EqualTo(new[] { "2028-02-29T02:30:00", "2032-02-29T02:30:00" })
        );

    [Test]
    public void Days_and_weeks_of_the_calendar_keep_the_time_of_day_over_a_change_of_the_clocks()
    {
        var daily = Monthly with { Months = null, Days = 1, StartOn = new DateOnly(2026, 3, 28) };
        Assert.That(
            Next(daily, "2026-03-28T00:00Z", 3),
            Is.EqualTo(new[] { "2026-03-28T01:30:00", "2026-03-29T01:00:00", "2026-03-30T00:30:00" })
        );
        var fortnightly = Monthly with { Months = null, Weeks = 2, StartOn = new DateOnly(2026, 10, 11) };
        Assert.That(
            Next(fortnightly, "2026-10-11T00:31Z", 2),
            Is.EqualTo(new[] { "2026-10-25T00:30:00", "2026-11-08T01:30:00" })
        );
    }

    [Test]
    public void Without_a_first_date_the_day_of_creation_counts() =>
        Assert.That(
            Next(Monthly with { StartOn = null, TimeZone = null }, "2026-06-01T00:00Z", 2),
            Is.EqualTo(new[] { "2026-06-01T02:30:00", "2026-07-01T02:30:00" })
        );

    [TestCase("days", null, null, null, "02:30")]
    [TestCase("days", 1, 1, null, "02:30")]
    [TestCase("days", 0, null, null, "02:30")]
    [TestCase("days", null, null, Limits.CalendarIntervalMax + 1, "02:30")]
    [TestCase("timeOfDay", 1, null, null, null)]
    [TestCase("timeOfDay", 1, null, null, "24:00")]
    public void A_calendar_interval_that_makes_no_sense_is_refused(
        string field,
        int? months,
        int? weeks,
        int? days,
        string? timeOfDay
    )
    {
        var trigger = Monthly with { Months = months, Weeks = weeks, Days = days, TimeOfDay = timeOfDay };
        Assert.That(TriggerClock.TryCreate(trigger, default, out var problem), Is.Null);
        Assert.That(problem.Field, Is.EqualTo(field));
    }

    [Test]
    public void Any_of_several_is_due_once_at_equal_instants() =>
        Assert.That(
            Next(Of(TriggerKinds.AnyOf, Cron("0 */2 * * *"), Cron("0 */3 * * *")), "2026-06-01T00:00Z", 5),
            Is.EqualTo(
                new[]
                {
                    "2026-06-01T00:00:00",
                    "2026-06-01T02:00:00",
                    "2026-06-01T03:00:00",
                    "2026-06-01T04:00:00",
                    "2026-06-01T06:00:00",
                }
            )
        );

    [Test]
    public void All_of_several_are_due_where_they_meet_within_the_second()
    {
        var everyNinetyMinutes = new TriggerRequest
        {
            Kind = TriggerKinds.Interval,
            Every = TimeSpan.FromMinutes(90),
            StartAt = DateTimeOffset.Parse("2026-06-01T00:00:00.7Z"),
        };
        Assert.That(
            Next(Of(TriggerKinds.AllOf, Cron("0 * * * *"), everyNinetyMinutes), "2026-06-01T00:00Z", 3),
            Is.EqualTo(new[] { "2026-06-01T00:00:00", "2026-06-01T03:00:00", "2026-06-01T06:00:00" })
        );
        Assert.That(
            Next(Of(TriggerKinds.AllOf, Cron("0 2 13 * *"), Cron("0 2 * * FRI")), "2026-06-01T00:00Z", 2),
            Is.EqualTo(new[] { "2026-11-13T02:00:00", "2027-08-13T02:00:00" })
        );
    }

    [Test]
    public void Those_that_never_meet_say_so_and_leave_their_neighbours_alone()
    {
        var never = Of(TriggerKinds.AllOf, Cron("*/2 * * * * *"), Cron("1-59/2 * * * * *"));
        var clock = TriggerClock.TryCreate(never, default, out _)!;
        Assert.That(clock.NeverMeets(Stage.Noon), Is.True);
        Assert.That(clock.Next(Stage.Noon, inclusive: true), Is.Null);
        var either = TriggerClock.TryCreate(Of(TriggerKinds.AnyOf, never, Cron("0 2 * * *")), default, out _)!;
        Assert.That(either.NeverMeets(Stage.Noon), Is.True);
        Assert.That(either.Next(Stage.Noon, inclusive: true), Is.EqualTo(DateTimeOffset.Parse("2026-06-02T02:00Z")));
    }

    [Test]
    public void A_search_looks_at_a_bounded_number_of_instants_however_it_is_nested()
    {
        var never = Of(TriggerKinds.AllOf, Cron("*/2 * * * * *"), Cron("1-59/2 * * * * *"));
        var clock = TriggerClock.TryCreate(
            Of(TriggerKinds.AllOf, never, Of(TriggerKinds.AnyOf, never.Triggers![0], Cron("* * * * *"))),
            default,
            out _
        )!;
        var steps = AllOfClock.SearchStepsMax;
        Assert.That(clock.Find(Stage.Noon, true, ref steps), Is.Null);
        Assert.That(steps, Is.InRange(-Limits.TriggerPartsMax, 0));
    }

    [Test]
    public void Too_many_too_deep_or_none_are_refused_with_the_place()
    {
        var deep = Of(TriggerKinds.AnyOf, Of(TriggerKinds.AnyOf, Of(TriggerKinds.AnyOf, Cron("* * * * *"))));
        var many = Of(TriggerKinds.AnyOf, [.. Enumerable.Repeat(Cron("* * * * *"), Limits.TriggerPartsMax + 1)]);
        foreach (
            var trigger in new[]
            {
                deep,
                many,
                Of(TriggerKinds.AnyOf),
                new TriggerRequest { Kind = TriggerKinds.AllOf },
                Of(TriggerKinds.AllOf, null!),
            }
        )
        {
            Assert.That(TriggerClock.TryCreate(trigger, default, out var problem), Is.Null);
            Assert.That(problem.Field, Does.StartWith("triggers"));
        }

        Assert.That(
            TriggerClock.TryCreate(
                Of(TriggerKinds.AnyOf, Cron("* * * * *"), Cron("61 * * * *")),
                default,
                out var inside
            ),
            Is.Null
        );
        Assert.That(inside.Field, Is.EqualTo("triggers[1].expression"));
    }

    [TestCase("H * * * *")]
    [TestCase("h 2 * * *")]
    [TestCase("H(0-10) * * * *")]
    [TestCase("H/5 * * * *")]
    public void A_minute_by_seed_is_refused(string expression)
    {
        Assert.That(TriggerClock.TryCreate(Cron(expression), default, out var problem), Is.Null);
        Assert.That(problem.Field, Is.EqualTo("expression"));
    }

    [TestCase("@every_second", "2026-06-01T12:00:01")]
    [TestCase("@every_minute", "2026-06-01T12:01:00")]
    [TestCase("@hourly", "2026-06-01T13:00:00")]
    [TestCase("@daily", "2026-06-02T00:00:00")]
    [TestCase("@midnight", "2026-06-02T00:00:00")]
    [TestCase("@weekly", "2026-06-07T00:00:00")]
    [TestCase("@monthly", "2026-07-01T00:00:00")]
    [TestCase("@yearly", "2027-01-01T00:00:00")]
    [TestCase("@annually", "2027-01-01T00:00:00")]
    public void A_macro_means_what_it_says(string macro, string expected) =>
        Assert.That(Next(Cron(macro), "2026-06-01T12:00:00.5Z", 1), Is.EqualTo(new[] { expected }));
}
