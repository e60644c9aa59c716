using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using ScheduleZero.HandlerAgent.Connection;
using ScheduleZero.HandlerAgent.Identity;

namespace ScheduleZero.HandlerAgent;

/// <summary>An agent at work. Disposing stops it gracefully.</summary>
public sealed class RunningAgent : IAsyncDisposable
{
    private readonly HandlerAgentOptions _options;
    private readonly AttemptBook _book;
    private readonly HeartbeatPacer _pacer;
    private readonly ConnectionLoop _loop;
    private readonly TimeProvider _time;
    private readonly ILogger _logger;
    private readonly IAsyncDisposable? _owned;
    private readonly AgentIdentity? _identity;
    private readonly CancellationTokenSource _ending = new();
    private readonly Lock _stopLock = new();
    private Task? _stop;

    private RunningAgent(AgentParts parts)
    {
        (_options, _time, _logger, _owned, _identity) = (parts.Options, parts.Time, parts.Logger, parts.Owned, parts.Identity);
        _book = new AttemptBook(parts.Methods, parts.Options, parts.Scopes, parts.Time, parts.Logger);
        _pacer = new HeartbeatPacer(parts.Time, parts.Logger);
        var hello = new HelloMaker(parts.Options, parts.Methods, _book, parts.Identity, parts.Logger);
        _loop = new ConnectionLoop(parts.Options, parts.Carrier, _book, hello, _pacer, parts.Time, parts.Chance, parts.Logger);
        _pacer.Start();
        Completion = Task.Run(RunAsync);
    }

    /// <summary>Ends when the agent was stopped; faults with <see cref="AgentStoppedException"/> on the Broker's last word.</summary>
    public Task Completion { get; }

    /// <summary>Ends with the address that first welcomed this handler.</summary>
    /// <exception cref="AgentStoppedException">The Broker does not want this handler.</exception>
    public Task<Uri> WaitForWelcomeAsync(CancellationToken cancellationToken = default) =>
        _loop.WhenWelcomed.WaitAsync(cancellationToken);

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
        _identity?.Dispose();
        await (_owned?.DisposeAsync() ?? ValueTask.CompletedTask);
    }

    internal static RunningAgent Start(AgentParts parts) => new(parts);

    private async Task RunAsync()
    {
        try
        {
            await _loop.RunAsync(_ending.Token);
        }
        catch (OperationCanceledException) when (_ending.IsCancellationRequested)
        {
            // Stopped.
        }
    }

    private async Task StopOnceAsync(CancellationToken cancellationToken)
    {
        _logger.Stopping(_options.DrainTimeout.TotalSeconds);
        _book.Drain();
        _loop.Beat();
        if (!await EndsWithinAsync(_book.WhenIdle, _options.DrainTimeout, cancellationToken))
        {
            _logger.DrainTimedOut();
            _book.CancelAll(CancelReasons.AgentStopping);
            await EndsWithinAsync(_book.WhenIdle, _options.SettleTimeout, CancellationToken.None);
        }

        if (!Completion.IsCompleted)
        {
            await EndsWithinAsync(_book.WhenSettled, _options.SettleTimeout, CancellationToken.None);
            await _loop.SayByeAsync("The agent stopped.", CancellationToken.None);
        }

        if (_book.UnacknowledgedCount is > 0 and var count)
        {
            _logger.Unacknowledged(count);
        }

        await _ending.CancelAsync();
        await Completion.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        _pacer.Dispose();
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
/// <param name="Owned">Disposed with the agent; so is <paramref name="Identity"/>.</param>
internal sealed record AgentParts(
    HandlerAgentOptions Options,
    IReadOnlyDictionary<string, Method> Methods,
    ICarrier Carrier,
    IServiceScopeFactory Scopes,
    TimeProvider Time,
    Func<double> Chance,
    ILogger Logger,
    IAsyncDisposable? Owned,
    AgentIdentity? Identity = null);
