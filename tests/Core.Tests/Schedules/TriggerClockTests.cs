using ScheduleZero.Contracts.Rest;
using ScheduleZero.Triggers;

namespace ScheduleZero.Core.Tests.Schedules;

public sealed class TriggerClockTests
{
    private static TriggerClock Berlin(string expression) =>
        TriggerClock.TryCreate(
            new TriggerRequest
            {
                Kind = TriggerKinds.Cron,
                Expression = expression,
                TimeZone = "Europe/Berlin",
            },
            default,
            out _
        )!;

    private static List<DateTimeOffset> Next(TriggerClock clock, DateTimeOffset from, int count)
    {
        var instants = new List<DateTimeOffset>();
        for (
            var at = clock.Next(from, inclusive: true);
            instants.Count < count && at is { } instant;
            at = clock.Next(instant, inclusive: false)
        )
        {
            instants.Add(instant);
        }

        return instants;
    }

    private static DateTimeOffset Utc(int month, int day, int hour, int minute) =>
        new(2026, month, day, hour, minute, 0, TimeSpan.Zero);

    [Test]
    public void In_the_spring_gap_a_daily_occurrence_runs_once_right_after_it() =>
        Assert.That(
            Next(Berlin("30 2 * * *"), Utc(3, 28, 0, 0), 3),
            Is.EqualTo(new[] { Utc(3, 28, 1, 30), Utc(3, 29, 1, 0), Utc(3, 30, 0, 30) })
        );

    [Test]
    public void In_the_autumn_overlap_a_daily_occurrence_runs_once_on_the_first_of_the_two() =>
        Assert.That(
            Next(Berlin("30 2 * * *"), Utc(10, 24, 0, 0), 3),
            Is.EqualTo(new[] { Utc(10, 24, 0, 30), Utc(10, 25, 0, 30), Utc(10, 26, 1, 30) })
        );

    [Test]
    public void Interval_expressions_follow_elapsed_time_across_both()
    {
        foreach (var night in new[] { Utc(3, 28, 23, 0), Utc(10, 24, 23, 0) })
        {
            var instants = Next(Berlin("*/30 * * * *"), night, 12);
            Assert.That(
                instants,
                Is.EqualTo(Enumerable.Range(0, 12).Select(i => night + TimeSpan.FromMinutes(30 * i)))
            );
        }
    }

    [TestCase("0 0 L * *", "2026-06-30T00:00Z")]
    [TestCase("0 12 15W * *", "2026-06-15T12:00Z")]
    [TestCase("0 0 * * 1#2", "2026-06-08T00:00Z")]
    [TestCase("0 0 ? * MON", "2026-06-08T00:00Z")]
    [TestCase("@daily", "2026-06-02T00:00Z")]
    [TestCase("*/20 * * * * *", "2026-06-01T12:00:20Z")]
    public void Cron_reads_what_Cronos_reads(string expression, string expected)
    {
        var clock = TriggerClock.TryCreate(
            new TriggerRequest { Kind = TriggerKinds.Cron, Expression = expression },
            default,
            out _
        )!;
        Assert.That(clock.Next(Stage.Noon, inclusive: false), Is.EqualTo(DateTimeOffset.Parse(expected)));
    }

    [TestCase("61 * * * *", "field 1 (\"61\")")]
    [TestCase("0 2 * * FRX", "field 5 (\"FRX\")")]
    [TestCase("0 0 25 * * *", "field 3 (\"25\")")]
    [TestCase("0 2 * *", "4 were given")]
    [TestCase("@weeekly", "1 were given")]
    [TestCase("", "needed")]
    [TestCase(null, "needed")]
    public void A_bad_expression_is_refused_with_the_place(string? expression, string reason)
    {
        var clock = TriggerClock.TryCreate(
            new TriggerRequest { Kind = TriggerKinds.Cron, Expression = expression },
            default,
            out var problem
        );
        Assert.That(clock, Is.Null);
        Assert.That(problem.Field, Is.EqualTo("expression"));
        Assert.That(problem.Reason, Does.Contain(reason));
    }

