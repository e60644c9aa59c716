using System.Globalization;

namespace ScheduleZero.Dashboard.Words;

/// <summary>Reads the texts of a form's fields, and notes what is wrong with them by the path of the field.</summary>
internal static class TypedFields
{
    private static readonly CultureInfo Culture = CultureInfo.InvariantCulture;

    /// <summary>A duration; null when nothing was typed, or when it cannot be read.</summary>
    public static TimeSpan? Duration(this FieldErrors errors, string path, string text, bool isNeeded = false)
    {
        if (!DurationText.TryRead(text, out var duration, out var problem))
        {
            errors.Add(path, problem!);
        }
        else if (duration is null && isNeeded)
        {
            errors.Add(path, $"A duration is needed, {DurationText.Help}.");
        }

        return duration;
    }

    /// <summary>A time on the reader's clock; null when nothing was typed, or when it cannot be read.</summary>
    public static DateTimeOffset? Instant(
        this FieldErrors errors,
        string path,
        string text,
        TimeZoneInfo zone,
        bool isNeeded = false
    )
    {
        if (!LocalTimeText.TryRead(text, zone, out var at, out var problem))
        {
            errors.Add(path, problem!);
        }
        else if (at is null && isNeeded)
        {
            errors.Add(path, "A date and a time are needed.");
        }

        return at;
    }

    /// <summary>A whole number; null when nothing was typed, or when it cannot be read.</summary>
    public static int? Whole(this FieldErrors errors, string path, string text, bool isNeeded = false) =>
        errors.Long(path, text, isNeeded) is { } number
            ? number is >= int.MinValue and <= int.MaxValue
                ? (int)number
                : errors.Refuse(path)
            : null;

    /// <summary>A whole number that may be large; null when nothing was typed, or when it cannot be read.</summary>
    public static long? Long(this FieldErrors errors, string path, string text, bool isNeeded = false) =>
        string.IsNullOrWhiteSpace(text) && !isNeeded ? null
        : long.TryParse(text.Trim(), NumberStyles.AllowLeadingSign, Culture, out var number) ? number
        : errors.Refuse(path);

    /// <summary>A share from 0 to 1; null when nothing was typed, or when it cannot be read.</summary>
    public static double? Share(this FieldErrors errors, string path, string text)
    {
        if (string.IsNullOrWhiteSpace(text))
        {
            return null;
        }

        if (double.TryParse(text.Trim(), NumberStyles.AllowDecimalPoint, Culture, out var share) && share <= 1)
        {
            return share;
        }

        errors.Add(path, "A number from 0 to 1 is needed, such as 0.2.");
        return null;
    }

    private static int? Refuse(this FieldErrors errors, string path)
    {
        errors.Add(path, "A whole number is needed.");
        return null;
    }
}
