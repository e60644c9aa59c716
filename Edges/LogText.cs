using System.Globalization;
using System.Text;

namespace ScheduleZero.Edges;

/// <summary>
/// Text as a log may hold it: whoever wrote it can neither begin a line of their own nor steer the terminal that shows
/// it.
/// </summary>
internal static class LogText
{
    /// <summary>
    /// Writes what is no plain character as <c>\u001b</c>: control characters, line breaks of every kind, and those
    /// that turn or hide what is beside them.
    /// </summary>
    public static string Escape(string text)
    {
        StringBuilder? clean = null;
        for (var at = 0; at < text.Length; )
        {
            var isWhole = Rune.TryGetRuneAt(text, at, out var rune);
            var length = isWhole ? rune.Utf16SequenceLength : 1;
            if (isWhole && !IsUnfit(rune))
            {
                clean?.Append(text, at, length);
            }
            else
            {
                clean ??= new StringBuilder(text, 0, at, text.Length + 32);
                for (var i = 0; i < length; i++)
                {
                    clean.Append(CultureInfo.InvariantCulture, $"\\u{(int)text[at + i]:x4}");
                }
            }

            at += length;
        }

        return clean?.ToString() ?? text;
    }

    private static bool IsUnfit(Rune rune) =>
        Rune.GetUnicodeCategory(rune)
            is UnicodeCategory.Control
                or UnicodeCategory.Format
                or UnicodeCategory.LineSeparator
                or UnicodeCategory.ParagraphSeparator;
}
