using System.Globalization;
using ScheduleZero.Contracts.Rest;

namespace ScheduleZero.Dashboard.Words;

/// <summary>Puts triggers in words, and in the short form that people who know cron read.</summary>
internal static class TriggerText
{
    private static readonly CultureInfo Culture = CultureInfo.InvariantCulture;

    /// <summary>
    /// The trigger in words, such as <c>every day at 02:15, Europe/Berlin time</c>. A cron expression that is not put
    /// in words stands there as it is.
    /// </summary>
    /// <param name="readersZone">A zone that goes without saying; null when each zone is named.</param>
    public static string Of(TriggerRequest trigger, string? readersZone = null) =>
        trigger.Kind switch
        {
            TriggerKinds.Cron =>
                $"{CronText.Of(trigger.Expression ?? "") ?? Expression(trigger)}{Zone(trigger, readersZone)}",
            TriggerKinds.Interval => $"every {LongDuration(trigger.Every ?? TimeSpan.Zero)}",
            TriggerKinds.CalendarInterval => Calendar(trigger, readersZone),
            TriggerKinds.Once => $"once, at {Instant(trigger.At)}",
            TriggerKinds.AnyOf => $"whenever one of these is due: {Parts(trigger)}",
            TriggerKinds.AllOf => $"only when all of these are due: {Parts(trigger)}",
            var kind => kind,
        };

    /// <summary>The expression of a cron trigger with single blanks; null for other kinds.</summary>
    public static string? ShortOf(TriggerRequest trigger) =>
        trigger.Kind == TriggerKinds.Cron ? Expression(trigger) : null;

    /// <summary>A duration to the second, in words: <c>2 h 30 min</c>.</summary>
    public static string LongDuration(TimeSpan duration)
    {
        List<string> parts = [];
        Add(duration.Days, "d");
        Add(duration.Hours, "h");
        Add(duration.Minutes, "min");
        if (duration.Seconds > 0 || duration.Milliseconds > 0 || parts.Count == 0)
        {
            parts.Add($"{(duration.Seconds + (duration.Milliseconds / 1000.0)).ToString("0.###", Culture)} s");
        }

        return string.Join(' ', parts);

        void Add(int number, string unit)
        {
            if (number > 0)
            {
                parts.Add($"{number.ToString(Culture)} {unit}");
            }
        }
    }

    private static string Calendar(TriggerRequest trigger, string? readersZone)
    {
        var every =
            trigger.Months is { } months ? Every(months, "month")
            : trigger.Weeks is { } weeks ? Every(weeks, "week")
            : Every(trigger.Days ?? 1, "day");
        var from = trigger.StartOn is { } start ? $", counted from {start.ToString("yyyy-MM-dd", Culture)}" : "";
        return $"{every} at {trigger.TimeOfDay}{from}{Zone(trigger, readersZone)}";
    }

    private static string Every(int number, string unit) =>
        number == 1 ? $"every {unit}" : $"every {number.ToString(Culture)} {unit}s";

    private static string Parts(TriggerRequest trigger) =>
        string.Join("; ", (trigger.Triggers ?? []).Select(part => part.Triggers is null ? Of(part) : $"({Of(part)})"));

    private static string Zone(TriggerRequest trigger, string? readersZone) =>
        (trigger.TimeZone ?? "UTC") is var zone && zone == readersZone ? "" : $", {zone} time";

    private static string Expression(TriggerRequest trigger) =>
        string.Join(' ', (trigger.Expression ?? "").Split([' ', '\t'], StringSplitOptions.RemoveEmptyEntries));

    private static string Instant(DateTimeOffset? at) =>
        at is { } instant ? $"{instant.UtcDateTime.ToString("yyyy-MM-dd HH:mm:ss", Culture)} UTC" : "";
}
