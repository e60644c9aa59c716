using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using ScheduleZero.HandlerAgent.Connection;
using ScheduleZero.HandlerAgent.Identity;
using ScheduleZero.HandlerAgent.Offline;

namespace ScheduleZero.HandlerAgent;

/// <summary>An agent at work. Disposing stops it gracefully.</summary>
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
    /// Ends when the agent was stopped; faults with <see cref="AgentStoppedException"/> on the Broker's last word.
    /// </summary>
    public Task Completion { get; }

    /// <summary>Ends with the address that first welcomed this handler.</summary>
    /// <exception cref="AgentStoppedException">The Broker does not want this handler.</exception>
    public Task<Uri> WaitForWelcomeAsync(CancellationToken cancellationToken = default) =>
        _works.Loop.WhenWelcomed.WaitAsync(cancellationToken);

    /// <summary>
    /// Takes no new attempts, waits for those that run up to the drain time-out, delivers their outcomes, and says Bye.
    /// Called twice, it waits for the same stop.
    /// </summary>
    /// <param name="cancellationToken">Cuts the waiting short: what still runs is cancelled.</param>
    public Task StopAsync(CancellationToken cancellationToken = default)
    {
        lock (_stopLock)
        {
            return _stop ??= StopOnceAsync(cancellationToken);
        }
    }

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
            // Stopped.
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
            _works.Book.CancelAll(CancelReasons.AgentStopping);
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

/// <summary>What an agent is made of.</summary>
/// <param name="Owned">Disposed with the agent; so are <paramref name="Identity"/> and
/// <paramref name="Offline"/>.</param>
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
