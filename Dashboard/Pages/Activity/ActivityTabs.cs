using ScheduleZero.Dashboard.Components;

namespace ScheduleZero.Dashboard.Pages.Activity;

/// <summary>The pages that show what happens now. A page is offered to those who may read it.</summary>
internal static class ActivityTabs
{
    private static readonly (string Label, Func<string, string> PathIn, string Permission)[] All =
    [
        ("Events", EventsPath, "events:read"),
        ("Logs", LogsPath, "jobs:read"),
    ];

    /// <summary>The permissions of which each opens a page.</summary>
    public static IReadOnlyList<string> Permissions { get; } = [.. All.Select(page => page.Permission)];

    public static string EventsPath(string ns) => $"ns/{ns}/activity";

    public static string LogsPath(string ns) => $"ns/{ns}/activity/logs";

    /// <summary>The pages that are open in a namespace, in their order.</summary>
    /// <param name="current">The address of the page that is shown.</param>
    /// <param name="may">Whether a permission is open in a namespace.</param>
    public static IReadOnlyList<Tab> Open(string ns, string current, Func<string, string, bool> may) =>
        [
            .. All.Where(page => may(page.Permission, ns))
                .Select(page => new Tab(page.Label, page.PathIn(ns), page.PathIn(ns) == current)),
        ];
}
