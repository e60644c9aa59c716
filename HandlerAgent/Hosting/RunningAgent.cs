using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using ScheduleZero.HandlerAgent.Connection;
using ScheduleZero.HandlerAgent.Identity;
using ScheduleZero.HandlerAgent.Offline;

namespace ScheduleZero.HandlerAgent;

/// <summary>An agent at work. Disposing it stops it as <see cref="StopAsync"/> does. Safe from any thread.</summary>
public sealed class RunningAgent : IAsyncDisposable
{
    private readonly HandlerAgentOptions _options;
    private readonly AgentWorks _works;
    private readonly TimeProvider _time;
    private readonly ILogger _logger;
    private readonly IAsyncDisposable? _owned;
    private readonly AgentIdentity? _identity;
    private readonly CancellationTokenSource _ending = new();
    private readonly Lock _stopLock = new();
    private Task? _stop;

    private RunningAgent(AgentParts parts)
    {
        (_options, _time, _logger, _owned, _identity) = (
            parts.Options,
            parts.Time,
            parts.Logger,
            parts.Owned,
            parts.Identity
        );
        _works = new AgentWorks(parts);
        _works.Pacer.Start();
        Completion = Task.Run(RunAsync);
    }

    /// <summary>
    /// Ends when the agent has been stopped; fails with <see cref="AgentStoppedException"/> when the Broker does not
    /// want the handler any more.
    /// </summary>
    public Task Completion { get; }

    /// <summary>Waits until the Broker has welcomed this handler for the first time.</summary>
    /// <param name="cancellationToken">Ends the waiting; the agent goes on.</param>
    /// <returns>The address by which the Broker did.</returns>
    /// <exception cref="AgentStoppedException">The Broker does not want this handler.</exception>
    public Task<Uri> WaitForWelcomeAsync(CancellationToken cancellationToken = default) =>
        _works.Loop.WhenWelcomed.WaitAsync(cancellationToken);

    /// <summary>
    /// Stops the agent: it takes no new attempts, lets those that run end
    /// (<see cref="HandlerAgentOptions.DrainTimeout"/>), cancels the rest, and delivers how they ended
    /// (<see cref="HandlerAgentOptions.SettleTimeout"/>). A second call waits for the same stop.
    /// </summary>
    /// <param name="cancellationToken">Cuts the waiting short: attempts that still run are cancelled at once.</param>
    public Task StopAsync(CancellationToken cancellationToken = default)
    {
        lock (_stopLock)
        {
            return _stop ??= StopOnceAsync(cancellationToken);
        }
    }

    /// <summary>Stops the agent as <see cref="StopAsync"/> does, and closes its files.</summary>
    public async ValueTask DisposeAsync()
    {
        await StopAsync();
        _ending.Dispose();
        _works.Dispose();
        _identity?.Dispose();
        await (_owned?.DisposeAsync() ?? ValueTask.CompletedTask);
    }

    internal static RunningAgent Start(AgentParts parts) => new(parts);

    private async Task RunAsync()
    {
        try
        {
            await _works.Loop.RunAsync(_ending.Token);
        }
        catch (OperationCanceledException) when (_ending.IsCancellationRequested)
        {
            // The agent was stopped.
        }
    }

    private async Task StopOnceAsync(CancellationToken cancellationToken)
    {
        _logger.Stopping(_options.DrainTimeout.TotalSeconds);
        _works.Book.Drain();
        _works.Loop.Beat();
        if (!await EndsWithinAsync(_works.Book.WhenIdle, _options.DrainTimeout, cancellationToken))
        {
            _logger.DrainTimedOut();
            _works.Book.CancelAll(CancelReason.AgentStopping);
            await EndsWithinAsync(_works.Book.WhenIdle, _options.SettleTimeout, CancellationToken.None);
        }

        if (!Completion.IsCompleted)
        {
            await EndsWithinAsync(_works.Book.WhenSettled, _options.SettleTimeout, CancellationToken.None);
            await _works.Loop.SayByeAsync("The agent stopped.", CancellationToken.None);
        }

        if (_works.Book.UnacknowledgedCount is > 0 and var count)
        {
            _logger.Unacknowledged(count);
        }

        await _ending.CancelAsync();
        await Completion.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        _works.Pacer.Dispose();
    }

    private async Task<bool> EndsWithinAsync(Task waited, TimeSpan limit, CancellationToken cancellationToken)
    {
        try
        {
            await waited.WaitAsync(limit, _time, cancellationToken);
            return true;
        }
        catch (Exception e) when (e is TimeoutException or OperationCanceledException)
        {
            return false;
        }
    }
}

/// <summary>The parts that an agent is made of.</summary>
/// <param name="Chance">Draws a number from [0, 1), by which reconnects are spread over time.</param>
/// <param name="Owned">An object that is disposed with the agent, after its other parts; null for none.</param>
/// <param name="Identity">The identity of an agent that enrolled; null for others. Disposed with the agent.</param>
/// <param name="Offline">The offline folder; null when nothing runs offline. Disposed with the agent.</param>
internal sealed record AgentParts(
    HandlerAgentOptions Options,
    IReadOnlyDictionary<string, Method> Methods,
    ICarrier Carrier,
    IServiceScopeFactory Scopes,
    TimeProvider Time,
    Func<double> Chance,
    ILogger Logger,
    IAsyncDisposable? Owned,
    AgentIdentity? Identity = null,
    OfflineFolder? Offline = null
);
