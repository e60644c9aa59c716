using ScheduleZero.Contracts.Rest;
using ScheduleZero.Dashboard.Words;
using ScheduleZero.Triggers;

namespace ScheduleZero.Dashboard.Tests;

/// <summary>Cron expressions in words.</summary>
public sealed class CronTextTests
{
    private static readonly DateTimeOffset Start = new(2026, 1, 1, 0, 0, 0, TimeSpan.Zero);

    private static readonly string[] Minutes =
    [
        "*",
        "0",
        "5",
        "30",
        "*/5",
        "*/7",
        "*/15",
        "*/30",
        "0,30",
        "15,45",
        "10-20",
        "5/15",
        "0-59/10",
        "1,2,50",
        "59",
    ];

    private static readonly string[] Hours =
    [
        "*",
        "0",
        "9",
        "23",
        "*/2",
        "*/5",
        "*/6",
        "*/8",
        "9-17",
        "8,20",
        "1/2",
        "0-23",
        "22,23",
        "1,3,5,7,9,11,13",
    ];

    private static readonly string[] Days =
    [
        "*",
        "?",
        "1",
        "15",
        "31",
        "1,15",
        "1-7",
        "*/2",
        "*/10",
        "L",
        "LW",
        "L-3",
        "15W",
        "1W",
        "2-31/2",
    ];

    private static readonly string[] MonthNames =
    [
        "*",
        "1",
        "JAN",
        "1,4,7,10",
        "*/3",
        "3-5",
        "JUN-AUG",
        "2,3",
        "12",
        "*/5",
    ];

    private static readonly string[] Weekdays =
    [
        "*",
        "?",
        "1",
        "MON",
        "7",
        "0",
        "1-5",
        "MON-FRI",
        "6,0",
        "5L",
        "FRIL",
        "1#2",
        "MON#2",
        "*/2",
        "1/2",
        "5-7",
        "0-6",
    ];

    [TestCase("* * * * *", "every minute")]
    [TestCase("*/5 * * * *", "every 5 minutes")]
    [TestCase("0,30 * * * *", "every 30 minutes")]
    [TestCase("5/15 * * * *", "every 15 minutes, from minute 5 of the hour")]
    [TestCase("*/7 * * * *", "every hour at minutes 0, 7, 14, 21, 28, 35, 42, 49 and 56")]
    [TestCase("10-20 * * * *", "every hour at minutes 10 to 20")]
    [TestCase("0 * * * *", "every hour")]
    [TestCase("15 * * * *", "every hour at minute 15")]
    [TestCase("0 */2 * * *", "every 2 hours from 00:00")]
    [TestCase("30 1/2 * * *", "every 2 hours from 01:30")]
    [TestCase("0 9-17 * * *", "every hour from 09:00 to 17:00")]
    [TestCase("*/10 9-17 * * MON-FRI", "every 10 minutes, from 09:00 to 17:59, from Monday to Friday")]
    [TestCase("* 9 * * *", "every minute, from 09:00 to 09:59")]
    [TestCase("15 2 * * *", "every day at 02:15")]
    [TestCase("15\t2 * *   *", "every day at 02:15")]
    [TestCase("15 2,14 * * *", "every day at 02:15 and 14:15")]
    [TestCase("0,30 8,20 * * *", "every day at 08:00, 08:30, 20:00 and 20:30")]
    [TestCase("30 15 2 * * *", "every day at 02:15:30")]
    [TestCase("15 2 * * 1-5", "at 02:15 from Monday to Friday")]
    [TestCase("15 2 * * MON", "at 02:15 on Mondays")]
    [TestCase("15 2 * * 7", "at 02:15 on Sundays")]
    [TestCase("15 2 * * SAT,SUN", "at 02:15 on Saturdays and Sundays")]
    [TestCase("0 18 L * *", "at 18:00 on the last day of the month")]
    [TestCase("0 18 L-3 * *", "at 18:00 on the 3rd day before the last of the month")]
    [TestCase("0 18 LW * *", "at 18:00 on the last weekday of the month")]
    [TestCase("0 18 15W * *", "at 18:00 on the weekday nearest to the 15th")]
    [TestCase("0 18 ? * 5L", "at 18:00 on the last Friday of the month")]
    [TestCase("0 18 * * MON#2", "at 18:00 on the 2nd Monday of the month")]
    [TestCase("0 0 1 * *", "at 00:00 on the 1st")]
    [TestCase("0 0 1,15 * *", "at 00:00 on the 1st and 15th")]
    [TestCase("0 0 1-7 * *", "at 00:00 from the 1st to the 7th")]
    [TestCase("0 0 11,12,13,21,22,23 * *", "at 00:00 on the 11th, 12th, 13th, 21st, 22nd and 23rd")]
    [TestCase("0 0 1,15 * 1", "at 00:00 on the 1st and 15th, but only when that is also on Mondays")]
    [TestCase("0 0 1 1,4,7,10 *", "at 00:00 on the 1st, in January, April, July and October")]
    [TestCase("0 0 * JUN-AUG *", "every day at 00:00, in June to August")]
    [TestCase("* * * * * *", "every second")]
    [TestCase("*/10 * * * * *", "every 10 seconds")]
    [TestCase("30 * * * * *", "every minute, 30 s after it begins")]
    [TestCase("@daily", "every day at 00:00")]
    [TestCase("@HOURLY", "every hour")]
    [TestCase("@every_second", "every second")]
    public void Expressions_are_put_in_words(string expression, string words) =>
        Assert.That(CronText.Of(expression), Is.EqualTo(words));

