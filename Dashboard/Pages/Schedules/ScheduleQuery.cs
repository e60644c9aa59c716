using ScheduleZero.Client;
using ScheduleZero.Contracts.Rest;
using ScheduleZero.Dashboard.Words;

namespace ScheduleZero.Dashboard.Pages.Schedules;

/// <summary>
/// What a list of schedules is limited to, as the address of the page says it. Empty texts mean no limit.
/// </summary>
public sealed record ScheduleQuery
{
    public ScheduleState? State { get; init; }

    public string Text { get; init; } = "";

    public string Method { get; init; } = "";

    public string Handler { get; init; } = "";

    public string Calendar { get; init; } = "";

    public ScheduleOrder Order { get; init; } = ScheduleOrder.Next;

    /// <summary>Where the page of the list begins; empty for the first page.</summary>
    public string Cursor { get; init; } = "";

    /// <summary>Whether anything but the state limits the list.</summary>
    public bool HasFilter => this with { State = null, Cursor = "", Order = ScheduleOrder.Next } != new ScheduleQuery();

    public static ScheduleQuery Parse(string query)
    {
        var values = Microsoft.AspNetCore.WebUtilities.QueryHelpers.ParseQuery(query);
        return new ScheduleQuery
        {
            State = WordOf<ScheduleState>("state"),
            Text = Of("q"),
            Method = Of("method"),
            Handler = Of("handler"),
            Calendar = Of("calendar"),
            Order = WordOf<ScheduleOrder>("order") ?? ScheduleOrder.Next,
            Cursor = Of("cursor"),
        };

        string Of(string name) => values.TryGetValue(name, out var value) ? value.ToString().Trim() : "";

        // A number would be read as a word too.
        T? WordOf<T>(string name)
            where T : struct, Enum =>
            Of(name) is [var first, ..] word && char.IsAsciiLetter(first) && Enum.TryParse<T>(word, true, out var value)
                ? value
                : null;
    }

    /// <summary>The address of the list, relative to the base of pages.</summary>
    public string ToPath(string ns) =>
        new PagePath($"ns/{ns}/schedules")
            .Add("state", State?.ToString().ToLowerInvariant())
            .Add("q", Text)
            .Add("method", Method)
            .Add("handler", Handler)
            .Add("calendar", Calendar)
            .Add("order", Order == ScheduleOrder.Next ? null : Order.ToString().ToLowerInvariant())
            .Add("cursor", Cursor)
            .ToString();

    public ScheduleFilter ToFilter(int limit) =>
        new()
        {
            Order = Order,
            State = State,
            Query = NullIfEmpty(Text),
            Method = NullIfEmpty(Method),
            Handler = NullIfEmpty(Handler),
            Calendar = NullIfEmpty(Calendar),
            Limit = limit,
        };

    private static string? NullIfEmpty(string text) => text.Length == 0 ? null : text;
}
