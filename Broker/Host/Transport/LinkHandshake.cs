using ScheduleZero.Broker.Host.Access;
using ScheduleZero.Contracts;
using ScheduleZero.Contracts.Handlers;
using ScheduleZero.Contracts.Rest;

namespace ScheduleZero.Broker.Host.Transport;

/// <summary>How a Bridge and the Broker prove to each other that they know the bridge's key, without saying it.</summary>
internal sealed class LinkHandshake(KeyRing keys, string epoch, TimeProvider time, ILogger logger)
{
    public LinkNotes Notes { get; } = new(time);

    /// <summary>What to answer; null for a message that makes no sense here.</summary>
    public Outgoing? Answer(Peer peer, MessageKind kind, byte[] body)
    {
        if (kind == MessageKind.BridgeHello)
        {
            return ProtocolJson.TryRead<BridgeHello>(body, out var hello, out _) && IsSane(hello) ? Challenge(peer, hello) : null;
        }

        return peer.Link is { IsWelcome: false } link && ProtocolJson.TryRead<BridgeProof>(body, out var proof, out _)
            ? Welcome(peer, link, proof)
            : null;
    }

    private static bool IsSane(BridgeHello hello) =>
        Names.IsName(hello.Bridge) && hello.Nonce is { Length: >= 22 and <= 128 } && hello.KeyId is { Length: <= 64 };

    private Outgoing Challenge(Peer peer, BridgeHello hello)
    {
        if (hello.Protocol != ProtocolJson.Version)
        {
            return Refuse(hello, ErrorCodes.UnsupportedProtocol, $"protocol {hello.Protocol} is not spoken here");
        }

        if (keys.Find(hello.KeyId) is not { Kind: KeyKind.Bridge } key)
        {
            return Refuse(hello, ErrorCodes.Unauthenticated, "its key is unknown, revoked, expired, or not a bridge's");
        }

        // A Hello is said again until it is answered. The same challenge for the same Hello: whichever of the proofs comes first is then right.
        var link = peer.Link is { } begun && begun.Hello == hello ? begun : new BridgeLink(hello, BridgeProofs.NewNonce());
        peer.Link = link;
        var proof = BridgeProofs.OfBroker(key.SecretHash, hello.Nonce, link.BrokerNonce);
        return new Outgoing(MessageKind.BridgeChallenge, 0, ProtocolJson.Write(new BridgeChallenge(link.BrokerNonce, proof)));
    }

    private Outgoing Welcome(Peer peer, BridgeLink link, BridgeProof proof)
    {
        if (keys.Find(link.Hello.KeyId) is not { } key
            || !BridgeProofs.AreEqual(BridgeProofs.OfBridge(key.SecretHash, link.Hello.Nonce, link.BrokerNonce), proof.Proof))
        {
            peer.Link = null;
            return Refuse(link.Hello, ErrorCodes.Unauthenticated, "it does not know the key that it named");
        }

        link.IsWelcome = true;
        return new Outgoing(MessageKind.BridgeWelcome, 0, ProtocolJson.Write(new BridgeWelcome(epoch)));
    }

    private Outgoing Refuse(BridgeHello hello, string code, string reason)
    {
        logger.BridgeRefused(hello.Bridge, reason);
        Notes.Refused(hello, code);
        return new Outgoing(MessageKind.Refused, 0, ProtocolJson.Write(new Refused(code, $"The bridge is refused: {reason}.")));
    }
}
