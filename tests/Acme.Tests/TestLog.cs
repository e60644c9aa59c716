using System.Collections.Concurrent;
using Microsoft.Extensions.Logging;

namespace ScheduleZero.Acme.Tests;

/// <summary>The lines of a log.</summary>
internal sealed class TestLog : ILogger, ILoggerProvider
{
    private readonly ConcurrentDictionary<int, TaskCompletionSource> _firsts = [];

    public ConcurrentQueue<(int Id, string Text)> Lines { get; } = [];

    /// <summary>The lines by which a server reports a failure of its own.</summary>
    public ConcurrentQueue<string> Errors { get; } = [];

    /// <summary>Waits for the first line with this id.</summary>
    public async Task FirstAsync(int id)
    {
        try
        {
            await FirstOf(id).Task.WaitAsync(TimeSpan.FromSeconds(60));
        }
        catch (TimeoutException)
        {
            throw new AssertionException($"No line {id}, but {string.Join(Environment.NewLine, Lines)}");
        }
    }

    public ILogger CreateLogger(string categoryName) => this;

    public void Dispose() { }

    public IDisposable? BeginScope<TState>(TState state)
        where TState : notnull => null;

    public bool IsEnabled(LogLevel logLevel) => logLevel >= LogLevel.Information;

    public void Log<TState>(
        LogLevel logLevel,
        EventId eventId,
        TState state,
        Exception? exception,
        Func<TState, Exception?, string> formatter
    )
    {
        if (!IsEnabled(logLevel))
        {
            return;
        }

        var text = formatter(state, exception);
        Lines.Enqueue((eventId.Id, text));
        if (logLevel >= LogLevel.Error)
        {
            Errors.Enqueue($"{text} {exception}");
        }

        FirstOf(eventId.Id).TrySetResult();
    }

    public int Count(int id) => Lines.Count(line => line.Id == id);

    /// <summary>The texts of all lines with this id.</summary>
    public IEnumerable<string> Texts(int id) => Lines.Where(line => line.Id == id).Select(line => line.Text);

    private TaskCompletionSource FirstOf(int id) =>
        _firsts.GetOrAdd(id, _ => new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously));
}
