using ScheduleZero.Broker.Core;
using ScheduleZero.Broker.Host.Audit;
using ScheduleZero.Contracts.Handlers;
using ScheduleZero.Sealing;

namespace ScheduleZero.Broker.Host.Transport;

/// <summary>
/// Makes the Broker's half of the handshakes of sealed sessions, signed with the key that signs the audit log, over
/// texts that begin otherwise.
/// </summary>
internal sealed class SealHandshakes(IAuditSigner signer)
{
    /// <summary>Makes the answer to a Challenge.</summary>
    /// <param name="made">The session that the handshake made; null when the session is not to be sealed.</param>
    /// <returns>The signed nonce; null when the handler's key is no key.</returns>
    public Nonce? Answer(Effect.SendNonce asked, out SealedChannel? made)
    {
        made = null;
        if (!asked.IsSealed)
        {
            return KeyProofs.TryReadPublicKey(asked.Offer.Key, out _) ? Sign(asked, null) : null;
        }

        using var handshake = SealHandshake.Begin();
        var text = SealProofs.TextOfAnswer(asked.KeyId, asked.Nonce, asked.Offer, handshake.PublicKey);
        return handshake.TryFinish(asked.Offer.Key, text, isBroker: true, SealBounds.Default, out made)
            ? Sign(asked, handshake.PublicKey)
            : null;
    }

    private Nonce Sign(Effect.SendNonce asked, string? key)
    {
        var text = SealProofs.TextOfAnswer(asked.KeyId, asked.Nonce, asked.Offer, key);
        return asked.Nonce with { Seal = new SealAnswer(SealProofs.Sign(text, bytes => signer.Sign(bytes)), key) };
    }
}
