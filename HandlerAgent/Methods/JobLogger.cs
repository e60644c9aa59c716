using Microsoft.Extensions.Logging;

namespace ScheduleZero.HandlerAgent;

/// <summary>An <see cref="ILogger"/> whose lines go to the job's log.</summary>
internal sealed class JobLogger(JobContext job) : ILogger
{
    public IDisposable? BeginScope<TState>(TState state)
        where TState : notnull => null;

    public bool IsEnabled(LogLevel logLevel) => logLevel != LogLevel.None;

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
            var text = formatter(state, exception);
            job.Log(logLevel, exception is null ? text : $"{text}\n{exception}");
        }
    }
}
