using NetMQ;
using ScheduleZero.Bridge.Connections;
using ScheduleZero.Contracts;
using ScheduleZero.Edges;

namespace ScheduleZero.Bridge.Link;

/// <summary>The link to one Broker endpoint: the thread that owns its socket, and the queue that feeds it.</summary>
internal sealed class BrokerLink : IAsyncDisposable
{
    /// <summary>
    /// How long a stop waits for the link's thread, which has one second to send what waits, and half a second in which
    /// its socket lingers.
    /// </summary>
    private static readonly TimeSpan StopLimit = TimeSpan.FromSeconds(5);

    private readonly BrokerLinks _links;
    private readonly HandlerConnections _connections;
    private readonly BridgeSettings _settings;
    private readonly StrangerLines _lines;
    private readonly ILogger _log;
    private readonly PollerSignal _signal = new();
    private readonly TaskCompletionSource<string> _opened = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly TaskCompletionSource _ended = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly ManualResetEventSlim _stopping = new();

    public BrokerLink(
        BrokerEndpoint endpoint,
        ApiKey key,
        BrokerLinks links,
        HandlerConnections connections,
        BridgeSettings settings,
        StrangerLines lines,
        ILogger log
    )
    {
        Endpoint = endpoint;
        Key = key;
        _links = links;
        _connections = connections;
        _settings = settings;
        _lines = lines;
        _log = log;
        Queue = new BoundedQueue<LinkMessage>(
            settings.Limits.LinkMessagesMax,
            settings.Limits.LinkBytesMax,
            message => message.Body.Length,
            () => _signal.Set()
        );
    }

    public BrokerEndpoint Endpoint { get; }

    public ApiKey Key { get; }

    public BoundedQueue<LinkMessage> Queue { get; }

    public bool IsStopping => _stopping.IsSet;

    /// <summary>Opens the socket.</summary>
    /// <returns>The endpoint as it is, with the port that the system chose.</returns>
    /// <exception cref="NetMQException">The endpoint cannot be bound.</exception>
    public Task<string> StartAsync()
    {
        new Thread(Run) { IsBackground = true, Name = $"link {Endpoint}" }.Start();
        return _opened.Task;
    }

    /// <summary>
    /// Sends what waits, for a second at most, and closes the socket. Called once, for a link that was started and into
    /// which nobody enqueues any more.
    /// </summary>
    public async ValueTask DisposeAsync()
    {
        _stopping.Set();
        Queue.Signal();
        try
        {
            await _ended.Task.WaitAsync(StopLimit);
        }
        catch (TimeoutException)
        {
            // Neither is disposed, since the thread still uses both.
            _log.LinkStuck(Endpoint, StopLimit.TotalSeconds);
            return;
        }

        _signal.Dispose();
        _stopping.Dispose();
    }

    private void Run()
    {
        try
        {
            while (!IsStopping)
            {
                RunUntilFailure();
            }
        }
        finally
        {
            _ended.TrySetResult();
        }
    }

    private void RunUntilFailure()
    {
        try
        {
            using var socket = new LinkSocket(Endpoint, _settings.Limits.LinkFrameBytesMax, _settings.LinkTimings);
            _opened.TrySetResult(Endpoint.Binds ? $"@{socket.BoundAddress}" : Endpoint.Address);
            var session = new LinkSession(this, socket, _links, _connections, _settings, _lines, _log);
            using var poll = new LinkPoll(this, socket, session, _signal, _settings);
            poll.Run();
        }
        catch (Exception e) when (!_opened.Task.IsCompleted)
        {
            _stopping.Set();
            _opened.TrySetException(e);
        }
        catch (Exception e)
        {
            // The outermost frame of the thread: whatever a frame of the peer or the library did, the link starts anew,
            // after a pause.
            _log.LinkFailed(e, Endpoint);
            _stopping.Wait(_settings.LinkTimings.HelloEvery);
        }
    }
}
