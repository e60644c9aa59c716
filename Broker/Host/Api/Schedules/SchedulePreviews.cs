using System.Globalization;
using ScheduleZero.Broker.Core.Schedules;
using ScheduleZero.Contracts.Rest;
using ScheduleZero.Triggers;

namespace ScheduleZero.Broker.Host.Api.Schedules;

/// <summary>Previews when a trigger will be due, and which of these instants would make no job.</summary>
internal static class SchedulePreviews
{
    public const int CountMax = 1000;

    /// <summary>The next instants of a trigger.</summary>
    /// <param name="exclusions">The calendars on whose days nothing fires.</param>
    /// <param name="count">The most instants to show.</param>
    /// <param name="from">The earliest instant to show, inclusive.</param>
    /// <param name="to">The end of the instants to show, exclusive.</param>
    public static PreviewAnswer Preview(
        TriggerClock clock,
        Exclusions exclusions,
        int count,
        DateTimeOffset from,
        DateTimeOffset? to
    ) =>
        new([
            .. Instants(clock, from)
                .TakeWhile(nominal => to is null || nominal < to)
                .Take(count)
                .Select(nominal => Item(clock, nominal, exclusions.ReasonAt(nominal))),
        ]);

    /// <summary>The next instants of a saved schedule.</summary>
    public static PreviewAnswer Preview(Schedule schedule, Exclusions exclusions, int count, DateTimeOffset now)
    {
        var clock = TriggerClock.TryCreate(schedule.Trigger, schedule.CreatedAt, out _) ?? TriggerClock.Never;
        var items = new List<PreviewItem>();
        var left = schedule.MaxOccurrences is { } most ? Math.Max(0, most - schedule.Occurrences) : long.MaxValue;
        foreach (var nominal in Instants(clock, schedule.StartAt > now ? schedule.StartAt.Value : now))
        {
            if (items.Count == count || left == 0 || nominal > schedule.EndAt)
            {
                break;
            }

            var excluded = exclusions.ReasonAt(nominal);
            left -= excluded is null ? 1 : 0;
            items.Add(Item(clock, nominal, schedule.Paused && !(schedule.ResumeAt <= nominal) ? "paused" : excluded));
        }

        return new PreviewAnswer(items, TriggerClock.WarningOf(schedule.Trigger));
    }

    private static IEnumerable<DateTimeOffset> Instants(TriggerClock clock, DateTimeOffset from)
    {
        for (
            var next = clock.Next(from, inclusive: true);
            next is { } nominal;
            next = clock.Next(nominal, inclusive: false)
        )
        {
            yield return nominal;
        }
    }

    private static PreviewItem Item(TriggerClock clock, DateTimeOffset nominal, string? skipped)
    {
        var local = TimeZoneInfo.ConvertTime(nominal, clock.Zone);
        return new PreviewItem(
            nominal,
            local.ToString("yyyy-MM-dd'T'HH:mm:ss", CultureInfo.InvariantCulture),
            local.ToString("zzz", CultureInfo.InvariantCulture),
            skipped
        );
    }
}
