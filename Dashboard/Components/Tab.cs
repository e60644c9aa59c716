namespace ScheduleZero.Dashboard.Components;

/// <summary>One of several views of a page.</summary>
/// <param name="Count">A number beside the label; null for none.</param>
public sealed record Tab(string Label, string Href, bool IsSelected, string? Count = null, bool IsBad = false);
