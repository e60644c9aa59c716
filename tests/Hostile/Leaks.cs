namespace ScheduleZero.Hostile;

/// <summary>Words that an answer to a stranger must not contain, since they tell of the server's inside.</summary>
internal static class Leaks
{
    private static readonly string[] Words =
    [
        "   at ",
        "System.",
        "Microsoft.",
        "ScheduleZero.",
        "NetMQ",
        "LiteDB",
        "Json.Schema",
        "FluentValidation",
        "Exception",
        "StackTrace",
        ".cs:line",
    ];

    public static string? In(string answer) =>
        Array.Find(Words, word => answer.Contains(word, StringComparison.Ordinal));
}
