using ScheduleZero.Bridge.Connections;
using ScheduleZero.Bridge.Link;

namespace ScheduleZero.Bridge;

/// <summary>
/// A Bridge that listens. The disposal of a Bridge sends its handlers away and stops it, within 10 s.
/// </summary>
public sealed class RunningBridge : IAsyncDisposable
{
    private readonly WebApplication _app;
    private readonly HandlerConnections _connections;
    private readonly BrokerLinks _links;
    private readonly BridgeSettings _settings;
    private readonly TaskCompletionSource _stopped = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private List<BrokerLink> _started = [];
    private int _stopping;

    internal RunningBridge(
        WebApplication app,
        HandlerConnections connections,
        BrokerLinks links,
        BridgeSettings settings
    )
    {
        _app = app;
        _connections = connections;
        _links = links;
        _settings = settings;
    }

    /// <summary>The addresses at which handlers connect, with the ports that the system chose.</summary>
    public IReadOnlyList<string> Urls { get; private set; } = [];

    /// <summary>The endpoints of the Brokers, with the ports that the system chose.</summary>
    public IReadOnlyList<string> Brokers { get; private set; } = [];

    /// <summary>Whether a Broker is in reach.</summary>
    public bool IsLinked => _links.Current is not null;

    /// <summary>A task that completes when a Broker has welcomed this Bridge for the first time.</summary>
    public Task Linked => _links.FirstWelcome;

    /// <summary>The number of handlers that are connected now.</summary>
    public int ConnectionCount => _connections.Count;

    /// <summary>A task that completes when the Bridge has stopped.</summary>
    public Task Completion => _stopped.Task;

    public async ValueTask DisposeAsync()
    {
        if (Interlocked.Exchange(ref _stopping, 1) != 0)
        {
            await _stopped.Task;
            return;
        }

        try
        {
            // The token is not passed on: each step has a limit of its own.
            await _connections.DrainAsync(_settings.Limits.DrainGrace, CancellationToken.None);
            await _app.StopAsync(CancellationToken.None);
            foreach (var connection in _connections.All)
            {
                _links.Close(connection, "The Bridge stopped.");
            }

            foreach (var link in _started)
            {
                await link.DisposeAsync();
            }

            await _app.DisposeAsync();
        }
        finally
        {
            _stopped.TrySetResult();
        }
    }

    internal async Task StartLinksAsync(List<BrokerLink> links, CancellationToken cancellationToken)
    {
        Urls = [.. _app.Urls];
        _started = links;
        Brokers = await Task.WhenAll(links.Select(link => link.StartAsync(cancellationToken)));
    }
}
