namespace ScheduleZero.Cli.Output;

/// <summary>How a column makes room when its table is wider than the terminal.</summary>
internal enum Fit
{
    /// <summary>
    /// The column makes no room: ids, names and states stand whole. Where they do not fit, the rows are printed as
    /// blocks of lines.
    /// </summary>
    Whole,

    /// <summary>The column is left out.</summary>
    Lesser,

    /// <summary>The column becomes narrower: its words go on in further lines.</summary>
    Prose,
}

/// <summary>The heading of a column, and how the column makes room.</summary>
internal sealed record Heading(string Text, Fit Fit = Fit.Whole)
{
    public static implicit operator Heading(string text) => new(text);
}

/// <summary>
/// A column of a table: its heading, the text of its cell for a row, and how the column makes room.
/// </summary>
internal sealed record Column<T>(string Header, Func<T, string?> Cell, Fit Fit = Fit.Whole);
