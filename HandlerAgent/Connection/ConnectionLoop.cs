using Microsoft.Extensions.Logging;
using ScheduleZero.HandlerAgent.Attempts;

namespace ScheduleZero.HandlerAgent.Connection;

/// <summary>
/// Opens a session again whenever one has ended, address after address, until the Broker does not want the handler any
/// more.
/// </summary>
internal sealed class ConnectionLoop(
    HandlerAgentOptions options,
    ICarrier carrier,
    AttemptBook book,
    HelloMaker hello,
    IOfflineCustodian? offline,
    HeartbeatPacer pacer,
    TimeProvider time,
    Func<double> chance,
    ILogger logger
)
{
    // A session that lasted this long was no failure: the next try is quick again.
    private static readonly TimeSpan StableAfter = TimeSpan.FromSeconds(10);

    private readonly Uri[] _addresses = [.. options.Bridges.Select(bridge => new Uri(bridge))];
    private readonly TaskCompletionSource<Uri> _welcomed = new(TaskCreationOptions.RunContinuationsAsynchronously);

    /// <summary>Why there is no session with an address, as it was logged. On the loop.</summary>
    private readonly Dictionary<Uri, string> _told = [];

    /// <summary>The present session; null between sessions. Written by the loop.</summary>
    private volatile Session? _session;

    /// <summary>Ends with the address that first welcomed this handler.</summary>
    public Task<Uri> WhenWelcomed => _welcomed.Task;

    /// <summary>Runs sessions until the agent is stopped.</summary>
    /// <exception cref="AgentStoppedException">The Broker does not want this handler any more.</exception>
    public async Task RunAsync(CancellationToken cancellationToken)
    {
        offline?.Start();
        var failures = 0;
        for (var next = 0; ; next = (next + 1) % _addresses.Length)
        {
            var address = _addresses[next];
            var startedAt = time.GetTimestamp();
            try
            {
                await RunSessionAsync(address, cancellationToken);
                failures = 0;
            }
            catch (RefusedException e) when (e.IsFinal)
            {
                throw GiveUp(address, e);
            }
            catch (Exception e) when (e is CarrierException or RefusedException)
            {
                failures = time.GetElapsedTime(startedAt) > StableAfter && _session is not null ? 0 : failures + 1;
                TellOnce(address, e.Message);
            }
#pragma warning disable CA1031 // The edge of the loop: a bug met in one session must not take the agent out of service.
            catch (Exception e) when (!cancellationToken.IsCancellationRequested)
#pragma warning restore CA1031
            {
                failures++;
                logger.SessionBroke(e, address);
            }

            _session = null;
            await Task.Delay(Backoff.Delay(failures, book.HoldsAttempts, chance()), time, cancellationToken);
        }
    }

    /// <summary>Sends a heartbeat now, because the capacity has changed.</summary>
    public void Beat() => pacer.Beat();

    /// <summary>Says Bye to the Broker, if there is a session.</summary>
    public async Task SayByeAsync(string reason, CancellationToken cancellationToken)
    {
        try
        {
            await (_session?.SayByeAsync(reason, cancellationToken) ?? Task.CompletedTask);
        }
        catch (CarrierException e)
        {
            logger.ByeNotSaid(e.Message);
        }
    }

    private async Task RunSessionAsync(Uri address, CancellationToken cancellationToken)
    {
        var inbox = new Inbox();
        await using var connection = await ConnectAsync(address, inbox, cancellationToken);
        using var line = hello.OpenLine(connection);
        var session = new Session(line, inbox, book, hello, offline, options.ConnectTimeout, time, logger);
        var welcome = await session.OpenAsync(cancellationToken);
        logger.Welcomed(address, welcome.SessionId, welcome.Namespace, welcome.Resumed.Count, welcome.Abandoned.Count);
        _session = session;
        _told.Remove(address);
        _welcomed.TrySetResult(address);
        pacer.Attach(session);
        try
        {
            await session.ServeAsync(cancellationToken);
        }
        finally
        {
            pacer.Attach(null);
        }
    }

    private async Task<IConnection> ConnectAsync(Uri address, Inbox inbox, CancellationToken cancellationToken)
    {
        using var timeout = new CancellationTokenSource(options.ConnectTimeout, time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(timeout.Token, cancellationToken);
        try
        {
            return await carrier.ConnectAsync(address, inbox, either.Token);
        }
        catch (OperationCanceledException) when (timeout.IsCancellationRequested)
        {
            throw new CarrierException($"No connection within {options.ConnectTimeout.TotalSeconds:0.#} s.");
        }
    }

    // An outage of hours has one line, and the line after it tells of something new.
    private void TellOnce(Uri address, string reason)
    {
        if (_told.GetValueOrDefault(address) != reason)
        {
            _told[address] = reason;
            logger.Disconnected(address, reason);
        }
    }

    private AgentStoppedException GiveUp(Uri address, RefusedException refusal)
    {
        logger.GaveUp(address, refusal.Code, refusal.Detail);
        book.Drain();
        book.CancelAll(CancelReason.Abandoned);
        var stopped = new AgentStoppedException(refusal.Code, refusal.Detail);
        _welcomed.TrySetException(stopped);
        return stopped;
    }
}
