using ScheduleZero.Contracts;
using ScheduleZero.Contracts.Handlers;

namespace ScheduleZero.Broker.Host.Transport;

/// <summary>
/// Receives messages of peers that this start of the Broker does not know: handshakes of Bridges, and messages that
/// belong to a link or session of an earlier start. Used only on the socket's thread.
/// </summary>
internal sealed class StrangerReception(
    TimeSpan greetInterval,
    BridgeAuthentication handshake,
    PeerCloser closer,
    Strikes strikes
)
{
    /// <summary>Receives a step of a Bridge's handshake.</summary>
    public void Shake(Peer peer, MessageKind kind, byte[] body, IPeerSender sender)
    {
        if (peer.Link is { IsWelcome: true })
        {
            if (kind == MessageKind.BridgeProof)
            {
                return; // The proof answers a challenge that was repeated; the first proof has linked the Bridge.
            }

            closer.DropLink(peer, "it began anew");
        }

        if (handshake.Answer(peer, kind, body) is { } answer)
        {
            if (peer.IsProved)
            {
                sender.KeepConnection(peer);
            }

            sender.SendTo(peer, answer);
        }
        else
        {
            strikes.Add(peer, $"{kind} out of order, or not valid", sender);
        }
    }

    /// <summary>Asks a Bridge that was linked to an earlier start of this Broker to prove itself again.</summary>
    public static void AskForHandshake(Peer peer, IPeerSender sender) =>
        sender.SendTo(peer, Outgoing.Of(new Refused(ErrorCodes.Unauthenticated, "No link: say BridgeHello.")));

    /// <summary>Asks a handler whose session is not known here to say Hello.</summary>
    /// <param name="now">Milliseconds of the steady clock.</param>
    public void Greet(Peer peer, long now, IPeerSender sender)
    {
        // The peer gets no strike: after a restart of the Broker the first messages of every handler come here, and a
        // proxy may have held many of them. One Greet answers them all.
        if (now - peer.LastGreet >= greetInterval.TotalMilliseconds)
        {
            peer.LastGreet = now;
            sender.SendTo(peer, Outgoing.Of(new Greet("No session: say Hello.")));
        }
    }
}
