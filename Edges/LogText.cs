using System.Globalization;
using System.Text;

namespace ScheduleZero.Edges;

/// <summary>
/// Escapes text for a log, so that whoever wrote the text can neither begin a line of their own nor steer the terminal
/// that shows it.
/// </summary>
internal static class LogText
{
    /// <summary>
    /// Writes a character that is not plain as <c>\u001b</c>: control characters, line breaks of every kind, and
    /// characters that turn or hide their neighbours.
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
