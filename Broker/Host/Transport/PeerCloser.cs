namespace ScheduleZero.Broker.Host.Transport;

/// <summary>
/// Closes what a peer has here: its link with all connections on it, or its own connection. Used only on the socket's
/// thread.
/// </summary>
internal sealed class PeerCloser(ConnectionTable connections, LinkRegister links, LinkNotes notes, ILogger logger)
{
    /// <summary>Closes the connection of a handler that speaks for itself, if the peer has one.</summary>
    public void CloseConnection(Peer peer, string reason)
    {
        if (peer.Connection != 0)
        {
            connections.Close(peer.Connection, reason);
            peer.Connection = 0;
        }
    }

    /// <summary>
    /// Ends the link of a Bridge, or a handshake that has begun. Sessions of handlers wait for them to return by
    /// another link.
    /// </summary>
    public void DropLink(Peer peer, string reason)
    {
        if (peer.Link is not { } link)
        {
            return;
        }

        peer.Link = null;
        if (!link.IsWelcome)
        {
            return;
        }

        links.Remove(peer, link, reason);
        logger.BridgeLost(link.Name, reason);
        notes.Closed(link, reason);
        foreach (var connection in link.Connections.Values)
        {
            connections.Close(connection, "its bridge's link was lost");
        }
    }
}
