using ScheduleZero.Cli.Output;
using ScheduleZero.Contracts.Rest;
using Spectre.Console;

namespace ScheduleZero.Cli.Dev;

/// <summary>
/// Prints events as aligned lines that begin with the time since the printer was made: coloured on a terminal, plain
/// anywhere else.
/// </summary>
internal sealed class LifePrinter
{
    private readonly Terminal _terminal;
    private readonly DateTimeOffset _start;

    /// <summary>Writes colours; null where no person sees the output.</summary>
    private readonly IAnsiConsole? _console;

    public LifePrinter(Terminal terminal)
    {
        _terminal = terminal;
        _start = terminal.Time.GetUtcNow();
        _console = terminal.IsInteractive
            ? AnsiConsole.Create(new AnsiConsoleSettings { Out = new AnsiConsoleOutput(terminal.Out) })
            : null;
    }

    /// <summary>Prints a line about something that happens now.</summary>
    /// <param name="who">The subject of the line, such as <c>job greet</c>.</param>
    /// <param name="what">What happened to the subject, as the product's word.</param>
    /// <param name="detail">Further text at the end of the line; null for none.</param>
    public void Line(string who, string what, string? detail = null) =>
        Line(_terminal.Time.GetUtcNow(), who, what, detail);

    private void Line(DateTimeOffset instant, string who, string what, string? detail)
    {
        var at = $"{(instant - _start).TotalMilliseconds, 8:0} ms";
        var rest = PlainText.OneLine(detail ?? "");
        if (_console is null)
        {
            _terminal.Out.WriteLine($"{at}  {Fit(who, 28)}  {what, -12}  {rest}".TrimEnd());
            return;
        }

        _console.Write(new Text($"{at}  ", new Style(Color.Grey)));
        _console.Write(new Text($"{Fit(who, 28)}  "));
        _console.Write(new Text($"{what, -12}  ", Colours.Of(what)));
        // The rest is not written through the console, which would break a long line. The terminal wraps the line
        // itself, and copies it as one.
        _terminal.Out.WriteLine(rest);
    }

    /// <summary>Prints a line about a broker event, with the instant of the event.</summary>
    /// <param name="name">The name to show for the subject; null for its own name, or the end of its id.</param>
    /// <param name="more">Text to show beside what the event says; null for none.</param>
    public void Event(BrokerEvent happened, string? name, string? more)
    {
        var (noun, verb) = happened.Type.Split('.', 2) is [var first, var second]
            ? (first, second)
            : (happened.Type, "");
        var method = happened.Method is { } called && called != name ? called : null;
        var by = happened.Handler is { } handler && noun != "handler" ? $"on {handler}" : null;
        Line(
            happened.At,
            $"{noun} {name ?? Short(happened.Subject)}",
            verb,
            string.Join("  ", new[] { method, more, by, happened.Detail }.Where(text => !string.IsNullOrEmpty(text)))
        );
    }

    public void Text(string text) => _terminal.Out.WriteLine(text);

    // The end of an id tells jobs apart; the beginning is the time, which jobs that were made together share.
    private static string Short(string subject) => Guid.TryParse(subject, out _) ? $"…{subject[^8..]}" : subject;

    private static string Fit(string text, int width)
    {
        var line = PlainText.OneLine(text);
        return line.Length <= width ? line.PadRight(width) : $"{line[..(width - 1)]}…";
    }
}
