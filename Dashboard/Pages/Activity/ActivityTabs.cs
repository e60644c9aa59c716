namespace ScheduleZero.Dashboard.Pages.Activity;

/// <summary>The addresses of the pages that show what happens now.</summary>
internal static class ActivityTabs
{
    /// <summary>The permissions of which each opens a page.</summary>
    public static IReadOnlyList<string> Permissions { get; } = ["events:read"];

    public static string EventsPath(string ns) => $"ns/{ns}/activity";
}
