using System.Globalization;
using ScheduleZero.Contracts.Rest;
using ScheduleZero.Triggers;

namespace ScheduleZero.Core.Tests.Schedules;

/// <summary>
/// The meaning of cron expressions as a table of facts, from Monday, 1 June 2026, 12:00 UTC. Known differences: crontab
/// fires when either of two day fields matches, and refuses ranges that run backwards. A change of the clock follows
/// docs/adr/0011; Cronos has one instant too many there for interval expressions.
/// </summary>
public sealed class CronVectorTests
{
    [TestCase("*/15 * * * *", "2026-06-01T12:15 2026-06-01T12:30 2026-06-01T12:45")]
    [TestCase("5,35 8-9 * * *", "2026-06-02T08:05 2026-06-02T08:35 2026-06-02T09:05")]
    [TestCase("10-20/5 * * * *", "2026-06-01T12:10 2026-06-01T12:15 2026-06-01T12:20")]
    [TestCase("0 0-23/6 * * *", "2026-06-01T18:00 2026-06-02T00:00 2026-06-02T06:00")]
    [TestCase(
        "0 22-1 * * *",
        "2026-06-01T22:00 2026-06-01T23:00 2026-06-02T00:00",
        TestName = "A range that runs backwards goes over midnight; crontab refuses it"
    )]
    [TestCase("0 22 * * 1-5", "2026-06-01T22:00 2026-06-02T22:00 2026-06-03T22:00")]
    [TestCase("0 0 * * 0", "2026-06-07T00:00 2026-06-14T00:00 2026-06-21T00:00")]
    [TestCase("0 0 * * 7", "2026-06-07T00:00 2026-06-14T00:00 2026-06-21T00:00")]
    [TestCase("0 0 * * sun", "2026-06-07T00:00 2026-06-14T00:00 2026-06-21T00:00")]
    [TestCase("0 0 31 * *", "2026-07-31T00:00 2026-08-31T00:00 2026-10-31T00:00")]
    [TestCase("0 0 29 2 *", "2028-02-29T00:00 2032-02-29T00:00 2036-02-29T00:00")]
    [TestCase("0 0 1 */3 *", "2026-07-01T00:00 2026-10-01T00:00 2027-01-01T00:00")]
    [TestCase("0 0 * JAN,JUL ?", "2026-07-01T00:00 2026-07-02T00:00 2026-07-03T00:00")]
    [TestCase("0 0 L * *", "2026-06-30T00:00 2026-07-31T00:00 2026-08-31T00:00")]
    [TestCase("0 0 L-3 * *", "2026-06-27T00:00 2026-07-28T00:00 2026-08-28T00:00")]
    [TestCase("0 0 LW * *", "2026-06-30T00:00 2026-07-31T00:00 2026-08-31T00:00")]
    [TestCase("0 0 15W * *", "2026-06-15T00:00 2026-07-15T00:00 2026-08-14T00:00")]
    [TestCase("0 0 1W 8 *", "2026-08-03T00:00 2027-08-02T00:00 2028-08-01T00:00")]
    [TestCase("0 0 * * 5L", "2026-06-26T00:00 2026-07-31T00:00 2026-08-28T00:00")]
    [TestCase("0 0 * * 1#2", "2026-06-08T00:00 2026-07-13T00:00 2026-08-10T00:00")]
    [TestCase("0 0 * * MON#5", "2026-06-29T00:00 2026-08-31T00:00 2026-11-30T00:00")]
    [TestCase(
        "0 0 13 * FRI",
        "2026-11-13T00:00 2027-08-13T00:00 2028-10-13T00:00",
        TestName = "Both day fields hold; crontab takes either"
    )]
    [TestCase(
        "0 0 1,15 * 1",
        "2026-06-15T00:00 2027-02-01T00:00 2027-02-15T00:00",
        TestName = "Both day fields hold; crontab takes either, of lists too"
    )]
    [TestCase("30 10 * * * *", "2026-06-01T12:10:30 2026-06-01T13:10:30 2026-06-01T14:10:30")]
    [TestCase("*/20 * * * * *", "2026-06-01T12:00:20 2026-06-01T12:00:40 2026-06-01T12:01:00")]
    public void An_expression_is_due_at(string expression, string expected)
    {
        var clock = TriggerClock.TryCreate(
            new TriggerRequest { Kind = TriggerKinds.Cron, Expression = expression },
            default,
            out var problem
        );
        Assert.That(clock, Is.Not.Null, problem.Reason);
        var at = Stage.Noon;
        foreach (
            var instant in expected
                .Split(' ')
                .Select(text =>
                    DateTimeOffset.Parse(text, CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal)
                )
        )
        {
            at = clock!.Next(at, inclusive: false)!.Value;
            Assert.That(at, Is.EqualTo(instant));
        }
    }
}
