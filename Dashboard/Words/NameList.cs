namespace ScheduleZero.Dashboard.Words;

/// <summary>Names, patterns or addresses in one field of a form, with commas or spaces between them.</summary>
internal static class NameList
{
    private static readonly char[] Separators = [',', ';', ' ', '\t', '\r', '\n'];

    /// <summary>The names in a text, each once; empty for none.</summary>
    public static IReadOnlyList<string> Parse(string? text) =>
        [
            .. (text ?? "")
                .Split(Separators, StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries)
                .Distinct(StringComparer.Ordinal),
        ];

    /// <summary>The names in a text; null for none, where REST reads a missing list as no limit.</summary>
    public static IReadOnlyList<string>? ParseOrNull(string? text) =>
        Parse(text) is { Count: > 0 } names ? names : null;

    public static string Of(IReadOnlyList<string>? names) => string.Join(", ", names ?? []);
}
