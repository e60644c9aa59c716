using ScheduleZero.Contracts.Rest;
using ScheduleZero.Triggers;

namespace ScheduleZero.Core.Tests.Schedules;

/// <summary>
/// Expressions from other cron systems are refused with a sentence that says what to write here, or accepted with a
/// warning.
/// </summary>
public sealed class CronHintTests
{
    private static TriggerRequest Cron(string expression) =>
        new() { Kind = TriggerKinds.Cron, Expression = expression };

    [TestCase("@every 5m", "kind interval")]
    [TestCase("@reboot", "let what starts the program submit a job")]
    [TestCase("@quarterly", "0 0 1 1,4,7,10 *")]
    [TestCase("@semiannually", "0 0 1 1,7 *")]
    [TestCase("@weekdays", "0 0 * * MON-FRI")]
    [TestCase("@fortnightly", "known are @every_second")]
    [TestCase("@daily 5", "stands alone")]
    [TestCase("CRON_TZ=Europe/Berlin 0 2 * * *", "timeZone")]
    [TestCase("TZ=UTC 0 2 * * *", "timeZone")]
    [TestCase("cron(0 12 * * ? *)", "Leave cron( ) and the year out")]
    [TestCase("rate(5 minutes)", "PT5M")]
    [TestCase("at(2026-11-20T13:00:00)", "kind once")]
    [TestCase("0 0 12 * * ? 2027", "no field for the year")]
    [TestCase("0 0 12 * * ? *", "no field for the year")]
    [TestCase("0 12 * * ? 2027", "looks like a year")]
    [TestCase("0 2 * * MONDAY", "write MON for MONDAY")]
    [TestCase("0 2 * September *", "write SEP for September")]
    [TestCase("0 2 * MARCH *", "write MAR for MARCH")]
    [TestCase("0 2 * * Thursday", "write THU for Thursday")]
    [TestCase("0 2 * * * /usr/bin/backup --all", "The command does not stand in the expression")]
    [TestCase("*-*-* 02:30:00", "systemd's form")]
    [TestCase("Mon..Fri *-*-* 02:30", "systemd's form")]
    [TestCase("~ 2 * * *", "jitter")]
    [TestCase("0 3 * *", "4 were given")]
    public void It_is_refused_with_what_to_write_here(string expression, string hint)
    {
        Assert.That(TriggerClock.TryCreate(Cron(expression), default, out var problem), Is.Null);
        Assert.That((problem.Field, problem.Reason), Is.EqualTo(("expression", problem.Reason)));
        Assert.That(problem.Reason, Does.Contain(hint));
    }

    [TestCase("H#1 * * * *")]
    [TestCase("H* * * * *")]
    [TestCase("*H * * * *")]
    [TestCase("0 0 HW * *")]
    [TestCase("0 0 WH * *")]
    [TestCase("0 0 LH * *")]
    [TestCase("0 0 * * HL")]
    [TestCase("0 0 * * H#2")]
    [TestCase("0 0 * * 1#H")]
    [TestCase("0 0 * MARH *")]
    [TestCase("H H H H H H")]
    [TestCase("5H * * * *")]
    [TestCase("H,5 * * * *")]
    [TestCase("1-H * * * *")]
    public void An_H_anywhere_is_refused_and_never_thrown(string expression)
    {
        Assert.That(TriggerClock.TryCreate(Cron(expression), default, out var problem), Is.Null);
        Assert.That(problem.Reason, Does.StartWith("H is not known here"));
    }

    [TestCase("0 0 * MAR THU")]
    [TestCase("0 0 * mar-may thu,fri")]
    [TestCase("@hourly")]
    [TestCase("@monthly")]
    public void The_H_of_a_name_is_none(string expression) =>
        Assert.That(TriggerClock.TryCreate(Cron(expression), default, out _), Is.Not.Null);

    [Test]
    public void Whatever_signs_stand_where_nothing_is_thrown_and_no_control_character_is_said([Range(1, 8)] int seed)
    {
        const string Signs = "0123456789*/,-LW#?H@\t ~\0\u0001MONTHUJAN()=.:%$ü";
        var chance = new Random(seed);
        for (var i = 0; i < 4_000; i++)
        {
            var text = string.Join(
                ' ',
                Enumerable
                    .Range(0, chance.Next(1, 8))
                    .Select(_ =>
                        string.Concat(
                            Enumerable.Range(0, chance.Next(1, 5)).Select(_ => Signs[chance.Next(Signs.Length)])
                        )
                    )
            );
            var clock = TriggerClock.TryCreate(Cron(text), default, out var problem);
            Assert.That(clock is null, Is.EqualTo(problem.Reason is not null), text);
            Assert.That(() => clock?.Next(Stage.Noon, true), Throws.Nothing, text);
            Assert.That(() => TriggerClock.WarningOf(Cron(text)), Throws.Nothing, text);
            Assert.That(
                problem.Reason?.Any(sign => char.IsControl(sign) && !text.Contains(sign)) == true,
                Is.False,
                text
            );
        }
    }

    [TestCase("0 3 * *")]
    [TestCase("0 3 * * 1-")]
    [TestCase("0 3 * * 1,")]
    [TestCase("* * * * */")]
    public void No_error_shows_a_character_of_no_width(string expression)
    {
        Assert.That(TriggerClock.TryCreate(Cron(expression), default, out var problem), Is.Null);
        Assert.That(problem.Reason.Any(char.IsControl), Is.False, problem.Reason);
    }

    [TestCase("0\t2\t*\t*\t*")]
    [TestCase("\t0 2\t * * *  ")]
    public void Tabs_between_fields_are_blanks(string expression)
    {
        var clock = TriggerClock.TryCreate(Cron(expression), default, out _)!;
        Assert.That(clock.Next(Stage.Noon, false), Is.EqualTo(new DateTimeOffset(2026, 6, 2, 2, 0, 0, TimeSpan.Zero)));
    }

    [TestCase("0 0 1,15 * 1", "Both day fields must hold here")]
    [TestCase("0 0 13 * FRI", "Both day fields must hold here")]
    [TestCase("0 0 12 ? * 2", "count from 0 or 7")]
    [TestCase("0 0 12 ? * 2-6", "count from 0 or 7")]
    [TestCase("0 0 12 ? * MON", null)]
    [TestCase("0 2 * * 1", null)]
    [TestCase("0 0 */2 * 1", null)]
    [TestCase("0 0 1 * ?", null)]
    [TestCase("@daily", null)]
    public void What_means_something_else_there_is_taken_with_a_warning(string expression, string? warning)
    {
        Assert.That(TriggerClock.TryCreate(Cron(expression), default, out _), Is.Not.Null);
        Assert.That(TriggerClock.WarningOf(Cron(expression)), warning is null ? Is.Null : Does.Contain(warning));
        var nested = new TriggerRequest { Kind = TriggerKinds.AnyOf, Triggers = [Cron("0 2 * * *"), Cron(expression)] };
        Assert.That(TriggerClock.WarningOf(nested), warning is null ? Is.Null : Does.Contain(warning));
    }
}
