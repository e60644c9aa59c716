namespace ScheduleZero.Broker.Host.Transport;

/// <summary>Sends from the socket's thread.</summary>
internal interface IPeerSender
{
    void SendTo(Peer peer, Outgoing outgoing);

    void SendBacklog(Peer peer);
}
