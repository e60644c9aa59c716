using ScheduleZero.Broker.Core;
using ScheduleZero.Broker.Host.Inputs;
using ScheduleZero.Contracts;
using ScheduleZero.Contracts.Handlers;
using ScheduleZero.Sealing;

namespace ScheduleZero.Broker.Host.Transport;

/// <summary>
/// Receives what a linked Bridge says: the messages of its handlers, and which of their connections it opens and
/// closes. Used only on the socket's thread.
/// </summary>
internal sealed class BridgeReception(
    int connectionsMax,
    OfflineCopies copies,
    IBrokerEdge edge,
    ConnectionTable connections,
    PeerCloser closer,
    Strikes strikes,
    LinkRegister links,
    LinkNotes notes,
    SealRefusals refusals,
    ILogger logger
)
{
    private readonly SealScratch _scratch = new();

    public void Receive(Peer peer, BridgeLink link, FrameHeader header, ReadOnlyMemory<byte> body, IPeerSender sender)
    {
        if (header.Kind == MessageKind.Beat)
        {
            return;
        }

        if (header.Sequence != link.LastReceived + 1)
        {
            // A message was lost or said twice, and nobody can know which one it was. So both sides begin anew;
            // sessions and outboxes repair the rest.
            var problem = $"message {header.Sequence} came after {link.LastReceived}";
            sender.SendTo(peer, Outgoing.Of(new Refused(ErrorCodes.Unavailable, problem)));
            closer.DropLink(peer, problem);
            return;
        }

        link.LastReceived = header.Sequence;
        if (header.Kind != MessageKind.Pack)
        {
            ReceiveFromConnection(peer, link, header, body, sender);
            return;
        }

        while (Pack.TryRead(ref body, out var inner, out var innerBody))
        {
            ReceiveFromConnection(peer, link, inner, innerBody, sender);
        }

        if (!body.IsEmpty)
        {
            strikes.Add(peer, "the pack does not hold whole messages", sender);
        }
    }

    private void ReceiveFromConnection(
        Peer peer,
        BridgeLink link,
        FrameHeader header,
        ReadOnlyMemory<byte> body,
        IPeerSender sender
    )
    {
        if (header.Kind == Open.MessageKind)
        {
            OpenConnection(peer, link, header.Connection, body, sender);
            return;
        }

        if (!link.Connections.TryGetValue(header.Connection, out var connection))
        {
            return; // The connection was closed here while the message was on its way.
        }

        if (header.Kind == MessageKind.Closed)
        {
            link.Connections.Remove(header.Connection);
            connections.Close(connection, "the handler's connection to the bridge ended");
            return;
        }

        if (connections.Find(connection) is { } target) // Else the Broker has just closed the connection.
        {
            ReceiveFromHandler(peer, link, target, connection, header, body, sender);
        }
    }

    private void ReceiveFromHandler(
        Peer peer,
        BridgeLink link,
        ConnectionTarget target,
        long connection,
        FrameHeader header,
        ReadOnlyMemory<byte> body,
        IPeerSender sender
    )
    {
        switch (target.Seal.Judge(header.Kind, _scratch, ref body, out var seal, out var fault))
        {
            case SealVerdict.Unknown:
                sender.SendTo(peer, SealedReply.OfUnknown(header.Kind, header.Connection));
                return;
            case SealVerdict.Refused:
                var refusal = new Close(ErrorCodes.Unavailable, refusals.Refuse(target, fault));
                End(peer, link, header.Connection, refusal, sender);
                return;
        }

        if (
            HandlerInputs.Read(
                connection,
                header.Kind,
                body.Span,
                seal,
                speaksForItself: false,
                copies,
                out var problem
            ) is
            { } input
        )
        {
            edge.Put(input);
            return;
        }

        // The message is the handler's fault and not its Bridge's, so the handler's connection is closed.
        strikes.Log(problem, 1);
        End(peer, link, header.Connection, new Close(ErrorCodes.Invalid, problem), sender);
    }

    private void End(Peer peer, BridgeLink link, ulong bridgeConnection, Close close, IPeerSender sender)
    {
        sender.SendTo(peer, Outgoing.Of(close, bridgeConnection));
        if (link.Connections.Remove(bridgeConnection, out var connection))
        {
            connections.Close(connection, close.Reason);
        }
    }

    private void OpenConnection(
        Peer peer,
        BridgeLink link,
        ulong bridgeConnection,
        ReadOnlyMemory<byte> body,
        IPeerSender sender
    )
    {
        if (
            bridgeConnection == 0
            || !ProtocolJson.TryRead<Open>(body.Span, out var open, out _)
            || !IsSane(open.CertificateNames)
        )
        {
            strikes.Add(peer, "Open makes no sense", sender);
            return;
        }

        if (link.Connections.Remove(bridgeConnection, out var old))
        {
            connections.Close(old, "it was opened anew");
        }

        if (link.Connections.Count >= connectionsMax)
        {
            TurnAway(peer, link, bridgeConnection, sender);
            return;
        }

        var connection = connections.Open(peer, bridgeConnection);
        link.Connections[bridgeConnection] = connection;
        edge.Put(
            new BrokerInput.Opened(
                connection,
                link.Name,
                open.RemoteAddress,
                HandlerInputs.ClaimOf(open.ApiKey),
                open.UserAgent,
                open.CertificateNames
            )
            {
                Transport = open.Transport,
                Via = open.Via,
            }
        );
    }

    private static bool IsSane(IReadOnlyList<string>? certificateNames) =>
        certificateNames is null
        || (certificateNames.Count <= Limits.CertificateNamesMax && certificateNames.All(HandlerPath.IsValid));

    // A Bridge bounds its own connections below this, so a link that comes here is not that of a Bridge as it should
    // be.
    private void TurnAway(Peer peer, BridgeLink link, ulong bridgeConnection, IPeerSender sender)
    {
        var reason = $"Its Bridge carries {connectionsMax} connections already.";
        sender.SendTo(peer, Outgoing.Of(new Close(ErrorCodes.Unavailable, reason), bridgeConnection));
        if (!link.WasFull)
        {
            link.WasFull = true;
            links.CountUnusual(LinkRegister.Full);
            notes.Full(link, connectionsMax);
            logger.BridgeFull(link.Name, link.Hello.KeyId, connectionsMax);
        }
    }
}
