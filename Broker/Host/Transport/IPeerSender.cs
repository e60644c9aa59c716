namespace ScheduleZero.Broker.Host.Transport;

/// <summary>Sends messages to peers. Only for the socket's thread.</summary>
internal interface IPeerSender
{
    void SendTo(Peer peer, Outgoing outgoing);

    /// <summary>
    /// Keeps the connection by which a peer came that has proved who it is: it makes room for no stranger any more.
    /// </summary>
    void KeepConnection(Peer peer);

    /// <summary>Sends the messages again that the peer's full queue did not accept before.</summary>
    void SendBacklog(Peer peer);

    /// <summary>
    /// Ends the connection that a peer came by, once what was sent last is on its way. A connection of a proxy, which
    /// others may share, goes on.
    /// </summary>
    void EndConnection(Peer peer, string reason);
}
