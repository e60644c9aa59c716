using ScheduleZero.Zmtp.Connections;

namespace ScheduleZero.Edges;

/// <summary>Ends connections of clients whose CURVE key may connect no more.</summary>
internal sealed class ClientJudge : IAsyncDisposable
{
    /// <summary>How often it is looked whether keys may have been taken away.</summary>
    private static readonly TimeSpan LookEvery = TimeSpan.FromMilliseconds(500);

    /// <summary>
    /// How many looks later all connections are judged in any case: a key that has just expired still counts when the
    /// clock is set back at that moment.
    /// </summary>
    private const int JudgeEvery = 60;

    private readonly CurveClients _clients;
    private readonly Func<IEnumerable<ZmtpConnection>> _connections;
    private readonly Action<ZmtpConnection> _tell;
    private readonly ITimer _timer;

    /// <summary>1 while a look is under way: one that takes long is not joined by the next.</summary>
    private int _isLooking;
    private int _looks;

    /// <param name="connections">The connections that clients have made. The key of a peer that was dialled is that of
    /// a server, which the dialler has pinned.</param>
    /// <param name="tell">Told of a connection that is ended.</param>
    public ClientJudge(
        CurveClients clients,
        Func<IEnumerable<ZmtpConnection>> connections,
        TimeProvider time,
        Action<ZmtpConnection> tell
    )
    {
        (_clients, _connections, _tell) = (clients, connections, tell);
        _timer = time.CreateTimer(_ => Look(), null, LookEvery, LookEvery);
    }

    /// <summary>
    /// Judges one connection, which is among the connections already: its key may have been taken away between its
    /// handshake and now.
    /// </summary>
    public void Judge(ZmtpConnection connection)
    {
        if (connection.PeerKey is { } key && !_clients.Allows(key))
        {
            _tell(connection);
            connection.End("Its CURVE key is not allowed any more.");
        }
    }

    public ValueTask DisposeAsync() => _timer.DisposeAsync();

    private void Look()
    {
        if (Interlocked.Exchange(ref _isLooking, 1) != 0)
        {
            return;
        }

        try
        {
            var isDue = ++_looks % JudgeEvery == 0;
            if (_clients.HaveChanged() || isDue)
            {
                foreach (var connection in _connections())
                {
                    Judge(connection);
                }
            }
        }
        finally
        {
            Volatile.Write(ref _isLooking, 0);
        }
    }
}
