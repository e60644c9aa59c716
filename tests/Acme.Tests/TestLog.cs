using System.Collections.Concurrent;
using Microsoft.Extensions.Logging;

namespace ScheduleZero.Acme.Tests;

/// <summary>The lines of a log.</summary>
internal sealed class TestLog : ILogger
{
    public ConcurrentQueue<(int Id, string Text)> Lines { get; } = [];

    public IDisposable? BeginScope<TState>(TState state)
        where TState : notnull => null;

    public bool IsEnabled(LogLevel logLevel) => true;

    public void Log<TState>(
        LogLevel logLevel,
        EventId eventId,
        TState state,
        Exception? exception,
        Func<TState, Exception?, string> formatter
    ) => Lines.Enqueue((eventId.Id, formatter(state, exception)));

    public int Count(int id) => Lines.Count(line => line.Id == id);
}
