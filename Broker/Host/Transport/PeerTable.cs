namespace ScheduleZero.Broker.Host.Transport;

/// <summary>The peers that speak to the ROUTER, by route. Used only on the socket's thread.</summary>
internal sealed class PeerTable(int peersMax)
{
    private readonly Dictionary<Route, Peer> _peers = [];

    /// <summary>
    /// The peers by the first frame of their routes, which is the connection that they came by. Behind a proxy many
    /// peers
    /// share one.
    /// </summary>
    private readonly Dictionary<Route, List<Peer>> _byConnection = [];

    /// <summary>
    /// The peers in the order in which they came, to find the oldest that has not proved who it is. Some of them have
    /// proved it meanwhile, or are gone.
    /// </summary>
    private readonly Queue<Peer> _newcomers = new();

    public bool IsFull => _peers.Count >= peersMax;

    /// <summary>A copy of all peers, so that peers may be removed while it is read.</summary>
    public IReadOnlyList<Peer> All() => [.. _peers.Values];

    public Peer? Find(Route route) => _peers.GetValueOrDefault(route);

    /// <summary>
    /// A copy of the peers that came by one connection, so that they may be removed while it is read.
    /// </summary>
    public IReadOnlyList<Peer> AllBehind(byte[] connection) =>
        _byConnection.TryGetValue(new Route([connection]), out var peers) ? [.. peers] : [];

    /// <summary>Whether one of the peers that came by a connection has proved who it is.</summary>
    public bool IsProved(byte[] connection) =>
        _byConnection.TryGetValue(new Route([connection]), out var peers) && peers.Exists(peer => peer.IsProved);

    public Peer Add(Route route, long now)
    {
        var peer = new Peer(route, now);
        _peers[route] = peer;
        if (!_byConnection.TryGetValue(ConnectionOf(peer), out var peers))
        {
            _byConnection[ConnectionOf(peer)] = peers = [];
        }

        peers.Add(peer);
        _newcomers.Enqueue(peer);
        if (_newcomers.Count > 2 * peersMax)
        {
            var waiting = _newcomers.Where(IsUnproved).ToList();
            _newcomers.Clear();
            waiting.ForEach(_newcomers.Enqueue);
        }

        return peer;
    }

    public void Remove(Peer peer)
    {
        _peers.Remove(peer.Route);
        if (_byConnection.TryGetValue(ConnectionOf(peer), out var peers) && peers.Remove(peer) && peers.Count == 0)
        {
            _byConnection.Remove(ConnectionOf(peer));
        }
    }

    /// <summary>
    /// The peer that has been here longest without proving who it is; null when all have. Each peer is found once.
    /// </summary>
    public Peer? NextUnproved()
    {
        while (_newcomers.TryDequeue(out var oldest))
        {
            if (IsUnproved(oldest))
            {
                return oldest;
            }
        }

        return null;
    }

    private static Route ConnectionOf(Peer peer) => new([peer.Route.Frames[0]]);

    private bool IsUnproved(Peer peer) => !peer.IsProved && Find(peer.Route) == peer;
}
