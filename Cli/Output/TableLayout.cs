using Spectre.Console.Rendering;

namespace ScheduleZero.Cli.Output;

/// <summary>
/// The way in which a table is made to fit a terminal. Columns of prose are narrowed first; if that is not enough,
/// empty and lesser columns are left out; if that is not enough either, each row becomes a block of lines. No word is
/// cut.
/// </summary>
internal sealed record TableLayout
{
    /// <summary>The number of terminal cells between two columns of a table.</summary>
    public const int Gap = 2;

    /// <summary>
    /// The cells that a column of prose has at least: in fewer cells, each word would stand on a line of its own.
    /// </summary>
    private const int ProseWidthMin = 20;

    /// <summary>The columns that are shown, by index, left to right.</summary>
    public required IReadOnlyList<int> Columns { get; init; }

    /// <summary>
    /// The number of cells of each shown column; null when each row is a block of lines, with every column.
    /// </summary>
    public required IReadOnlyList<int>? Widths { get; init; }

    /// <param name="width">The cells in a line of the terminal.</param>
    public static TableLayout Of(IReadOnlyList<Heading> headings, IReadOnlyList<string[]> rows, int width)
    {
        var natural = headings
            .Select((heading, i) => rows.Select(row => CellsOf(row[i])).Append(CellsOf(heading.Text)).Max())
            .ToArray();
        var least = headings
            .Select((heading, i) => heading.Fit == Fit.Prose ? LeastOf(rows, i, natural[i]) : natural[i])
            .ToArray();
        var shown = Enumerable.Range(0, headings.Count).ToList();
        while (shown.Sum(i => least[i]) + GapsOf(shown) > width)
        {
            if (NextToLeaveOut(headings, rows, shown) is not { } victim)
            {
                return new TableLayout { Columns = [.. Enumerable.Range(0, headings.Count)], Widths = null };
            }

            shown.Remove(victim);
        }

        return new TableLayout { Columns = shown, Widths = Share(shown, natural, least, width - GapsOf(shown)) };
    }

    /// <summary>The number of cells that a text takes on a terminal; wide characters take two.</summary>
    public static int CellsOf(string text) => new Segment(text).CellCount();

    /// <summary>Breaks a text into lines of whole words. A word that is wider than a line has its own line.</summary>
    public static IReadOnlyList<string> Wrap(string text, int width)
    {
        if (CellsOf(text) <= width)
        {
            return [text];
        }

        var lines = new List<string>();
        var line = "";
        foreach (var word in text.Split(' ', StringSplitOptions.RemoveEmptyEntries))
        {
            var longer = line.Length == 0 ? word : $"{line} {word}";
            if (line.Length > 0 && CellsOf(longer) > width)
            {
                lines.Add(line);
                longer = word;
            }

            line = longer;
        }

        lines.Add(line);
        return lines;
    }

    private static int GapsOf(List<int> shown) => Gap * (shown.Count - 1);

    /// <summary>The number of cells that a column of prose needs at least: the longest word must fit.</summary>
    private static int LeastOf(IReadOnlyList<string[]> rows, int column, int natural)
    {
        var longestWord = rows.SelectMany(row => row[column].Split(' ')).Select(CellsOf).DefaultIfEmpty().Max();
        return Math.Min(natural, Math.Max(ProseWidthMin, longestWord));
    }

    // The column to leave out is the rightmost that is empty, or else the rightmost that is lesser: what matters most
    // stands on the left. The first column names the row, and is never left out.
    private static int? NextToLeaveOut(IReadOnlyList<Heading> headings, IReadOnlyList<string[]> rows, List<int> shown)
    {
        var others = shown.Skip(1).Reverse().ToList();
        return others.Where(i => rows.Count > 0 && rows.All(row => row[i].Length == 0)).Cast<int?>().FirstOrDefault()
            ?? others.Where(i => headings[i].Fit == Fit.Lesser).Cast<int?>().FirstOrDefault();
    }

    // Spare cells go to the columns of prose, one after the other, until each column has its natural width.
    private static List<int> Share(List<int> shown, int[] natural, int[] least, int width)
    {
        var widths = shown.Select(i => least[i]).ToList();
        var spare = width - widths.Sum();
        while (spare > 0)
        {
            var hungry = Enumerable.Range(0, shown.Count).Where(i => widths[i] < natural[shown[i]]).ToList();
            if (hungry.Count == 0)
            {
                break;
            }

            foreach (var i in hungry.Take(spare))
            {
                widths[i]++;
                spare--;
            }
        }

        return widths;
    }
}
