using ScheduleZero.Broker.Host.Access;
using ScheduleZero.Contracts;
using ScheduleZero.Contracts.Handlers;
using ScheduleZero.Contracts.Rest;
using ScheduleZero.Edges;

namespace ScheduleZero.Broker.Host.Transport;

/// <summary>
/// The Broker's side of the handshake by which a Bridge and the Broker prove to each other that they know the Bridge's
/// key, without sending it.
/// </summary>
internal sealed class BridgeAuthentication(
    KeyRing keys,
    LinkRegister links,
    LinkNotes notes,
    StrangerLines lines,
    string epoch,
    ILogger logger
)
{
    /// <summary>The answer to a step of the handshake; null for a message that makes no sense here.</summary>
    public Outgoing? Answer(Peer peer, MessageKind kind, byte[] body)
    {
        if (!ProtocolJson.TryRead(kind, body, out var message, out _))
        {
            return null;
        }

        return message switch
        {
            BridgeHello hello when IsSane(hello) => Challenge(peer, hello),
            BridgeProof proof when peer.Link is { IsWelcome: false } link => Welcome(peer, link, proof),
            _ => null,
        };
    }

    private static bool IsSane(BridgeHello hello) =>
        Names.IsName(hello.Bridge)
        && BridgeHello.IsVersion(hello.Version)
        && hello.Nonce is { Length: >= 22 and <= 128 }
        && hello.KeyId is { Length: <= 64 }
        && hello.Trouble is null or { Attempts: >= 0, Reason.Length: <= LinkTrouble.ReasonLengthMax };

    private Outgoing Challenge(Peer peer, BridgeHello hello)
    {
        if (hello.Protocol != ProtocolJson.Version)
        {
            return Refuse(peer, hello, ErrorCodes.UnsupportedProtocol, $"protocol {hello.Protocol} is not spoken here");
        }

        if (keys.Find(hello.KeyId) is not { Kind: KeyKind.Bridge } key)
        {
            return Refuse(
                peer,
                hello,
                ErrorCodes.Unauthenticated,
                "its key is unknown, revoked, expired, or not a bridge's"
            );
        }

        // A Bridge repeats its Hello until it is answered. The same Hello gets the same challenge, so that whichever
        // proof comes first is right.
        var link =
            peer.Link is { } begun && begun.Hello == hello ? begun : new BridgeLink(hello, BridgeProofs.NewNonce());
        peer.Link = link;
        var proof = BridgeProofs.OfBroker(key.SecretHash, hello.Nonce, link.BrokerNonce);
        return Outgoing.Of(new BridgeChallenge(link.BrokerNonce, proof));
    }

    private Outgoing Welcome(Peer peer, BridgeLink link, BridgeProof proof)
    {
        if (
            keys.Find(link.Hello.KeyId) is not { } key
            || !BridgeProofs.AreEqual(
                BridgeProofs.OfBridge(key.SecretHash, link.Hello.Nonce, link.BrokerNonce),
                proof.Proof
            )
        )
        {
            peer.Link = null;
            return Refuse(peer, link.Hello, ErrorCodes.Unauthenticated, "it does not know the key that it named");
        }

        // The limit is checked only after the proof, so that a stranger does not learn how many links the key has.
        if (!links.HasRoomFor(key.Id))
        {
            peer.Link = null;
            links.CountUnusual(LinkRegister.TooManyOfKey);
            return Refuse(peer, link.Hello, ErrorCodes.Unavailable, $"its key has {links.PerKeyMax} links already");
        }

        Admit(peer, link);
        return Outgoing.Of(new BridgeWelcome(epoch, ChecksCertificates: true));
    }

    // Whoever holds the key may link under any name, also one that is linked already. Two Bridges then look like one,
    // or a thief looks like the Bridge, so that is logged and counted.
    private void Admit(Peer peer, BridgeLink link)
    {
        var others = links.CountNamed(link.Name);
        link.IsWelcome = true;
        links.Add(peer, link);
        logger.BridgeLinked(link.Name, link.Hello.KeyId);
        notes.Opened(link, others);
        if (others > 0)
        {
            links.CountUnusual(LinkRegister.SecondOfName);
            logger.BridgeLinkedAgain(link.Name, link.Hello.KeyId, others);
        }
    }

    private Outgoing Refuse(Peer peer, BridgeHello hello, string code, string reason)
    {
        if (lines.MayWrite("refused Bridges", null))
        {
            logger.BridgeRefused(hello.Bridge, reason);
        }

        links.Refuse(peer, reason);
        notes.Refused(hello, code);
        return Outgoing.Of(new Refused(code, $"The bridge is refused: {reason}."));
    }
}
