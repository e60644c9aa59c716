using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Serialization.Metadata;
using ScheduleZero.Contracts.Rest;
using Spectre.Console;

namespace ScheduleZero.Cli.Output;

/// <summary>
/// Writes answers to standard output: JSON for scripts; for people tables, drawn on a terminal and plain columns
/// anywhere else.
/// </summary>
internal sealed class Printer(Terminal terminal, OutputFormat format)
{
    private const string ColumnGap = "  ";

    public bool IsJson => format == OutputFormat.Json;

    /// <summary>Cells in a line of the terminal; <see cref="int.MaxValue"/> where the output goes elsewhere.</summary>
    public int Width => terminal.IsInteractive ? terminal.Width() : int.MaxValue;

    /// <summary>Prints an answer: as JSON for scripts, with a name and a value on each line for people.</summary>
    /// <param name="details">The names and values that people see of the answer.</param>
    public void Answer<T>(T answer, JsonTypeInfo<T> type, Func<T, IEnumerable<(string Name, string? Value)>> details) =>
        Answer(answer, type, shown => Details(details(shown)));

    /// <summary>Prints an answer: as JSON for scripts, in a form of the verb's own for people.</summary>
    /// <param name="forPeople">Prints the answer for people.</param>
    public void Answer<T>(T answer, JsonTypeInfo<T> type, Action<T> forPeople)
    {
        if (IsJson)
        {
            Json(answer, type);
        }
        else
        {
            forPeople(answer);
        }
    }

    /// <summary>Prints one value of a stream: as JSON on one line for scripts, as text for people.</summary>
    /// <param name="text">The text that people see of the value.</param>
    public void StreamValue<T>(T value, JsonTypeInfo<T> type, Func<T, string> text)
    {
        if (IsJson)
        {
            terminal.Out.WriteLine(Write(value, type, indented: false));
        }
        else
        {
            Line(text(value));
        }
    }

    /// <summary>Prints rows: as JSON for scripts, as a table for people.</summary>
    public void Rows<T>(Page<T> page, JsonTypeInfo<Page<T>> type, IReadOnlyList<Column<T>> columns) =>
        Answer(page, type, shown => Table(columns, shown.Items));

    public void Json<T>(T value, JsonTypeInfo<T> type) => terminal.Out.WriteLine(Write(value, type, indented: true));

    public void Line(string text) => terminal.Out.WriteLine(PlainText.Clean(text));

    /// <summary>
    /// Prints a sentence for people. On a terminal, a sentence that is longer than a line goes on in the next one.
    /// </summary>
    public void Sentence(string text)
    {
        foreach (var line in TableLayout.Wrap(PlainText.OneLine(text), Width))
        {
            Line(line);
        }
    }

    /// <summary>Writes a remark, or a line of progress, to standard error.</summary>
    public void Note(string text) => terminal.Error.WriteLine(PlainText.Clean(text));

    /// <summary>Prints a name and a value on each line. Rows without a value are left out.</summary>
    public void Details(params IEnumerable<(string Name, string? Value)> rows)
    {
        var shown = rows.Where(row => !string.IsNullOrEmpty(row.Value)).ToList();
        var width = shown.Max(row => row.Name.Length);
        foreach (var (name, value) in shown)
        {
            // Further lines of a value are indented below its first line, so that none looks like a name with a value.
            var lines = PlainText.Clean(value!).ReplaceLineEndings("\n").Split('\n');
            WriteField(name.PadRight(width), lines);
        }
    }

    public void Table<T>(IReadOnlyList<Column<T>> columns, IEnumerable<T> rows) =>
        Table(
            [.. columns.Select(column => new Heading(column.Header, column.Fit))],
            rows.Select(row => columns.Select(column => column.Cell(row)).ToArray())
        );

    public void Table(IReadOnlyList<Heading> headings, IEnumerable<string?[]> rows)
    {
        var cells = rows.Select(row => row.Select(cell => PlainText.OneLine(cell ?? "")).ToArray()).ToList();
        if (!terminal.IsInteractive)
        {
            WriteColumns(headings, cells);
            return;
        }

        var layout = TableLayout.Of(headings, cells, Width);
        if (layout.Widths is { } widths)
        {
            Draw(headings, cells, layout.Columns, widths);
        }
        else
        {
            Stack(headings, cells);
        }
    }

