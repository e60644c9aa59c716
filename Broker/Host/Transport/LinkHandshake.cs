using ScheduleZero.Broker.Host.Access;
using ScheduleZero.Contracts;
using ScheduleZero.Contracts.Handlers;
using ScheduleZero.Contracts.Rest;
using ScheduleZero.Edges;

namespace ScheduleZero.Broker.Host.Transport;

/// <summary>
/// How a Bridge and the Broker prove to each other that they know the bridge's key, without saying it.
/// </summary>
internal sealed class LinkHandshake(KeyRing keys, int linksPerKeyMax, string epoch, TimeProvider time, ILogger logger)
    : IDisposable
{
    public LinkRegister Links { get; } = new(linksPerKeyMax);

    public LinkNotes Notes { get; } = new(time);

    /// <summary>The lines of the log that anybody at the ROUTER can cause.</summary>
    public StrangerLines Lines { get; } = new(time, logger);

    /// <summary>What to answer; null for a message that makes no sense here.</summary>
    public Outgoing? Answer(Peer peer, MessageKind kind, byte[] body)
    {
        if (kind == MessageKind.BridgeHello)
        {
            return ProtocolJson.TryRead<BridgeHello>(body, out var hello, out _) && IsSane(hello)
                ? Challenge(peer, hello)
                : null;
        }

        return peer.Link is { IsWelcome: false } link && ProtocolJson.TryRead<BridgeProof>(body, out var proof, out _)
            ? Welcome(peer, link, proof)
            : null;
    }

    /// <summary>Says, once for each link, that it carries as many connections as it may.</summary>
    public void TellFull(BridgeLink link, int connectionsMax)
    {
        if (!link.WasFull)
        {
            link.WasFull = true;
            Links.CountUnusual(LinkRegister.Full);
            Notes.Full(link, connectionsMax);
            logger.BridgeFull(link.Name, link.Hello.KeyId, connectionsMax);
        }
    }

    public void Dispose()
    {
        Lines.Dispose();
        Links.Dispose();
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

        // A Hello is said again until it is answered. The same challenge for the same Hello: whichever of the proofs
        // comes first is then right.
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
            return Refuse(link.Hello, ErrorCodes.Unauthenticated, "it does not know the key that it named");
        }

        // Only now: who does not know the key does not learn how often it is linked.
        if (!Links.HasRoomFor(key.Id))
        {
            peer.Link = null;
            Links.CountUnusual(LinkRegister.TooManyOfKey);
            return Refuse(link.Hello, ErrorCodes.Unavailable, $"its key has {Links.PerKeyMax} links already");
        }

        Admit(link);
        return Outgoing.Of(new BridgeWelcome(epoch));
    }

    // Whoever holds the key may link under any name, also one that is linked: two Bridges then look like one, or a
    // thief looks like the Bridge.
    private void Admit(BridgeLink link)
    {
        var others = Links.CountNamed(link.Name);
        link.IsWelcome = true;
        Links.Add(link);
        logger.BridgeLinked(link.Name, link.Hello.KeyId);
        Notes.Opened(link, others);
        if (others > 0)
        {
            Links.CountUnusual(LinkRegister.SecondOfName);
            logger.BridgeLinkedAgain(link.Name, link.Hello.KeyId, others);
        }
    }

    private Outgoing Refuse(BridgeHello hello, string code, string reason)
    {
        if (Lines.TryTake("refused Bridges", null))
        {
            logger.BridgeRefused(hello.Bridge, reason);
        }

        Notes.Refused(hello, code);
        return Outgoing.Of(new Refused(code, $"The bridge is refused: {reason}."));
    }
}
