using Microsoft.Extensions.Logging.Console;

namespace ScheduleZero.Cli.Servers;

/// <summary>Where a server's log goes: standard error, one line an event. Standard output is for the ready line.</summary>
internal static class ConsoleLogs
{
    public static void ToStandardError(ILoggingBuilder logging)
    {
        logging.AddSimpleConsole(console =>
        {
            console.SingleLine = true;
            console.UseUtcTimestamp = true;
            console.TimestampFormat = "yyyy-MM-ddTHH:mm:ss.fffZ ";
        });
        logging.Services.Configure<ConsoleLoggerOptions>(console => console.LogToStandardErrorThreshold = LogLevel.Trace);
    }
}
