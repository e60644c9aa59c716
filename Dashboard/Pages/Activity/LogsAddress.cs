using ScheduleZero.Client;
using ScheduleZero.Dashboard.Words;

namespace ScheduleZero.Dashboard.Pages.Activity;

/// <summary>
/// What the lines of all logs are limited to, as the address of the page says it. Empty texts mean no limit.
/// </summary>
public sealed record LogsAddress
{
    public string Level { get; init; } = "";

    public string Method { get; init; } = "";

    public string Handler { get; init; } = "";

    public string Schedule { get; init; } = "";

    public string Text { get; init; } = "";

    /// <summary>The address of the lines, relative to the base of pages.</summary>
    internal string ToPath(string ns) =>
        new PagePath(ActivityTabs.LogsPath(ns))
            .Add("level", Level)
            .Add("method", Method)
            .Add("handler", Handler)
            .Add("schedule", Schedule)
            .Add("q", Text)
            .ToString();

    /// <summary>What REST is asked for.</summary>
    /// <param name="limit">How many of the newest lines come first.</param>
    internal LogFilter ToFilter(int limit) =>
        new()
        {
            Level = NullIfEmpty(Level),
            Method = NullIfEmpty(Method),
            Handler = NullIfEmpty(Handler),
            Schedule = NullIfEmpty(Schedule),
            Text = NullIfEmpty(Text),
            Limit = limit,
        };

    private static string? NullIfEmpty(string text) => text.Length == 0 ? null : text;
}
