using System.Diagnostics;
using System.Globalization;
using ScheduleZero.Broker.Core.Calendars;
using ScheduleZero.Broker.Core.Schedules.Forecasts;
using ScheduleZero.Contracts.Rest;
using ScheduleZero.Triggers;

namespace ScheduleZero.Benchmarks.Load;

/// <summary>
/// Measures how long a forecast of 10,000 schedules over 30 days takes: most are daily or hourly, each at a minute of
/// its own, some every 5 minutes, a few every second.
/// </summary>
internal static class ForecastLoad
{
    public const string Verb = "forecast";

    private static readonly DateTimeOffset From = new(2026, 3, 1, 0, 0, 0, TimeSpan.Zero);
    private static readonly string[] Zones = ["UTC", "Europe/Berlin", "America/New_York", "Australia/Lord_Howe"];

    public static int Run(int count, int days, bool isShared)
    {
        var weekend = new Exclusions([
            (
                "weekend",
                new CalendarRecord
                {
                    Namespace = "default",
                    Name = "weekend",
                    Version = 1,
                    Weekdays = [DayOfWeek.Saturday, DayOfWeek.Sunday],
                    CreatedAt = From,
                    ChangedAt = From,
                    CreatedBy = "benchmark",
                    ChangedBy = "benchmark",
                }.ToDays()
            ),
        ]);
        var watch = Stopwatch.StartNew();
        var schedules = Enumerable.Range(0, count).Select(n => Schedule(n, isShared, weekend)).ToList();
        var made = watch.Elapsed;
        var forecast = Forecast.Run(schedules, From, From.AddDays(days), long.MaxValue, () => false);
        Console.WriteLine(
            $"{count} schedules, {(isShared ? "those alike worked out once" : "each worked out by itself")}, "
                + $"{days} days: {watch.Elapsed.TotalSeconds:0.00} s ({made.TotalSeconds:0.00} s of it reading); "
                + $"{forecast.Starts} starts, {forecast.Collisions.Count} handlers and keys with collisions; "
                + $"{GC.GetTotalMemory(forceFullCollection: false) / 1048576} MB"
        );
        return 0;
    }

    private static Forecasted Schedule(int n, bool isShared, Exclusions weekend)
    {
        var expression = (n % 1000) switch
        {
            0 => "* * * * * *",
            < 50 => "*/5 * * * *",
            < 550 => string.Create(CultureInfo.InvariantCulture, $"{n % 60} * * * *"),
            _ => string.Create(CultureInfo.InvariantCulture, $"{n % 60} {n / 60 % 24} * * *"),
        };
        var zone = Zones[n % Zones.Length];
        var clock = TriggerClock.TryCreate(
            new TriggerRequest
            {
                Kind = TriggerKinds.Cron,
                Expression = expression,
                TimeZone = zone,
            },
            From,
            out _
        )!;
        var isExcluded = n % 10 == 5;
        return new Forecasted(
            $"s{n}",
            isShared ? $"{expression} {zone} {isExcluded}" : $"{n}",
            clock,
            isExcluded ? weekend : Exclusions.None,
            null,
            null,
            null,
            n % 2 == 0 ? $"h{n % 100}" : null,
            n % 3 == 0 ? $"k{n % 40}" : null,
            2,
            HasJitter: false
        );
    }
}
