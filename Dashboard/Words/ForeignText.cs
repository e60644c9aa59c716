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

    /// <summary>The text on one line, for a cell or a word in a sentence: what is cut is not counted.</summary>
    /// <param name="lengthMax">How many characters are shown at most.</param>
    public static string Short(string? text, int lengthMax = 200)
    {
        var (shown, hidden) = Show(text ?? "", lengthMax, oneLine: true);
        return hidden > 0 ? shown.Append('…').ToString() : shown.ToString();
    }

    /// <summary>The text on one line.</summary>
    /// <param name="lengthMax">How many characters are shown at most; what is cut is counted.</param>
    public static string Line(string? text, int lengthMax) => Counted(text, lengthMax, oneLine: true);

    /// <summary>The text with its line ends and tabs.</summary>
    /// <inheritdoc cref="Line" path="/param"/>
    public static string Block(string? text, int lengthMax) => Counted(text, lengthMax, oneLine: false);

    private static string Counted(string? text, int lengthMax, bool oneLine)
    {
        var (shown, hidden) = Show(text ?? "", lengthMax, oneLine);
        return hidden > 0
            ? $"{shown}… ({NumberText.Of(hidden, "more character", "more characters")})"
            : shown.ToString();
    }

    // What is shown of a text, and how many of its code units are not.
    private static (StringBuilder Shown, int Hidden) Show(string text, int lengthMax, bool oneLine)
    {
        var shown = new StringBuilder(Math.Min(text.Length, lengthMax));
        var at = 0;
        while (at < text.Length && shown.Length < lengthMax)
        {
            at = text[at] == Escape ? AfterEscape(text, at + 1) : at + Add(shown, text, at, oneLine);
        }

        return (shown, text.Length - at);
    }

    // Adds the character at a place.
    // Returns how many code units it took.
    private static int Add(StringBuilder shown, string text, int at, bool oneLine)
    {
        var c = text[at];
        if (c < ' ')
        {
            shown.Append(
                c is '\n' or '\t' ? (oneLine ? ' ' : c)
                : c == '\r' ? (oneLine ? ' ' : '\n')
                : (char)('\u2400' + c)
            );
            return c == '\r' && at + 1 < text.Length && text[at + 1] == '\n' ? 2 : 1;
        }

        if (Rune.TryGetRuneAt(text, at, out var rune) && IsShown(rune))
        {
            shown.Append(text, at, rune.Utf16SequenceLength);
            return rune.Utf16SequenceLength;
        }

        shown.Append(Replacement);
        // 1 for half of a surrogate pair, of which no rune is made.
        return rune.Utf16SequenceLength;
    }

    // Marks of direction are format characters, and so are the tags in which whole sentences can be hidden; the
    // joiners, which some scripts and many pictures need, are shown.
    private static bool IsShown(Rune rune) =>
        rune.Value is 0x200C or 0x200D
        || Rune.GetUnicodeCategory(rune)
            is not (
                UnicodeCategory.Control
                or UnicodeCategory.Format
                or UnicodeCategory.LineSeparator
                or UnicodeCategory.ParagraphSeparator
                or UnicodeCategory.PrivateUse
                or UnicodeCategory.OtherNotAssigned
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
