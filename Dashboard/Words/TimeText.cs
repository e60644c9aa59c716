using System.Globalization;
using System.Text.RegularExpressions;

namespace ScheduleZero.Dashboard.Words;

/// <summary>Writes instants and durations for people: in their own zone, and on request in UTC.</summary>
/// <param name="zone">The zone of the reader.</param>
/// <param name="now">The present instant.</param>
internal readonly partial struct TimeText(TimeZoneInfo zone, DateTimeOffset now)
{
    private static readonly CultureInfo Culture = CultureInfo.InvariantCulture;

    /// <summary>From this distance on, the day says more than the number of days.</summary>
    private static readonly TimeSpan FarAway = TimeSpan.FromDays(100);

    /// <summary>The instant as a list shows it: the time, with the day when it is not today.</summary>
    public string Short(DateTimeOffset at)
    {
        var (local, today) = (Local(at), Local(now));
        return local.Date == today.Date ? local.ToString("HH:mm:ss", Culture)
            : local.Year == today.Year ? local.ToString("d MMM HH:mm:ss", Culture)
            : local.ToString("d MMM yyyy HH:mm", Culture);
    }

    /// <summary>The instant without seconds, for axes.</summary>
    public string Axis(DateTimeOffset at, bool withDay) => Local(at).ToString(withDay ? "ddd d MMM" : "HH:mm", Culture);

    /// <summary>The instant as a mark below a line of time, as exact as the line is.</summary>
    /// <param name="span">The time from one end of the line to the other.</param>
    public string Mark(DateTimeOffset at, TimeSpan span) =>
        Local(at)
            .ToString(
                span > TimeSpan.FromDays(1) ? "d MMM HH:mm"
                    : span > TimeSpan.FromHours(2) ? "HH:mm"
                    : span > TimeSpan.FromSeconds(20) ? "HH:mm:ss"
                    : "HH:mm:ss.fff",
                Culture
            );

    /// <summary>The time of a line of a log, to the millisecond; its day is in the tooltip.</summary>
    public string Line(DateTimeOffset at) => Local(at).ToString("HH:mm:ss.fff", Culture);

    /// <summary>The whole instant, in the reader's zone and in UTC.</summary>
    public string Full(DateTimeOffset at) =>
        $"{Local(at).ToString("yyyy-MM-dd HH:mm:ss.fff", Culture)} {zone.Id} · "
        + $"{at.UtcDateTime.ToString("yyyy-MM-dd HH:mm:ss.fff", Culture)} UTC";

    /// <summary>
    /// A sentence of the Broker, whose instants are in UTC and exact, with its instants as lists show them.
    /// </summary>
    public string InText(string sentence)
    {
        var times = this;
        return InstantForm()
            .Replace(
                sentence,
                match =>
                    DateTimeOffset.TryParse(match.ValueSpan, Culture, DateTimeStyles.AssumeUniversal, out var at)
                        ? times.Short(at)
                        : match.Value
            );
    }

    /// <summary>How long ago, or how far ahead, an instant is; its day when that is far away.</summary>
    public string Distance(DateTimeOffset at)
    {
        var distance = at - now;
        return distance.Duration() >= FarAway ? Local(at).ToString("d MMM yyyy", Culture)
            : distance >= TimeSpan.Zero ? $"in {Duration(distance)}"
            : $"{Duration(-distance)} ago";
    }

    /// <summary>A duration with its two largest units, such as <c>11 min 40 s</c>.</summary>
    public static string Duration(TimeSpan duration)
    {
        var (days, hours, minutes, seconds) = (duration.Days, duration.Hours, duration.Minutes, duration.Seconds);
        return duration.TotalSeconds < 1 ? $"{Math.Max(0, duration.TotalMilliseconds).ToString("0", Culture)} ms"
            : duration.TotalSeconds < 10 ? $"{duration.TotalSeconds.ToString("0.0", Culture)} s"
            : duration.TotalMinutes < 1 ? $"{seconds} s"
            : duration.TotalHours < 1 ? Two(minutes, "min", seconds, "s")
            : duration.TotalDays < 1 ? Two(hours, "h", minutes, "min")
            : Two(days, "d", hours, "h");
    }

    // The forms O and u of .NET.
    [GeneratedRegex(
        @"[0-9]{4}-[0-9]{2}-[0-9]{2}[T ][0-9]{2}:[0-9]{2}:[0-9]{2}(\.[0-9]{1,7})?(Z|[+-][0-9]{2}:[0-9]{2})"
    )]
    private static partial Regex InstantForm();

    private static string Two(int large, string largeUnit, int small, string smallUnit) =>
        small == 0 ? $"{large} {largeUnit}" : $"{large} {largeUnit} {small} {smallUnit}";

    private DateTimeOffset Local(DateTimeOffset at) => TimeZoneInfo.ConvertTime(at, zone);
}
