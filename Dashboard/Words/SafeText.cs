using System.Globalization;
using System.Text;

namespace ScheduleZero.Dashboard.Words;

/// <summary>
/// Makes texts that somebody else wrote fit to be shown: on one line, without characters that control a terminal or
/// turn the direction of text, and not longer than a reader wants.
/// </summary>
internal static class SafeText
{
    /// <param name="length">The most characters that are shown.</param>
    public static string Of(string? text, int length = 200)
    {
        if (string.IsNullOrEmpty(text))
        {
            return "";
        }

        var shown = new StringBuilder(Math.Min(text.Length, length) + 1);
        foreach (var rune in text.EnumerateRunes())
        {
            if (shown.Length + rune.Utf16SequenceLength > length)
            {
                return shown.Append('…').ToString();
            }

            shown.Append(IsShown(rune) ? rune.ToString() : "\uFFFD");
        }

        return shown.ToString();
    }

    private static bool IsShown(Rune rune) =>
        Rune.GetUnicodeCategory(rune)
            is not (
                UnicodeCategory.Control
                or UnicodeCategory.Format
                or UnicodeCategory.LineSeparator
                or UnicodeCategory.ParagraphSeparator
                or UnicodeCategory.Surrogate
                or UnicodeCategory.PrivateUse
                or UnicodeCategory.OtherNotAssigned
            );
}
