using System.Globalization;
using ScheduleZero.Broker.Core.Schedules;
using ScheduleZero.Contracts.Rest;

namespace ScheduleZero.Broker.Host.Api.Schedules;

/// <summary>Says when a trigger will be due.</summary>
internal static class SchedulePreviews
{
    public const int CountMax = 1000;

    /// <param name="clock">The trigger.</param>
    /// <param name="count">How many instants at most.</param>
    /// <param name="from">The first instant that counts, itself included.</param>
    /// <param name="to">Instants from here on do not count.</param>
    public static PreviewAnswer Preview(TriggerClock clock, int count, DateTimeOffset from, DateTimeOffset? to)
    {
        var items = new List<PreviewItem>(Math.Min(count, CountMax));
        var next = clock.Next(from, inclusive: true);
        while (next is { } nominal && items.Count < count && (to is null || nominal < to))
        {
            var local = TimeZoneInfo.ConvertTime(nominal, clock.Zone);
            items.Add(new PreviewItem(
                nominal,
                local.ToString("yyyy-MM-dd'T'HH:mm:ss", CultureInfo.InvariantCulture),
                local.ToString("zzz", CultureInfo.InvariantCulture)));
            next = clock.Next(nominal, inclusive: false);
        }

        return new PreviewAnswer(items);
    }

    /// <summary>The next instants of a schedule as it is saved, with why they would make no job.</summary>
    public static PreviewAnswer Preview(Schedule schedule, int count, DateTimeOffset now)
    {
        var clock = TriggerClock.TryCreate(schedule.Trigger, schedule.CreatedAt, out var problem)
            ?? throw new InvalidOperationException($"Schedule {schedule.Name} was saved with a trigger that is not valid: {problem.Reason}");
        var from = schedule.StartAt > now ? schedule.StartAt.Value : now;
        var left = schedule.MaxOccurrences is { } most ? Math.Max(0, most - schedule.Occurrences) : long.MaxValue;
        var preview = Preview(clock, (int)Math.Min(count, left), from, schedule.EndAt);
        return schedule.Paused
            ? new PreviewAnswer([.. preview.Items.Select(item => schedule.ResumeAt <= item.Nominal ? item : item with { Skipped = "paused" })])
            : preview;
    }
}
