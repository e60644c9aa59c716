using System.Buffers.Binary;
using System.Security.Cryptography;
using ScheduleZero.Zmtp.Wire;

namespace ScheduleZero.Zmtp.Curve;

/// <summary>
/// The cipher of one connection after its handshake (RFC 26, MESSAGE commands). Each direction has a counter that only
/// grows, so a message that is repeated, or comes out of order, does not open. One thread at a time may seal, and one
/// may open; both may run at once.
/// </summary>
internal sealed class CurveCipher : IDisposable
{
    /// <summary>Bytes before a box: the name MESSAGE with its length, and the counter.</summary>
    public const int HeaderBytes = 16;

    /// <summary>Bytes by which a sealed frame is longer than its payload: header, code and flags.</summary>
    public const int OverheadBytes = HeaderBytes + Sodium.MacBytes + 1;

    private const byte MoreFlag = 1;
    private const byte CommandFlag = 2;

    private readonly byte[] _sharedKey;
    private readonly byte[] _sealNonce;
    private readonly byte[] _openNonce;
    private ulong _sealed;
    private ulong _opened;

    /// <param name="sharedKey">32 bytes, of both sides' short-term keys. The cipher owns the array from now on.</param>
    /// <param name="isServer">Whether this side is the server of the handshake.</param>
    /// <param name="sealed">The counter of the last box that this side has sealed.</param>
    /// <param name="opened">The counter of the last box that this side has opened.</param>
    public CurveCipher(byte[] sharedKey, bool isServer, ulong @sealed, ulong opened)
    {
        _sharedKey = sharedKey;
        _sealNonce = NoncePrefix(isServer ? "CurveZMQMESSAGES"u8 : "CurveZMQMESSAGEC"u8);
        _openNonce = NoncePrefix(isServer ? "CurveZMQMESSAGEC"u8 : "CurveZMQMESSAGES"u8);
        _sealed = @sealed;
        _opened = opened;
    }

    private static ReadOnlySpan<byte> Name => "\aMESSAGE"u8;

    /// <summary>Seals one frame.</summary>
    /// <param name="destination">Exactly <see cref="OverheadBytes"/> longer than the payload.</param>
    public void Seal(ReadOnlySpan<byte> payload, FrameFlags flags, Span<byte> destination)
    {
        Name.CopyTo(destination);
        BinaryPrimitives.WriteUInt64BigEndian(destination[8..], ++_sealed);
        destination.Slice(8, 8).CopyTo(_sealNonce.AsSpan(16));
        var box = destination[HeaderBytes..];
        var message = box[Sodium.MacBytes..];
        message[0] = (byte)(
            (flags.HasFlag(FrameFlags.More) ? MoreFlag : 0) | (flags.HasFlag(FrameFlags.Command) ? CommandFlag : 0)
        );
        payload.CopyTo(message[1..]);
        Sodium.Seal(message, _sealNonce, _sharedKey, box);
    }

    /// <summary>Opens one frame.</summary>
    /// <param name="sealedFrame">What came on the wire.</param>
    /// <param name="payload">An array of its own.</param>
    /// <returns>False when the frame is not a sealed one, was altered, or repeats one that was opened.</returns>
    public bool TryOpen(ReadOnlySpan<byte> sealedFrame, out FrameFlags flags, out ReadOnlyMemory<byte> payload)
    {
        flags = default;
        payload = default;
        if (sealedFrame.Length < OverheadBytes || !sealedFrame.StartsWith(Name))
        {
            return false;
        }

        var counter = BinaryPrimitives.ReadUInt64BigEndian(sealedFrame[8..]);
        if (counter <= _opened)
        {
            return false;
        }

        sealedFrame.Slice(8, 8).CopyTo(_openNonce.AsSpan(16));
        var message = new byte[sealedFrame.Length - HeaderBytes - Sodium.MacBytes];
        if (!Sodium.TryOpen(sealedFrame[HeaderBytes..], _openNonce, _sharedKey, message))
        {
            return false;
        }

        _opened = counter;
        flags =
            ((message[0] & MoreFlag) != 0 ? FrameFlags.More : 0)
            | ((message[0] & CommandFlag) != 0 ? FrameFlags.Command : 0);
        payload = message.AsMemory(1);
        return true;
    }

    public void Dispose() => CryptographicOperations.ZeroMemory(_sharedKey);

    private static byte[] NoncePrefix(ReadOnlySpan<byte> prefix)
    {
        var nonce = new byte[Sodium.NonceBytes];
        prefix.CopyTo(nonce);
        return nonce;
    }
}
