using System.Buffers.Text;
using System.Text;
using ScheduleZero.Contracts.Audit;

namespace ScheduleZero.Contracts.Handlers;

/// <summary>
/// The texts by which a Broker proves who it is to an enrolled handler: with the token at the enrolment, and from then
/// on with its signing key, which the handler knows since then.
/// </summary>
public static class SealProofs
{
    /// <summary>The place of the Broker's key in <see cref="TextOfAnswer"/> when the session is not sealed.</summary>
    private const string Off = "off";

    /// <summary>The text by which <see cref="Enrolled.BrokerKeyProof"/> binds the Broker's key to the token.</summary>
    public static string TextOfBrokerKey(string tokenId, string publicKey, Enrolled enrolled, AuditKey brokerKey)
    {
        ArgumentNullException.ThrowIfNull(enrolled);
        ArgumentNullException.ThrowIfNull(brokerKey);
        return $"SZ1|broker-key|{tokenId}|{publicKey}|{enrolled.KeyId}|{enrolled.BrokerId}|{brokerKey.Kid}|"
            + $"{brokerKey.X}|{brokerKey.Y}";
    }

    /// <summary>
    /// The text that a Broker signs in answer to a <see cref="SealOffer"/>. It is the transcript of the handshake: the
    /// keys of the session come from it, and the handler signs its hash with the Hello.
    /// </summary>
    /// <param name="keyId">The key of the handler, which asked for the nonce.</param>
    /// <param name="offer">What the handler offered.</param>
    /// <param name="brokersKey">The Broker's key for the session; null when the session is not to be sealed.</param>
    public static string TextOfAnswer(string keyId, Nonce nonce, SealOffer offer, string? brokersKey)
    {
        ArgumentNullException.ThrowIfNull(nonce);
        ArgumentNullException.ThrowIfNull(offer);
        return $"SZ1|seal|{nonce.BrokerId}|{keyId}|{nonce.Value}|{offer.Key}|{brokersKey ?? Off}";
    }

    /// <summary>Signs with the Broker's key.</summary>
    /// <param name="sign">Returns the signature of a text.</param>
    public static string Sign(string text, Func<byte[], byte[]> sign)
    {
        ArgumentNullException.ThrowIfNull(sign);
        return Base64Url.EncodeToString(sign(Encoding.UTF8.GetBytes(text)));
    }

    /// <summary>Whether the Broker has signed the text.</summary>
    /// <param name="key">A key that <see cref="CheckpointKeys.IsKey"/> accepts.</param>
    public static bool IsSignedBy(AuditKey key, string text, string? signature) =>
        signature is not null && CheckpointKeys.HasSigned(key, Encoding.UTF8.GetBytes(text), signature);
}
