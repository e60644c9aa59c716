using Microsoft.Extensions.Logging;

namespace ScheduleZero.Agent.Tests.Fakes;

/// <summary>The warnings and errors of an agent, each with the id of its event. Safe from any thread.</summary>
internal sealed class LogLines : ILoggerFactory, ILogger
{
    private readonly Lock _gate = new();
    private readonly List<string> _lines = [];
    private TaskCompletionSource _added = new(TaskCreationOptions.RunContinuationsAsynchronously);

    /// <summary>The lines until now that have these words.</summary>
    public IReadOnlyList<string> With(string words)
    {
        lock (_gate)
        {
            return [.. _lines.Where(line => line.Contains(words, StringComparison.Ordinal))];
        }
    }

    /// <summary>Waits for a line that has these words.</summary>
    public async Task<string> NextWithAsync(string words, TimeSpan limit)
    {
        using var deadline = new CancellationTokenSource(limit);
        while (true)
        {
            Task added;
            lock (_gate)
            {
                added = _added.Task;
            }

            if (With(words) is [.., var line])
            {
                return line;
            }

            try
            {
                await added.WaitAsync(deadline.Token);
            }
            catch (OperationCanceledException)
            {
                throw new AssertionException($"No line has \"{words}\": {string.Join('\n', With(""))}");
            }
        }
    }

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

        lock (_gate)
        {
            _lines.Add($"{eventId.Id} {formatter(state, exception)} {exception}");
            _added.SetResult();
            _added = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        }
    }

    /// <summary>The least level of lines that are noted.</summary>
    public LogLevel Least { get; init; } = LogLevel.Warning;

    public bool IsEnabled(LogLevel logLevel) => logLevel >= Least;

    public IDisposable? BeginScope<TState>(TState state)
        where TState : notnull => null;

    public ILogger CreateLogger(string categoryName) => this;

    public void AddProvider(ILoggerProvider provider) => throw new NotSupportedException();

    public void Dispose() { }
}
