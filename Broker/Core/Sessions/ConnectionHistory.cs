namespace ScheduleZero.Broker.Core.Sessions;

/// <summary>A connection of a handler that has ended.</summary>
/// <param name="Number">The number that the edge gave to the connection; newer connections have greater ones.</param>
/// <param name="Reason">Why the connection ended, as a part of a sentence or a sentence of its own.</param>
internal sealed record EndedConnection(
    long Number,
    string SessionId,
    string Instance,
    string KeyId,
    string? Bridge,
    string? RemoteAddress,
    string? Transport,
    DateTimeOffset ConnectedAt,
    DateTimeOffset EndedAt,
    string Reason
);

/// <summary>
/// The newest ended connections of each handler, since the start of the Broker. Changed only on the loop's thread, and
/// only when a connection ends: messages cost nothing here.
/// </summary>
internal sealed class ConnectionHistory
{
    /// <summary>How many ended connections are held of each handler.</summary>
    public const int PerHandlerMax = 20;

    /// <summary>The most characters of a reason that are held: a handler may have written it.</summary>
    public const int ReasonLengthMax = 300;

    private readonly Dictionary<(string Namespace, string Handler), Queue<EndedConnection>> _ended = [];

    /// <summary>Notes that a session has lost its connection.</summary>
    public void Add(Session session, Connection connection, string reason, DateTimeOffset now)
    {
        var name = (session.Namespace, session.Handler);
        if (!_ended.TryGetValue(name, out var ended))
        {
            _ended[name] = ended = new Queue<EndedConnection>(PerHandlerMax);
        }

        if (ended.Count == PerHandlerMax)
        {
            ended.Dequeue();
        }

        ended.Enqueue(
            new EndedConnection(
                connection.Number,
                session.Id,
                session.Instance,
                session.Key.Id,
                connection.Bridge,
                connection.RemoteAddress,
                connection.WayTransport,
                session.ConnectedAt,
                now,
                reason.Length > ReasonLengthMax ? reason[..ReasonLengthMax] : reason
            )
        );
    }

    /// <summary>The ended connections of a handler, the newest first.</summary>
    public IEnumerable<EndedConnection> Of(string ns, string handler) =>
        _ended.TryGetValue((ns, handler), out var ended) ? ended.Reverse() : [];

    /// <summary>Forgets the connections of a handler that was deleted.</summary>
    public void Forget(string ns, string handler) => _ended.Remove((ns, handler));
}
