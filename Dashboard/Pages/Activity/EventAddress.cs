using ScheduleZero.Client;
using ScheduleZero.Contracts.Ids;
using ScheduleZero.Dashboard.Words;

namespace ScheduleZero.Dashboard.Pages.Activity;

/// <summary>
/// What the list of events is limited to, as the address of the page says it. Empty texts mean no limit.
/// </summary>
public sealed record EventAddress
{
    /// <summary>Types and kinds of events, with commas in between.</summary>
    public string Types { get; init; } = "";

    public string Method { get; init; } = "";

    public string Handler { get; init; } = "";

    public string Schedule { get; init; } = "";

    public string Job { get; init; } = "";

    /// <summary>Whether anything but the types limits the list.</summary>
    internal bool HasFilter => this with { Types = "" } != new EventAddress();

    /// <summary>The address of the list, relative to the base of pages.</summary>
    internal string ToPath(string ns) =>
        new PagePath(ActivityTabs.EventsPath(ns))
            .Add("type", Types)
            .Add("method", Method)
            .Add("handler", Handler)
            .Add("schedule", Schedule)
            .Add("job", Job)
            .ToString();

    /// <summary>What REST is asked for.</summary>
    /// <param name="last">How many of the newest events come first.</param>
    internal EventFilter ToFilter(int last) =>
        new()
        {
            Types = NameList.ParseOrNull(Types),
            Method = NullIfEmpty(Method),
            Handler = NullIfEmpty(Handler),
            Schedule = NullIfEmpty(Schedule),
            Job = JobId.TryParse(Job, out var id) ? id : null,
            Last = last,
        };

    private static string? NullIfEmpty(string text) => text.Length == 0 ? null : text;
}
