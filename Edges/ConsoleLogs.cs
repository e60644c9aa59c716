using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Logging.Console;

namespace ScheduleZero.Edges;

/// <summary>
/// The destination of a server's log: standard error, one line an event. Standard output is for the ready line.
/// </summary>
internal static class ConsoleLogs
{
    public static void ToStandardError(ILoggingBuilder logging)
    {
        logging.AddConsole(console =>
        {
            console.FormatterName = OneLineFormatter.FormatterName;
            console.LogToStandardErrorThreshold = LogLevel.Trace;
        });
        logging.AddConsoleFormatter<OneLineFormatter, ConsoleFormatterOptions>();
    }
}

/// <summary>Writes an event as one line of plain characters, whatever strangers put into its words.</summary>
internal sealed class OneLineFormatter() : ConsoleFormatter(FormatterName)
{
    public const string FormatterName = "one-line";

    public override void Write<TState>(
        in LogEntry<TState> logEntry,
        IExternalScopeProvider? scopeProvider,
        TextWriter textWriter
    )
    {
        var words = logEntry.Formatter(logEntry.State, logEntry.Exception);
        var failure = logEntry.Exception is { } exception ? $" {exception.ToString().ReplaceLineEndings(" ")}" : "";
        var line =
            $"{TimeProvider.System.GetUtcNow():yyyy-MM-ddTHH:mm:ss.fffZ} {Level(logEntry.LogLevel)}: "
            + $"{logEntry.Category}[{logEntry.EventId.Id}] {words}{failure}";
        textWriter.WriteLine(LogText.Escape(line));
    }

    private static string Level(LogLevel level) =>
        level switch
        {
            LogLevel.Trace => "trce",
            LogLevel.Debug => "dbug",
            LogLevel.Information => "info",
            LogLevel.Warning => "warn",
            LogLevel.Error => "fail",
            _ => "crit",
        };
}