    [TestCase("Europe/Atlantis")]
    [TestCase("")]
    [TestCase("../../../etc/passwd")]
    [TestCase("/etc/passwd")]
    [TestCase("Europe/Ber\0lin")]
    public void A_zone_that_is_not_known_is_refused(string zone)
    {
        var trigger = new TriggerRequest
        {
            Kind = TriggerKinds.Cron,
            Expression = "0 2 * * *",
            TimeZone = zone,
        };
        Assert.That(TriggerClock.TryCreate(trigger, default, out var problem), Is.Null);
        Assert.That(problem.Field, Is.EqualTo("timeZone"));
    }

    [TestCase(0)]
    [TestCase(0.999)]
    [TestCase(-5)]
    [TestCase(367 * 86_400.0)]
    public void An_interval_out_of_bounds_is_refused(double seconds)
    {
        var trigger = new TriggerRequest { Kind = TriggerKinds.Interval, Every = TimeSpan.FromSeconds(seconds) };
        Assert.That(TriggerClock.TryCreate(trigger, default, out var problem), Is.Null);
        Assert.That(problem.Field, Is.EqualTo("every"));
    }

    [TestCase("interval", "every")]
    [TestCase("once", "at")]
    [TestCase("monthly", "kind")]
    public void A_trigger_that_lacks_its_field_is_refused(string kind, string field)
    {
        Assert.That(TriggerClock.TryCreate(new TriggerRequest { Kind = kind }, default, out var problem), Is.Null);
        Assert.That(problem.Field, Is.EqualTo(field));
    }

    [Test]
    public void An_interval_counts_in_whole_multiples_from_its_start()
    {
        var start = Stage.Noon;
        var trigger = new TriggerRequest
        {
            Kind = TriggerKinds.Interval,
            Every = TimeSpan.FromSeconds(7),
            StartAt = start,
        };
        var clock = TriggerClock.TryCreate(trigger, default, out _)!;
        Assert.That(clock.Next(start - TimeSpan.FromDays(1), false), Is.EqualTo(start));
        Assert.That(clock.Next(start, true), Is.EqualTo(start));
        Assert.That(clock.Next(start, false), Is.EqualTo(start + TimeSpan.FromSeconds(7)));
        Assert.That(clock.Next(start + TimeSpan.FromSeconds(8), true), Is.EqualTo(start + TimeSpan.FromSeconds(14)));
        Assert.That(clock.Next(DateTimeOffset.MaxValue, false), Is.Null);
    }

    [Test]
    public void Noise_is_refused_and_never_thrown([Range(1, 5)] int seed)
    {
        const string Signs = "0123456789*/,-LW#?@ \tMONJAN.~";
        var chance = new Random(seed);
        for (var i = 0; i < 2_000; i++)
        {
            var text = string.Concat(
                Enumerable.Range(0, chance.Next(1, 30)).Select(_ => Signs[chance.Next(Signs.Length)])
            );
            var clock = TriggerClock.TryCreate(
                new TriggerRequest { Kind = TriggerKinds.Cron, Expression = text },
                default,
                out var problem
            );
            Assert.That(clock is null, Is.EqualTo(problem.Reason is not null), text);
            Assert.That(() => clock?.Next(Stage.Noon, true), Throws.Nothing, text);
        }
    }

    [Test]
    public void The_same_occurrence_has_the_same_id_and_others_have_others()
    {
        var schedule = ScheduleTests.Draft(new TriggerRequest { Kind = TriggerKinds.Once }).Id;
        var ids = Enumerable
            .Range(0, 1_000)
            .Select(i => OccurrenceId.Of(schedule, Stage.Noon + TimeSpan.FromMilliseconds(i)))
            .ToList();
        Assert.That(ids, Is.Unique);
        Assert.That(OccurrenceId.Of(schedule, Stage.Noon), Is.EqualTo(ids[0]));
        Assert.That(ids[0].Value.Version, Is.EqualTo(7));
    }
}
