using System.Text;
using System.Text.Json;
using ScheduleZero.Contracts;

namespace ScheduleZero.Cli.Output;

/// <summary>Turns values into text for people.</summary>
internal static class PlainText
{
    /// <summary>
    /// Replaces control characters. Messages come from handlers, and must not be able to control the terminal that
    /// shows them, nor to show text in another order than it is written. Line breaks and tabs stay. A carriage return
    /// without a line feed is replaced, since the text after it would overwrite its line.
    /// </summary>
    public static string Clean(string text)
    {
        StringBuilder? clean = null;
        for (var i = 0; i < text.Length; i++)
        {
            if (IsUnfit(text[i]) || (text[i] == '\r' && (i + 1 == text.Length || text[i + 1] != '\n')))
            {
                clean ??= new StringBuilder(text);
                clean[i] = '\uFFFD';
            }
        }

        return clean?.ToString() ?? text;
    }

    /// <summary>Cleans a text, and puts it on one line.</summary>
    public static string OneLine(string text) => Clean(text.ReplaceLineEndings(" ").Replace('\t', ' '));

    public static string? Instant(DateTimeOffset? at) => at?.UtcDateTime.ToString("yyyy-MM-dd HH:mm:ss'Z'");

    /// <summary>The time of day of an instant in UTC, for lines that are read within a day.</summary>
    public static string TimeOfDay(DateTimeOffset at) => at.UtcDateTime.ToString("HH:mm:ss.fff");

    public static string? Duration(TimeSpan? value) => value is { } duration ? IsoDuration.Format(duration) : null;

    public static string? Seconds(double? value) =>
        value switch
        {
            null => null,
            < 1 => $"{value * 1000:0.#} ms",
            _ => $"{value:0.##} s",
        };

    /// <summary>A member of an enumeration as the REST API writes it.</summary>
    public static string Word<T>(T value)
        where T : struct, Enum => JsonNamingPolicy.CamelCase.ConvertName(value.ToString());

    public static string? List(IEnumerable<string>? words) => words is null ? null : string.Join(", ", words);

    private static bool IsUnfit(char character) =>
        (char.IsControl(character) && character is not ('\n' or '\r' or '\t')) || IsDirection(character);

    // The characters of the Unicode bidirectional algorithm that change the direction of text (marks, embeddings,
    // overrides and isolates), and the line and paragraph separators, which some terminals obey.
    private static bool IsDirection(char character) =>
        character is '\u061C' or '\u200E' or '\u200F' or (>= '\u2028' and <= '\u202E') or (>= '\u2066' and <= '\u2069');
}
