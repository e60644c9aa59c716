namespace ScheduleZero.Broker.Host.Transport;

/// <summary>The peers that speak to the ROUTER, by route. Used only on the socket's thread.</summary>
internal sealed class PeerTable(int peersMax)
{
    private readonly Dictionary<Route, Peer> _peers = [];

    /// <summary>
    /// The peers in the order in which they came, to find the oldest that has not proved who it is. Some of them have
    /// proved it meanwhile, or are gone.
    /// </summary>
    private readonly Queue<Peer> _newcomers = new();

    public bool IsFull => _peers.Count >= peersMax;

    /// <summary>A copy of all peers, so that peers may be removed while it is read.</summary>
    public IReadOnlyList<Peer> All() => [.. _peers.Values];

    public Peer? Find(Route route) => _peers.GetValueOrDefault(route);

    public Peer Add(Route route, long now)
    {
        var peer = new Peer(route, now);
        _peers[route] = peer;
        _newcomers.Enqueue(peer);
        if (_newcomers.Count > 2 * peersMax)
        {
            var waiting = _newcomers.Where(IsUnproved).ToList();
            _newcomers.Clear();
            waiting.ForEach(_newcomers.Enqueue);
        }

        return peer;
    }

    public void Remove(Peer peer) => _peers.Remove(peer.Route);

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

    private bool IsUnproved(Peer peer) => !peer.IsProved && Find(peer.Route) == peer;
}
