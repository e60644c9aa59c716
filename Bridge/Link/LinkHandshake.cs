using ScheduleZero.Contracts;
using ScheduleZero.Contracts.Handlers;

namespace ScheduleZero.Bridge.Link;

/// <summary>The proofs of one handshake of a link. A nonce serves one handshake only.</summary>
/// <param name="trouble">What had kept the Bridge from linking until now; null for nothing.</param>
internal sealed class LinkHandshake(ApiKey key, string bridge, LinkTrouble? trouble)
{
    private static readonly string Version = typeof(LinkHandshake).Assembly.GetName().Version?.ToString(3) ?? "0";

    private readonly byte[] _secretHash = key.SecretHash();
    private readonly string _nonce = BridgeProofs.NewNonce();

    public BridgeHello Hello() => new(bridge, Version, ProtocolJson.Version, key.Id, _nonce, trouble);

    /// <summary>Answers a challenge; null when the peer did not prove that it knows this bridge's key.</summary>
    public BridgeProof? Answer(BridgeChallenge challenge) =>
        BridgeProofs.AreEqual(BridgeProofs.OfBroker(_secretHash, _nonce, challenge.Nonce), challenge.Proof)
            ? new BridgeProof(BridgeProofs.OfBridge(_secretHash, _nonce, challenge.Nonce))
            : null;
}
