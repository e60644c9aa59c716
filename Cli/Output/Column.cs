namespace ScheduleZero.Cli.Output;

/// <summary>What a column gives up when its table is wider than the terminal.</summary>
internal enum Fit
{
    /// <summary>Nothing: ids, names and states stand whole, or the table is not drawn as one.</summary>
    Whole,

    /// <summary>The column gives up its place first: it is left out.</summary>
    Lesser,

    /// <summary>The column gives up its single line first: its words go on below each other.</summary>
    Prose,
}

/// <summary>The head of a column.</summary>
internal sealed record Heading(string Text, Fit Fit = Fit.Whole)
{
    public static implicit operator Heading(string text) => new(text);
}

/// <summary>
/// A column of a table: its header, what stands below it, and what it gives up when there is no room.
/// </summary>
internal sealed record Column<T>(string Header, Func<T, string?> Cell, Fit Fit = Fit.Whole);
