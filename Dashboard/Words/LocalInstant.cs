using System.Globalization;

namespace ScheduleZero.Dashboard.Words;

/// <summary>Reads and writes instants as fields for local times have them, such as <c>2026-11-30T14:05</c>.</summary>
internal static class LocalInstant
{
    private const string Form = "yyyy-MM-ddTHH:mm:ss";

    public static string Of(DateTimeOffset? at, TimeZoneInfo zone) =>
        at is { } instant ? TimeZoneInfo.ConvertTime(instant, zone).ToString(Form, CultureInfo.InvariantCulture) : "";

    /// <summary>
    /// The instant of a local time in a zone; null for an empty text, and for one that is no time. A time that the
    /// clocks skip means the instant at which they skip it.
    /// </summary>
    public static DateTimeOffset? Parse(string? text, TimeZoneInfo zone)
    {
        if (!DateTime.TryParse(text, CultureInfo.InvariantCulture, DateTimeStyles.None, out var local))
        {
            return null;
        }

        local = DateTime.SpecifyKind(local, DateTimeKind.Unspecified);
        return new DateTimeOffset(local, zone.GetUtcOffset(local)).ToUniversalTime();
    }
}
