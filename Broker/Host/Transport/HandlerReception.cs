using ScheduleZero.Broker.Host.Inputs;
using ScheduleZero.Contracts;
using ScheduleZero.Contracts.Handlers;
using ScheduleZero.Sealing;

namespace ScheduleZero.Broker.Host.Transport;

/// <summary>
/// Receives messages of handlers with a direct connection, without a Bridge. Used only on the socket's thread.
/// </summary>
internal sealed class HandlerReception(
    TimeSpan helloInterval,
    OfflineCopies copies,
    IBrokerEdge edge,
    ConnectionTable connections,
    Strikes strikes,
    SealRefusals refusals
)
{
    private readonly SealScratch _scratch = new();

    /// <summary>
    /// Receives a message of a handler that has a connection, or the first message of one that has none.
    /// </summary>
    /// <param name="now">Milliseconds of the steady clock.</param>
    public void Receive(Peer peer, MessageKind kind, byte[] body, long now, IPeerSender sender)
    {
        if (IsTooSoon(peer, kind, now))
        {
            return;
        }

        if (peer.Connection == 0)
        {
            peer.Connection = connections.Open(peer, 0);
        }

        ReadOnlyMemory<byte> plain = body;
        if (!TryOpen(peer, kind, ref plain, sender, out var seal))
        {
            return;
        }

        if (
            HandlerInputs.Read(
                peer.Connection,
                kind,
                plain.Span,
                seal,
                speaksForItself: true,
                copies,
                out var problem
            ) is
            { } input
        )
        {
            peer.Strikes = 0;
            if (kind == MessageKind.Bye)
            {
                peer.Part();
            }

            edge.Put(input);
        }
        else
        {
            sender.SendTo(peer, Outgoing.Of(new Refused(ErrorCodes.Invalid, problem)));
            strikes.Add(peer, problem, sender);
        }
    }

    private bool TryOpen(
        Peer peer,
        MessageKind kind,
        ref ReadOnlyMemory<byte> body,
        IPeerSender sender,
        out string? seal
    )
    {
        seal = null;
        if (connections.Find(peer.Connection) is not { } target)
        {
            return false; // The connection was closed here while the message was on its way.
        }

        switch (target.Seal.Judge(kind, _scratch, ref body, out seal, out var fault))
        {
            case SealVerdict.Counts:
                return true;
            case SealVerdict.Unknown:
                sender.SendTo(peer, SealedReply.OfUnknown(kind));
                return false;
            default:
                var problem = refusals.Refuse(target, fault);
                sender.SendTo(peer, Outgoing.Of(new Close(ErrorCodes.Unavailable, problem)));
                connections.Close(peer.Connection, problem);
                peer.Connection = 0;
                return false;
        }
    }

    // Whether a first message comes too soon. Hellos, and what else may come first, are accepted only at an interval;
    // one that comes sooner is a repetition.
    private bool IsTooSoon(Peer peer, MessageKind kind, long now)
    {
        if (kind == MessageKind.Hello)
        {
            if (now - peer.LastHello < helloInterval.TotalMilliseconds)
            {
                return true;
            }

            peer.LastHello = now;
        }
        else if (HandlerInputs.IsFirst(kind))
        {
            if (now - peer.LastAsked < helloInterval.TotalMilliseconds)
            {
                return true;
            }

            peer.LastAsked = now;
        }

        return false;
    }
}
