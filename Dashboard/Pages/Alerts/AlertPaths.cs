using ScheduleZero.Dashboard.Components;

namespace ScheduleZero.Dashboard.Pages.Alerts;

/// <summary>The addresses of the pages about alerts.</summary>
internal static class AlertPaths
{
    private static readonly (string Label, Func<string, string> PathIn)[] All =
    [
        ("Open", Open),
        ("Rules", Rules),
        ("Channels", Channels),
    ];

    public static string Open(string ns) => $"ns/{ns}/alerts";

    public static string Rules(string ns) => $"ns/{ns}/alerts/rules";

    public static string NewRule(string ns) => $"ns/{ns}/alerts/rules/-/new";

    public static string Rule(string ns, string name) => $"{Rules(ns)}/{Uri.EscapeDataString(name)}";

    public static string Channels(string ns) => $"ns/{ns}/alerts/channels";

    public static string NewChannel(string ns) => $"ns/{ns}/alerts/channels/-/new";

    public static string Channel(string ns, string name) => $"{Channels(ns)}/{Uri.EscapeDataString(name)}";

    /// <summary>The tabs of the pages.</summary>
    /// <param name="current">The address of the page that is shown.</param>
    public static IReadOnlyList<Tab> Tabs(string ns, string current) =>
        [.. All.Select(page => new Tab(page.Label, page.PathIn(ns), page.PathIn(ns) == current))];
}
