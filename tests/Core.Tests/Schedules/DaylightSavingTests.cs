using ScheduleZero.Contracts.Rest;
using ScheduleZero.Triggers;

namespace ScheduleZero.Core.Tests.Schedules;

/// <summary>
/// Compares cron, over every change of offset of 21 years, with a minute-by-minute reading of the promise that does not
/// use Cronos.
/// </summary>
[Parallelizable(ParallelScope.All)]
public sealed class DaylightSavingTests
{
    private static readonly DateTime From = new(2007, 1, 1, 0, 0, 0, DateTimeKind.Utc);
    private static readonly int Minutes = (int)
        (new DateTime(2028, 1, 1, 0, 0, 0, DateTimeKind.Utc) - From).TotalMinutes;

    // Minutes that are compared before and after a change of offset. No other change comes so soon.
    private const int Around = 2 * 1440;

    // Zones that shift by an hour, by half an hour, at midnight, by a whole day, for Ramadan, and for good.
    private static readonly string[] Zones =
    [
        "Europe/Berlin",
        "America/New_York",
        "Australia/Lord_Howe",
        "Africa/Casablanca",
        "America/Sao_Paulo",
        "Europe/Dublin",
        "Asia/Gaza",
        "Pacific/Apia",
        "Europe/Moscow",
        "Africa/Cairo",
        "Antarctica/Troll",
    ];

    // Each cron expression, with the minutes and hours that it means.
    private static readonly (string Expression, bool IsDaily, Func<int, int, bool> Means)[] Expressions =
    [
        ("0 2 * * *", true, (hour, minute) => hour == 2 && minute == 0),
        ("30 2 * * *", true, (hour, minute) => hour == 2 && minute == 30),
        ("0 3 * * *", true, (hour, minute) => hour == 3 && minute == 0),
        ("0 0 * * *", true, (hour, minute) => hour == 0 && minute == 0),
        ("15 0 * * *", true, (hour, minute) => hour == 0 && minute == 15),
        ("45 1 * * *", true, (hour, minute) => hour == 1 && minute == 45),
        ("0,20,40 1,2,3 * * *", true, (hour, minute) => hour is 1 or 2 or 3 && minute % 20 == 0),
        ("0 30 2 * * *", true, (hour, minute) => hour == 2 && minute == 30),
        ("@daily", true, (hour, minute) => hour == 0 && minute == 0),
        ("@midnight", true, (hour, minute) => hour == 0 && minute == 0),
        ("*/5 * * * *", false, (_, minute) => minute % 5 == 0),
        ("0 * * * *", false, (_, minute) => minute == 0),
        ("30 * * * *", false, (_, minute) => minute == 30),
        ("0 */2 * * *", false, (hour, minute) => hour % 2 == 0 && minute == 0),
        ("15 1-3 * * *", false, (hour, minute) => hour is >= 1 and <= 3 && minute == 15),
        ("0 */10 * * * *", false, (_, minute) => minute % 10 == 0),
        ("@hourly", false, (_, minute) => minute == 0),
    ];

    [TestCaseSource(nameof(Zones))]
    public void Every_change_of_offset_is_crossed_as_promised(string name)
    {
        var zone = TimeZoneInfo.FindSystemTimeZoneById(name);
        var offsets = new int[Minutes];
        for (var i = 0; i < Minutes; i++)
        {
            offsets[i] = (int)zone.GetUtcOffset(From.AddMinutes(i)).TotalMinutes;
        }

        var changes = Enumerable.Range(1, Minutes - 1).Where(i => offsets[i] != offsets[i - 1]).ToList();
        Assert.That(changes, Is.Not.Empty, "the zone must have changes of offset");
        foreach (var (expression, isDaily, means) in Expressions)
        {
            var clock = TriggerClock.TryCreate(
                new TriggerRequest
                {
                    Kind = TriggerKinds.Cron,
                    Expression = expression,
                    TimeZone = name,
                },
                default,
                out _
            )!;
            foreach (var change in changes)
            {
                Compare(
                    clock,
                    Promised(offsets, change - Around, change + Around, isDaily, means),
                    change,
                    $"{expression} in {name}"
                );
            }
        }
    }

    private static void Compare(TriggerClock clock, List<int> promised, int change, string what)
    {
        Assert.That(promised, Is.Not.Empty);
        var at = new DateTimeOffset(From.AddMinutes(change - Around));
        var inclusive = true;
        foreach (var minute in promised)
        {
            var next = clock.Next(at, inclusive);
            if (next != From.AddMinutes(minute))
            {
                Assert.Fail($"{what}: after {at:O} comes {next:O}, not {From.AddMinutes(minute):O}");
            }

            (at, inclusive) = (next!.Value, false);
            if (clock.Next(at, inclusive: true) != at || clock.Next(at.AddTicks(-1), inclusive: false) != at)
            {
                Assert.Fail($"{what}: {at:O} is due, and is not found from itself, or from just before");
            }
        }

        Assert.That(
            clock.Next(at, inclusive: false),
            Is.GreaterThanOrEqualTo(new DateTimeOffset(From.AddMinutes(change + Around))),
            what
        );
    }

    // The instants that the promise demands, found by reading the wall clock minute by minute.
    private static List<int> Promised(int[] offsets, int from, int to, bool isDaily, Func<int, int, bool> means)
    {
        var due = new SortedSet<int>();
        var furthest = from + offsets[from] - 1;
        for (var i = from; i < to; i++)
        {
            var local = i + offsets[i];
            // The clock may have jumped over some wall-clock times; these are due at the minute after the jump.
            for (var shown = isDaily ? furthest + 1 : local; shown <= local; shown++)
            {
                if (Means(shown, means))
                {
                    due.Add(i);
                }
            }

            furthest = Math.Max(furthest, local);
        }

        return [.. due];
    }

    private static bool Means(int local, Func<int, int, bool> means)
    {
        var minuteOfDay = ((local % 1440) + 1440) % 1440;
        return means(minuteOfDay / 60, minuteOfDay % 60);
    }
}
