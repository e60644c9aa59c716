using ScheduleZero.Edges;

namespace ScheduleZero.Broker.Host.Doors;

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
    private readonly Func<IEnumerable<DoorConnection>> _connections;
    private readonly DoorLog _log;
    private readonly ITimer _timer;

    /// <summary>1 while a look is under way: one that takes long is not joined by the next.</summary>
    private int _isLooking;
    private int _looks;

    public ClientJudge(
        CurveClients clients,
        Func<IEnumerable<DoorConnection>> connections,
        TimeProvider time,
        DoorLog log
    )
    {
        (_clients, _connections, _log) = (clients, connections, log);
        _timer = time.CreateTimer(_ => Look(), null, LookEvery, LookEvery);
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
                Judge();
            }
        }
        finally
        {
            Volatile.Write(ref _isLooking, 0);
        }
    }

    private void Judge()
    {
        foreach (var connection in _connections())
        {
            // The key of a peer that was dialled is that of a server, which the dialler has pinned.
            if (!connection.IsDialled && connection.Zmtp.PeerKey is { } key && !_clients.Allows(key))
            {
                _log.KeyTakenAway(connection.Zmtp.Remote, key.Text);
                connection.Zmtp.End("Its CURVE key is not allowed any more.");
            }
        }
    }
}
