namespace ScheduleZero.Dashboard.Tests;

/// <summary>Asks a browser whether a page fits its window.</summary>
internal static class Widths
{
    /// <summary>Is true in a page that cannot be scrolled sideways.</summary>
    public const string FitsWindow = "document.documentElement.scrollWidth <= document.documentElement.clientWidth";
}