    private static string Write<T>(T value, JsonTypeInfo<T> type, bool indented)
    {
        using var buffer = new MemoryStream();
        var options = new JsonWriterOptions
        {
            Indented = indented,
            Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
        };
        using (var writer = new Utf8JsonWriter(buffer, options))
        {
            JsonSerializer.Serialize(writer, value, type);
        }

        return Encoding.UTF8.GetString(buffer.GetBuffer(), 0, (int)buffer.Length);
    }

    private void WriteColumns(IReadOnlyList<Heading> headings, List<string[]> rows)
    {
        var headers = headings.Select(heading => heading.Text).ToArray();
        var widths = headers
            .Select((header, i) => rows.Select(row => row[i].Length).Append(header.Length).Max())
            .ToArray();
        foreach (var row in rows.Prepend(headers))
        {
            terminal.Out.WriteLine(string.Join(ColumnGap, row.Select((cell, i) => cell.PadRight(widths[i]))).TrimEnd());
        }
    }

    private void Draw(
        IReadOnlyList<Heading> headings,
        List<string[]> rows,
        IReadOnlyList<int> shown,
        IReadOnlyList<int> widths
    )
    {
        var console = Console();
        DrawLine(shown.Select(i => headings[i].Text).ToArray(), _ => new Style(decoration: Decoration.Bold));
        foreach (var row in rows)
        {
            var wrapped = shown.Select((i, at) => TableLayout.Wrap(row[i], widths[at])).ToList();
            for (var line = 0; line < wrapped.Max(lines => lines.Count); line++)
            {
                var cells = wrapped.Select(lines => line < lines.Count ? lines[line] : "").ToArray();
                DrawLine(cells, at => Colours.Of(row[shown[at]]));
            }
        }

        if (shown.Count < headings.Count)
        {
            var missing = headings.Where((_, i) => !shown.Contains(i)).Select(heading => heading.Text);
            Note($"Left out for want of room: {string.Join(", ", missing)}. -o json has them.");
        }

        void DrawLine(string[] cells, Func<int, Style> styleOf)
        {
            var last = Array.FindLastIndex(cells, cell => cell.Length > 0);
            for (var at = 0; at <= last; at++)
            {
                if (cells[at].Length > 0)
                {
                    console.Write(new Text(cells[at], styleOf(at)));
                }

                if (at < last)
                {
                    terminal.Out.Write(new string(' ', widths[at] - TableLayout.CellsOf(cells[at]) + TableLayout.Gap));
                }
            }

            terminal.Out.WriteLine();
        }
    }

    /// <summary>
    /// Prints each row as a block of lines with a name and a value on each, for terminals that are too narrow for a
    /// grid.
    /// </summary>
    private void Stack(IReadOnlyList<Heading> headings, List<string[]> rows)
    {
        var nameWidth = headings.Max(heading => TableLayout.CellsOf(heading.Text));
        var valueWidth = Width - nameWidth - ColumnGap.Length;
        for (var number = 0; number < rows.Count; number++)
        {
            if (number > 0)
            {
                terminal.Out.WriteLine();
            }

            for (var i = 0; i < headings.Count; i++)
            {
                var value = rows[number][i];
                if (value.Length > 0)
                {
                    var lines = headings[i].Fit == Fit.Prose ? TableLayout.Wrap(value, valueWidth) : [value];
                    WriteField(headings[i].Text.PadRight(nameWidth), lines);
                }
            }
        }
    }

    private void WriteField(string name, IReadOnlyList<string> lines)
    {
        terminal.Out.WriteLine($"{name}{ColumnGap}{lines[0]}".TrimEnd());
        foreach (var line in lines.Skip(1))
        {
            terminal.Out.WriteLine($"{new string(' ', name.Length)}{ColumnGap}{line}".TrimEnd());
        }
    }

    private IAnsiConsole Console() =>
        AnsiConsole.Create(new AnsiConsoleSettings { Out = new AnsiConsoleOutput(terminal.Out) });
}
