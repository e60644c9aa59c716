using System.Text;
using System.Text.Json;
using ScheduleZero.Contracts;

namespace ScheduleZero.Cli.Output;

/// <summary>Values as people read them.</summary>
internal static class PlainText
{
    /// <summary>
    /// Takes control characters out: messages come from handlers, and must not be able to steer the terminal they are shown on. Line breaks and
    /// tabs stay.
    /// </summary>
    public static string Clean(string text)
    {
        if (!text.Any(IsUnfit))
        {
            return text;
        }

        var clean = new StringBuilder(text.Length);
        foreach (var character in text)
        {
            clean.Append(IsUnfit(character) ? '�' : character);
        }

        return clean.ToString();
    }

    public static string OneLine(string text) => Clean(text).ReplaceLineEndings(" ").Replace('\t', ' ');

    public static string? Instant(DateTimeOffset? at) => at?.UtcDateTime.ToString("yyyy-MM-dd HH:mm:ss'Z'");

    /// <summary>For lines that belong together within a day.</summary>
    public static string TimeOfDay(DateTimeOffset at) => at.UtcDateTime.ToString("HH:mm:ss.fff");

    public static string? Duration(TimeSpan? value) => value is { } duration ? IsoDuration.Format(duration) : null;

    public static string? Seconds(double? value) => value switch
    {
        null => null,
        < 1 => $"{value * 1000:0.#} ms",
        _ => $"{value:0.##} s",
    };

    public static string Word<T>(T value)
        where T : struct, Enum =>
        JsonNamingPolicy.CamelCase.ConvertName(value.ToString());

    public static string? List(IEnumerable<string>? words) => words is null ? null : string.Join(", ", words);

    private static bool IsUnfit(char character) => char.IsControl(character) && character is not ('\n' or '\r' or '\t');
}
