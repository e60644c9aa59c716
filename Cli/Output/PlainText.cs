using System.Text;
using System.Text.Json;
using ScheduleZero.Contracts;

namespace ScheduleZero.Cli.Output;

/// <summary>Values as people read them.</summary>
internal static class PlainText
{
    /// <summary>
    /// Takes control characters out: messages come from handlers, and must not be able to steer the terminal they are
    /// shown on, nor to show text in another order than it is written. Line breaks and tabs stay; a carriage return
    /// alone would write over its line.
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

    public static string OneLine(string text) => Clean(text.ReplaceLineEndings(" ").Replace('\t', ' '));

    public static string? Instant(DateTimeOffset? at) => at?.UtcDateTime.ToString("yyyy-MM-dd HH:mm:ss'Z'");

    /// <summary>The time of day of an instant, for lines that belong together within a day.</summary>
    public static string TimeOfDay(DateTimeOffset at) => at.UtcDateTime.ToString("HH:mm:ss.fff");

    public static string? Duration(TimeSpan? value) => value is { } duration ? IsoDuration.Format(duration) : null;

    public static string? Seconds(double? value) =>
        value switch
        {
            null => null,
            < 1 => $"{value * 1000:0.#} ms",
            _ => $"{value:0.##} s",
        };

    public static string Word<T>(T value)
        where T : struct, Enum => JsonNamingPolicy.CamelCase.ConvertName(value.ToString());

    public static string? List(IEnumerable<string>? words) => words is null ? null : string.Join(", ", words);

    private static bool IsUnfit(char character) =>
        (char.IsControl(character) && character is not ('\n' or '\r' or '\t')) || IsDirection(character);

    // Marks, embeddings, overrides and isolates of the Unicode bidirectional algorithm, and the separators that some
    // terminals obey.
    private static bool IsDirection(char character) =>
        character is '\u061C' or '\u200E' or '\u200F' or (>= '\u2028' and <= '\u202E') or (>= '\u2066' and <= '\u2069');
}
