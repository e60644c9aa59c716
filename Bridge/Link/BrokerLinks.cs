using ScheduleZero.Bridge.Connections;
using ScheduleZero.Contracts.Handlers;

namespace ScheduleZero.Bridge.Link;

/// <summary>
/// The connections to the Brokers, one of which serves the handlers: the first that is welcomed. When that connection
/// is lost, handlers are told to hold; its link has a while to come back before another takes over.
/// </summary>
internal sealed class BrokerLinks(HandlerConnections connections, BridgeSettings settings)
{
    private readonly TaskCompletionSource _firstWelcome = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly Lock _gate = new();

    /// <summary>The term in which a link serves the handlers; null while none does. Written under the gate.</summary>
    private volatile LinkTerm? _current;

    /// <summary>
    /// The link that served the handlers last and was lost; null before the first loss. Guarded by the gate.
    /// </summary>
    private BrokerLink? _lost;

    /// <summary>When that link was lost, as a timestamp of the clock. Guarded by the gate.</summary>
    private long _lostAt;

    /// <summary>The term in which handlers' messages go out now; null while no Broker is in reach.</summary>
    public LinkTerm? Current => _current;

    /// <summary>A task that completes with the first welcome.</summary>
    public Task FirstWelcome => _firstWelcome.Task;

    /// <summary>
    /// Announces a connection to the Broker. Called before any other message of the connection is sent.
    /// </summary>
    public async ValueTask OpenAsync(HandlerConnection connection, CancellationToken cancellationToken)
    {
        // The connection is already registered: either we see the term here, or the link that begins it sees the
        // connection.
        if (_current is { } term && connection.TryAnnounceFirst(term))
        {
            await term.Queue.EnqueueAsync(OpenMessage(connection), cancellationToken);
        }
    }

    /// <summary>Sends a handler's message to the Broker, and waits while too many wait already.</summary>
    /// <returns>The term in which it goes out; null when no Broker is in reach.</returns>
    public async ValueTask<LinkTerm?> TrySendAsync(
        HandlerConnection connection,
        MessageKind kind,
        ReadOnlyMemory<byte> body,
        CancellationToken cancellationToken
    )
    {
        if (_current is not { } term)
        {
            return null;
        }

        await term.Queue.EnqueueAsync(new LinkMessage(kind, connection.Number, body), cancellationToken);
        return term;
    }

    public void Close(HandlerConnection connection, string reason)
    {
        if (connection.End() is LinkTerm term && term == _current)
        {
            term.Queue.Enqueue(LinkMessage.Of(connection.Number, new Closed(reason)));
        }
    }

    /// <summary>
    /// Called by a session that the Broker has welcomed, on its own loop, that asks to serve the handlers. If the
    /// session may, it has announced all handlers when this returns.
    /// </summary>
    public bool TryServe(LinkTerm term, LinkWriter writer)
    {
        lock (_gate)
        {
            if (
                _current is not null
                || (
                    _lost is not null
                    && _lost != term.Link
                    && settings.Time.GetElapsedTime(_lostAt) < settings.LinkTimings.MoveAfter
                )
            )
            {
                return _current == term;
            }

            _current = term;
        }

        foreach (var connection in connections.All)
        {
            if (connection.TryAnnounce(term))
            {
                writer.Announce(OpenMessage(connection));
                connection.Greet();
            }
        }

        _firstWelcome.TrySetResult();
        return true;
    }

    public void Lose(LinkTerm term)
    {
        lock (_gate)
        {
            if (_current != term)
            {
                return;
            }

            _current = null;
            _lost = term.Link;
            _lostAt = settings.Time.GetTimestamp();
        }

        foreach (var connection in connections.All)
        {
            connection.Hold();
        }
    }

    private static LinkMessage OpenMessage(HandlerConnection connection) =>
        LinkMessage.Of(connection.Number, connection.Announcement());
}
