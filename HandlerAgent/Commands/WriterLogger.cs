using Microsoft.Extensions.Logging;
using ScheduleZero.Edges;

namespace ScheduleZero.HandlerAgent.Commands;

/// <summary>
/// Writes warnings and worse, a line each, for an agent that is started without a logging library.
/// </summary>
internal sealed class WriterLoggerFactory(TextWriter writer) : ILoggerFactory, ILogger
{
    private readonly TextWriter _writer = TextWriter.Synchronized(writer);

    public void AddProvider(ILoggerProvider provider) =>
        throw new NotSupportedException("Bring a LoggerFactory in the settings instead.");

    public ILogger CreateLogger(string categoryName) => this;

    public IDisposable? BeginScope<TState>(TState state)
        where TState : notnull => null;

    public bool IsEnabled(LogLevel logLevel) => logLevel >= LogLevel.Warning && logLevel != LogLevel.None;

    public void Log<TState>(
        LogLevel logLevel,
        EventId eventId,
        TState state,
        Exception? exception,
        Func<TState, Exception?, string> formatter
    )
    {
        if (IsEnabled(logLevel))
        {
            _writer.WriteLine(
                LogText.Escape(
                    $"{logLevel}: {formatter(state, exception)}"
                        + $"{(exception is null ? "" : $" {exception.ToString().ReplaceLineEndings(" ")}")}"
                )
            );
        }
    }

    public void Dispose()
    {
        // The writer belongs to the caller.
    }
}
