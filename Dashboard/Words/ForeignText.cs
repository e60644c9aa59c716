using System.Globalization;
using System.Text;

namespace ScheduleZero.Dashboard.Words;

/// <summary>
/// Makes text that handlers, producers or other users wrote fit to be shown: nothing in it moves the cursor, turns the
/// direction of writing, or is too long for a page. HTML in it is encoded by Razor, not here.
/// </summary>
internal static class ForeignText
{
    private const char Escape = '\u001b';
    private const char Replacement = '\ufffd';

    /// <summary>The text on one line.</summary>
    /// <param name="lengthMax">How many characters are shown at most; what is cut is counted.</param>
    public static string Line(string? text, int lengthMax) => Show(text, lengthMax, oneLine: true);

    /// <summary>The text with its line ends and tabs.</summary>
    /// <inheritdoc cref="Line" path="/param"/>
    public static string Block(string? text, int lengthMax) => Show(text, lengthMax, oneLine: false);

    private static string Show(string? text, int lengthMax, bool oneLine)
    {
        if (string.IsNullOrEmpty(text))
        {
            return "";
        }

        var shown = new StringBuilder(Math.Min(text.Length, lengthMax));
        var at = 0;
        while (at < text.Length && shown.Length < lengthMax)
        {
            if (text[at] == Escape)
            {
                at = AfterEscape(text, at + 1);
                continue;
            }

            at += Add(shown, text, at, oneLine);
        }

        return at < text.Length
            ? $"{shown}… ({NumberText.Of(text.Length - at, "more character", "more characters")})"
            : shown.ToString();
    }

    // Adds the character at a place.
    // Returns how many code units it took.
    private static int Add(StringBuilder shown, string text, int at, bool oneLine)
    {
        var c = text[at];
        if (char.IsHighSurrogate(c) && at + 1 < text.Length && char.IsLowSurrogate(text[at + 1]))
        {
            shown.Append(c).Append(text[at + 1]);
            return 2;
        }

        shown.Append(
            c is '\n' or '\t' ? (oneLine ? ' ' : c)
            : c == '\r' ? (oneLine ? ' ' : '\n')
            : c < ' ' ? (char)('\u2400' + c)
            : IsShown(c) ? c
            : Replacement
        );
        return c == '\r' && at + 1 < text.Length && text[at + 1] == '\n' ? 2 : 1;
    }

    // Marks of direction are format characters; the joiners, which some scripts and many pictures need, are shown.
    private static bool IsShown(char c) =>
        c is '\u200c' or '\u200d'
        || char.GetUnicodeCategory(c)
            is not (
                UnicodeCategory.Control
                or UnicodeCategory.Format
                or UnicodeCategory.Surrogate
                or UnicodeCategory.LineSeparator
                or UnicodeCategory.ParagraphSeparator
            );

    // The place after a terminal's escape sequence: colours and cursors (ESC [ … letter), titles (ESC ] … BEL or
    // ESC \), and sequences of one character.
    private static int AfterEscape(string text, int at)
    {
        if (at >= text.Length)
        {
            return at;
        }

        switch (text[at])
        {
            case '[':
                at++;
                while (at < text.Length && text[at] is >= ' ' and <= '?')
                {
                    at++;
                }

                return Math.Min(at + 1, text.Length);
            case ']':
                while (at < text.Length && text[at] is not ('\a' or Escape or '\n'))
                {
                    at++;
                }

                return at + 1 < text.Length && text[at] == Escape && text[at + 1] == '\\' ? at + 2
                    : at < text.Length && text[at] == '\a' ? at + 1
                    : at;
            default:
                return at + 1;
        }
    }
}
