using ScheduleZero.Dashboard.Live;
using ScheduleZero.Dashboard.Pages.Activity;
using ScheduleZero.Dashboard.Pages.Admin;

namespace ScheduleZero.Dashboard.Shell;

/// <summary>A page that the navigation leads to.</summary>
/// <param name="Path">The address below that of the namespace; empty for its first page.</param>
/// <param name="Key">The key that leads to the page when it is pressed after <c>g</c>: a small letter.</param>
/// <param name="Icon">The path of a picture of 20 by 20.</param>
/// <param name="AnyOf">
/// The page is offered to those who have one of these permissions; to all when there are none.
/// </param>
internal sealed record NavigationEntry(
    string Path,
    string Label,
    char Key,
    string Icon,
    params IReadOnlyList<string> AnyOf
)
{
    /// <summary>Whether a page belongs to this entry. Calendars belong to schedules, batches to jobs.</summary>
    /// <param name="area">The first part of the page's address below that of the namespace.</param>
    public bool Covers(string area) =>
        area == Path || (area, Path) is ("calendars", "schedules") or ("batches", "jobs");

    /// <summary>The pages in the order of the navigation. A new page adds a line here.</summary>
    public static IReadOnlyList<NavigationEntry> All { get; } =
    [
        new("", "Home", 'h', "M3 9.2 10 3l7 6.2V17h-4.6v-4.6H7.6V17H3z"),
        new("jobs", "Jobs", 'j', "M3 4h14v3H3zM3 8.5h14v3H3zM3 13h14v3H3z", "jobs:read"),
        new(
            "schedules",
            "Schedules",
            's',
            "M10 2a8 8 0 1 0 0 16 8 8 0 0 0 0-16zm0 2a6 6 0 1 1 0 12 6 6 0 0 1 0-12zM9 6h2v3.6l2.7 2.7-1.4 1.4L9 10.4z",
            "schedules:read"
        ),
        new("methods", "Methods", 'm', "M3 3h6v6H3zm8 0h6v6h-6zM3 11h6v6H3zm8 0h6v6h-6z", "handlers:read"),
        new(
            "handlers",
            "Handlers",
            'n',
            "M3 3h14v6H3zm2.5 2v2h2V5zM3 11h14v6H3zm2.5 2v2h2v-2zM13 5.3v1.4h2V5.3zM13 13.3v1.4h2v-1.4z",
            "handlers:read"
        ),
        new(
            "alerts",
            "Alerts",
            'l',
            "M10 2a5 5 0 0 1 5 5v4l2 3v1H3v-1l2-3V7a5 5 0 0 1 5-5zM8 16h4a2 2 0 0 1-4 0z",
            "alerts:read"
        ),
        new(
            "activity",
            "Activity",
            'y',
            "M2 9h3.4l2.5-6h1.6l3 10.2 1.6-4.2H18v2h-2.5l-2.4 6h-1.5L8.6 7 6.8 11H2z",
            ActivityTabs.Permissions
        ),
        new(
            "admin",
            "Admin",
            'a',
            "M3 5h8V3.5h2V5h4v2h-4v1.5h-2V7H3zM3 13h3v-1.5h2V13h9v2H8v1.5H6V15H3z",
            AdminTabs.Permissions
        ),
    ];

    /// <summary>
    /// The pages that are open to the user in a namespace; all pages while it is not known what is open.
    /// </summary>
    /// <param name="ns">The namespace in the address; null for a page of the whole Broker.</param>
    public static IEnumerable<NavigationEntry> OpenTo(PageSession session, string? ns) =>
        All.Where(entry =>
            ns is null
            || !session.IsOpen
            || entry.AnyOf.Count == 0
            || entry.AnyOf.Any(permission => session.May(permission, ns))
        );

    /// <summary>The address of the page in a namespace, relative to the base of pages.</summary>
    public string PathIn(string ns) => Path.Length == 0 ? $"ns/{ns}" : $"ns/{ns}/{Path}";
}
