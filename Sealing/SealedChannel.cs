using ScheduleZero.Contracts.Handlers;

namespace ScheduleZero.Sealing;

/// <summary>The two directions of one sealed session, as one of its sides has them.</summary>
internal sealed class SealedChannel(string transcript, SealedDirection outward, SealedDirection inward) : IDisposable
{
    /// <summary>
    /// The hash over all that both sides said in the handshake, in base64url, by which the session is known.
    /// </summary>
    public string Transcript => transcript;

    /// <summary>Opens what the other side sends.</summary>
    public SealedDirection Inward => inward;

    /// <summary>
    /// Seals the next body that this side sends; null when the key has sealed as much as it may, or the session has
    /// ended.
    /// </summary>
    public byte[]? Seal(MessageKind kind, ReadOnlySpan<byte> plain) =>
        outward.TrySeal(kind, plain, out var body) ? body : null;

    public void Dispose()
    {
        outward.Dispose();
        inward.Dispose();
    }
}
