namespace ScheduleZero.Dashboard.Pages.Schedules;

/// <summary>
/// The addresses of the pages about schedules. A name never begins with a dash, so <c>-</c> stands where the name of a
/// schedule would stand.
/// </summary>
internal static class SchedulePaths
{
    /// <summary>The pages that the tabs of schedules lead to, below the address of the namespace.</summary>
    public static IReadOnlyList<(string Label, string Path, string Permission)> Pages { get; } =
    [
        ("List", "schedules", "schedules:read"),
        ("Coming weeks", "schedules/-/weeks", "schedules:read"),
        ("Simulator", "schedules/-/simulate", "schedules:read"),
        ("Calendars", "calendars", "calendars:read"),
        ("Offline copies", "schedules/-/offline", "schedules:read"),
    ];

    public static string Of(string ns, string name) => $"ns/{ns}/schedules/{Uri.EscapeDataString(name)}";

    public static string TabOf(string ns, string name, string tab) => $"{Of(ns, name)}?tab={tab}";

    public static string JobsOf(string ns, string name) => $"ns/{ns}/jobs?schedule={Uri.EscapeDataString(name)}";

    public static string JobOf(string ns, Contracts.Ids.JobId id) => $"ns/{ns}/jobs/{id}";
}
