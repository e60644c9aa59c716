using ScheduleZero.Contracts;
using ScheduleZero.Contracts.Handlers;
using ScheduleZero.Edges;

namespace ScheduleZero.Broker.Host.Transport;

/// <summary>
/// Counts messages that make no sense against the peers that send them. After a few strikes the connection of a peer is
/// ended; a peer behind a proxy is no longer heard. Used only on the socket's thread.
/// </summary>
/// <param name="strikesMax">The number of strikes after which a peer is not heard any more.</param>
internal sealed class Strikes(int strikesMax, PeerCloser closer, StrangerLines lines, ILogger logger)
{
    public void Add(Peer peer, string problem, IPeerSender sender)
    {
        peer.Strikes++;
        Log(problem, peer.Strikes);
        if (peer.Strikes < strikesMax)
        {
            return;
        }

        if (peer.Connection != 0)
        {
            sender.SendTo(peer, Outgoing.Of(new Close(ErrorCodes.Invalid, problem)));
            closer.CloseConnection(peer, problem);
        }

        closer.DropLink(peer, problem);
        peer.IsIgnored = true;
        sender.EndConnection(peer, problem);
    }

    /// <summary>Logs a message that makes no sense, and that is counted against nobody.</summary>
    /// <param name="strikes">The strikes of its sender so far.</param>
    public void Log(string problem, int strikes)
    {
        // A ROUTER does not know addresses, so all peers share the bound on such lines.
        if (lines.MayWrite("messages that make no sense", null))
        {
            logger.Strike(problem, strikes);
        }
    }
}
