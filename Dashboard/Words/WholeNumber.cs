using System.Globalization;

namespace ScheduleZero.Dashboard.Words;

/// <summary>Reads whole numbers that somebody types into a field: <c>1200</c> or <c>1,200</c>.</summary>
internal static class WholeNumber
{
    /// <summary>Reads a number.</summary>
    /// <param name="number">The number; null when the field is empty.</param>
    /// <returns>Whether the field is empty, or holds a number.</returns>
    public static bool TryParse(string? text, out long? number)
    {
        number = null;
        if (string.IsNullOrWhiteSpace(text))
        {
            return true;
        }

        const NumberStyles Style =
            NumberStyles.AllowThousands | NumberStyles.AllowLeadingWhite | NumberStyles.AllowTrailingWhite;
        if (!long.TryParse(text, Style, CultureInfo.InvariantCulture, out var read))
        {
            return false;
        }

        number = read;
        return true;
    }

    /// <inheritdoc cref="TryParse(string, out long?)"/>
    public static bool TryParse(string? text, out int? number)
    {
        var isGood = TryParse(text, out long? read) && read is null or (>= int.MinValue and <= int.MaxValue);
        number = isGood ? (int?)read : null;
        return isGood;
    }

    public static string Of(long? number) => number?.ToString(CultureInfo.InvariantCulture) ?? "";
}
