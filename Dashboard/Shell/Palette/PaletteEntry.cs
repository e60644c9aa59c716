namespace ScheduleZero.Dashboard.Shell.Palette;

/// <summary>A place that the command palette leads to.</summary>
/// <param name="Kind">What it is, in a word: <c>page</c>, <c>schedule</c>, <c>handler</c> and so on.</param>
/// <param name="Path">The address, relative to the base of pages.</param>
internal sealed record PaletteEntry(string Kind, string Label, string Path);
