using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Serialization.Metadata;
using Spectre.Console;

namespace ScheduleZero.Cli.Output;

/// <summary>Writes answers to standard output: JSON for scripts; for people tables, drawn on a terminal and plain columns anywhere else.</summary>
internal sealed class Printer(Terminal terminal, OutputFormat format)
{
    private const string ColumnGap = "  ";

    public bool IsJson => format == OutputFormat.Json;

    public void Json<T>(T value, JsonTypeInfo<T> type) => terminal.Out.WriteLine(Write(value, type, indented: true));

    /// <summary>One value of a stream, on one line.</summary>
    public void JsonLine<T>(T value, JsonTypeInfo<T> type) => terminal.Out.WriteLine(Write(value, type, indented: false));

    public void Line(string text) => terminal.Out.WriteLine(PlainText.Clean(text));

    /// <summary>Beside the data: remarks and progress.</summary>
    public void Note(string text) => terminal.Error.WriteLine(PlainText.Clean(text));

    /// <summary>A name and a value a line; those without a value are left out.</summary>
    public void Details(params IEnumerable<(string Name, string? Value)> rows)
    {
        var shown = rows.Where(row => !string.IsNullOrEmpty(row.Value)).ToList();
        var width = shown.Max(row => row.Name.Length);
        foreach (var (name, value) in shown)
        {
            terminal.Out.WriteLine($"{name.PadRight(width)}{ColumnGap}{PlainText.Clean(value!)}");
        }
    }

    public void Table(string[] headers, IEnumerable<string?[]> rows)
    {
        var cells = rows.Select(row => row.Select(cell => PlainText.OneLine(cell ?? "")).ToArray()).ToList();
        if (terminal.IsInteractive)
        {
            Draw(headers, cells);
        }
        else
        {
            WriteColumns(headers, cells);
        }
    }

    private static string Write<T>(T value, JsonTypeInfo<T> type, bool indented)
    {
        using var buffer = new MemoryStream();
        var options = new JsonWriterOptions { Indented = indented, Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };
        using (var writer = new Utf8JsonWriter(buffer, options))
        {
            JsonSerializer.Serialize(writer, value, type);
        }

        return Encoding.UTF8.GetString(buffer.GetBuffer(), 0, (int)buffer.Length);
    }

    private void WriteColumns(string[] headers, List<string[]> rows)
    {
        var widths = headers.Select((header, i) => rows.Select(row => row[i].Length).Append(header.Length).Max()).ToArray();
        foreach (var row in rows.Prepend(headers))
        {
            terminal.Out.WriteLine(string.Join(ColumnGap, row.Select((cell, i) => cell.PadRight(widths[i]))).TrimEnd());
        }
    }

    private void Draw(string[] headers, List<string[]> rows)
    {
        var table = new Table().Border(TableBorder.Simple);
        foreach (var header in headers)
        {
            table.AddColumn(new TableColumn(new Text(header, new Style(decoration: Decoration.Bold))).NoWrap());
        }

        foreach (var row in rows)
        {
            table.AddRow(row.Select(cell => new Text(cell, Colours.Of(cell))));
        }

        var console = AnsiConsole.Create(new AnsiConsoleSettings { Out = new AnsiConsoleOutput(terminal.Out) });
        console.Write(table);
    }
}
