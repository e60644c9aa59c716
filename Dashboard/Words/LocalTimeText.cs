using System.Globalization;

namespace ScheduleZero.Dashboard.Words;

/// <summary>
/// Reads and writes the text of a browser's field for a date and a time, which has no offset: the time is one of the
/// wall clock in the reader's zone.
/// </summary>
internal static class LocalTimeText
{
    private const string Form = "yyyy-MM-dd'T'HH:mm:ss";

    private static readonly string[] Forms = [Form, "yyyy-MM-dd'T'HH:mm"];

    /// <summary>The instant as the field shows it; empty for none.</summary>
    public static string Of(DateTimeOffset? at, TimeZoneInfo zone) =>
        at is { } instant ? TimeZoneInfo.ConvertTime(instant, zone).ToString(Form, CultureInfo.InvariantCulture) : "";

    /// <summary>Reads what somebody typed.</summary>
    /// <param name="at">The instant; null when the field is empty. Of a time that the clock shows twice, the first of
    /// the two.</param>
    /// <param name="problem">Why the text is no instant; null when it is one, or empty.</param>
    public static bool TryRead(string? text, TimeZoneInfo zone, out DateTimeOffset? at, out string? problem)
    {
        (at, problem) = (null, null);
        if (string.IsNullOrWhiteSpace(text))
        {
            return true;
        }

        if (
            !DateTime.TryParseExact(
                text.Trim(),
                Forms,
                CultureInfo.InvariantCulture,
                DateTimeStyles.None,
                out var local
            )
        )
        {
            problem = "A date and a time are needed.";
            return false;
        }

        if (zone.IsInvalidTime(local))
        {
            problem = $"The clock of {zone.Id} jumps over this time.";
            return false;
        }

        var offset = zone.IsAmbiguousTime(local) ? zone.GetAmbiguousTimeOffsets(local).Max() : zone.GetUtcOffset(local);
        if (local.Ticks < offset.Ticks || local.Year > 9998)
        {
            problem = "This date is too far away.";
            return false;
        }

        at = new DateTimeOffset(local, offset).ToUniversalTime();
        return true;
    }
}
