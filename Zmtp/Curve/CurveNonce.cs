using System.Buffers.Binary;

namespace ScheduleZero.Zmtp.Curve;

/// <summary>
/// The nonces of the handshake (RFC 26): a prefix that names the step, and a counter or random bytes.
/// </summary>
internal static class CurveNonce
{
    /// <summary>The bytes of a nonce that are random, where one is.</summary>
    public const int RandomBytes = 16;

    /// <param name="prefix">16 bytes.</param>
    /// <param name="nonce">24 bytes.</param>
    public static void Counted(ReadOnlySpan<byte> prefix, ulong counter, Span<byte> nonce)
    {
        prefix.CopyTo(nonce);
        BinaryPrimitives.WriteUInt64BigEndian(nonce[16..], counter);
    }

    /// <param name="prefix">8 bytes.</param>
    /// <param name="random">16 bytes.</param>
    /// <param name="nonce">24 bytes.</param>
    public static void Random(ReadOnlySpan<byte> prefix, ReadOnlySpan<byte> random, Span<byte> nonce)
    {
        prefix.CopyTo(nonce);
        random.CopyTo(nonce[8..]);
    }
}