    [TestCase("")]
    [TestCase("five o'clock")]
    [TestCase("61 * * * *")]
    [TestCase("0 25 * * *")]
    [TestCase("0 0 32 * *")]
    [TestCase("0 0 * 13 *")]
    [TestCase("0 0 * * 8")]
    [TestCase("*/0 * * * *")]
    [TestCase("1/2/3 * * * *")]
    [TestCase("5-1 * * * *")]
    [TestCase("0 0 * * FRI-MON")]
    [TestCase("0 0 L-0 * *")]
    [TestCase("0 0 0W * *")]
    [TestCase("0 0 * * 1#6")]
    [TestCase("*/20 5 2 * * *")]
    [TestCase("0 1,3,5,7,9,11,13 * * *")]
    [TestCase("@reboot")]
    [TestCase("0 0 * * * * *")]
    [TestCase("<b>0</b> 0 * * *")]
    public void Expressions_without_a_short_true_sentence_get_none(string expression) =>
        Assert.That(CronText.Of(expression), Is.Null);

    [Test]
    public void Expressions_with_the_same_words_are_due_at_the_same_instants()
    {
        var random = new Random(4711);
        Dictionary<string, (string Expression, string Instants)> byWords = new(StringComparer.Ordinal);
        var compared = 0;
        for (var round = 0; round < 6000; round++)
        {
            var expression = string.Join(
                ' ',
                Any(random, Minutes),
                Any(random, Hours),
                round % 2 == 0 ? "*" : Any(random, Days),
                round % 3 == 0 ? "*" : Any(random, MonthNames),
                round % 4 == 0 ? "*" : Any(random, Weekdays)
            );
            if (CronText.Of(expression) is not { } words)
            {
                continue;
            }

            var instants = InstantsOf(expression);
            if (!byWords.TryAdd(words, (expression, instants)))
            {
                compared++;
                Assert.That(instants, Is.EqualTo(byWords[words].Instants), $"{expression}: {words}");
            }
        }

        Assert.That(compared, Is.GreaterThan(500));
    }

    private static string Any(Random random, string[] choices) => choices[random.Next(choices.Length)];

    private static string InstantsOf(string expression)
    {
        var trigger = new TriggerRequest { Kind = TriggerKinds.Cron, Expression = expression };
        var clock = TriggerClock.TryCreate(trigger, Start, out var problem);
        Assert.That(clock, Is.Not.Null, $"{expression}: {problem.Reason}");
        List<string> instants = [];
        for (
            var next = clock!.Next(Start, inclusive: true);
            next is { } at && instants.Count < 40;
            next = clock.Next(at, inclusive: false)
        )
        {
            instants.Add($"{at:O}");
        }

        return string.Join('\n', instants);
    }
}
