using System.Diagnostics.CodeAnalysis;
using System.Security.Cryptography;
using System.Text;
using ScheduleZero.Contracts.Handlers;

namespace ScheduleZero.Sealing;

/// <summary>
/// One direction of a sealed session: AES-256-GCM under a key of its own. Bodies are numbered from 0 without a gap; the
/// number is in the nonce, so none is used twice. Safe from any thread, though only one should seal, since the order of
/// the numbers must be that of the sending.
/// </summary>
internal sealed class SealedDirection : IDisposable
{
    private const int NonceLength = 12;

    /// <summary>The names of the kinds of messages, which are sealed in as what the carrier says.</summary>
    private static readonly byte[][] KindNames =
    [
        .. Enum.GetValues<MessageKind>().Prepend(default).Select(kind => Encoding.ASCII.GetBytes(kind.ToString())),
    ];

    private static readonly int KindLengthMax = KindNames.Max(name => name.Length);

    private readonly Lock _gate = new();
    private readonly AesGcm _cipher;
    private readonly byte[] _nonceBase;
    private readonly byte[] _session;
    private readonly SealBounds _bounds;

    /// <summary>The number of the next body. Guarded by the gate, as the two below.</summary>
    private ulong _next;
    private long _bytes;
    private bool _isDisposed;

    /// <param name="session">The eight bytes that name the session in each body.</param>
    public SealedDirection(ReadOnlySpan<byte> key, byte[] nonceBase, byte[] session, SealBounds bounds)
    {
        _cipher = new AesGcm(key, SealedBody.TagLength);
        (_nonceBase, _session, _bounds) = (nonceBase, session, bounds);
    }

    /// <summary>Seals the next body.</summary>
    /// <returns>False when the key has sealed as much as it may, or the session has ended.</returns>
    public bool TrySeal(MessageKind kind, ReadOnlySpan<byte> plain, [NotNullWhen(true)] out byte[]? body)
    {
        body = null;
        lock (_gate)
        {
            if (_isDisposed || !Spend(plain.Length))
            {
                return false;
            }

            body = GC.AllocateUninitializedArray<byte>(SealedBody.LengthOf(plain.Length));
            var bytes = body.AsSpan(1, SealedBody.HeaderLength + plain.Length + SealedBody.TagLength);
            var header = bytes[..SealedBody.HeaderLength];
            SealedBody.WriteHeader(header, _session, _next);
            Span<byte> nonce = stackalloc byte[NonceLength];
            Span<byte> associated = stackalloc byte[SealedBody.HeaderLength + KindLengthMax];
            _cipher.Encrypt(
                NonceOf(_next++, nonce),
                plain,
                bytes.Slice(SealedBody.HeaderLength, plain.Length),
                bytes[^SealedBody.TagLength..],
                Associate(kind, header, associated)
            );
            SealedBody.Encode(body, bytes.Length);
            return true;
        }
    }

    /// <summary>Whether the body names this session, be it whole or not.</summary>
    public bool IsOfSession(ReadOnlySpan<byte> body)
    {
        Span<byte> header = stackalloc byte[SealedBody.HeaderLength];
        return SealedBody.TryReadHeader(body, header) && SealedBody.SessionOf(header).SequenceEqual(_session);
    }

    /// <summary>Opens a body, which must be the next one. A body that is refused changes nothing.</summary>
    /// <param name="kind">The kind that the carrier says the message is of.</param>
    /// <param name="plain">What was sealed, in the scratch; empty for a body that is refused.</param>
    public SealFault Open(
        MessageKind kind,
        ReadOnlySpan<byte> body,
        SealScratch scratch,
        out ReadOnlyMemory<byte> plain
    )
    {
        plain = default;
        if (!SealedBody.IsSealed(body))
        {
            return SealFault.Unsealed;
        }

        var length = SealedBody.BytesIn(body);
        if (length == 0)
        {
            return SealFault.Malformed;
        }

        var room = scratch.Take(length);
        if (!SealedBody.TryDecode(body, room.Span))
        {
            return SealFault.Malformed;
        }

        lock (_gate)
        {
            var fault = _isDisposed ? SealFault.Foreign : Decrypt(kind, room.Span);
            if (fault == SealFault.None)
            {
                plain = room[SealedBody.HeaderLength..^SealedBody.TagLength];
            }

            return fault;
        }
    }

    public void Dispose()
    {
        lock (_gate)
        {
            _isDisposed = true;
            _cipher.Dispose();
            CryptographicOperations.ZeroMemory(_nonceBase);
        }
    }

    private SealFault Decrypt(MessageKind kind, Span<byte> bytes)
    {
        var header = bytes[..SealedBody.HeaderLength];
        if (!SealedBody.SessionOf(header).SequenceEqual(_session))
        {
            return SealFault.Foreign;
        }

        var number = SealedBody.NumberOf(header);
        if (number != _next)
        {
            return number < _next ? SealFault.Replayed : SealFault.Lost;
        }

        var sealedBytes = bytes[SealedBody.HeaderLength..^SealedBody.TagLength];
        Span<byte> nonce = stackalloc byte[NonceLength];
        Span<byte> associated = stackalloc byte[SealedBody.HeaderLength + KindLengthMax];
        try
        {
            _cipher.Decrypt(
                NonceOf(number, nonce),
                sealedBytes,
                bytes[^SealedBody.TagLength..],
                sealedBytes,
                Associate(kind, header, associated)
            );
        }
        catch (CryptographicException)
        {
            return SealFault.Forged;
        }

        if (!Spend(sealedBytes.Length))
        {
            return SealFault.UsedUp;
        }

        _next++;
        return SealFault.None;
    }

    // The bounds hold on both sides, so that neither depends on the other's.
    private bool Spend(int bytes)
    {
        if (_next >= _bounds.BodiesMax || _bytes + bytes > _bounds.BytesMax)
        {
            return false;
        }

        _bytes += bytes;
        return true;
    }

    // A nonce is made as in TLS 1.3 (RFC 8446, section 5.3): the base, XORed with the number in its last 8 bytes.
    private ReadOnlySpan<byte> NonceOf(ulong number, Span<byte> nonce)
    {
        _nonceBase.CopyTo(nonce);
        for (var i = 0; i < sizeof(ulong); i++)
        {
            nonce[^(i + 1)] ^= (byte)(number >> (8 * i));
        }

        return nonce;
    }

    private static ReadOnlySpan<byte> Associate(MessageKind kind, ReadOnlySpan<byte> header, Span<byte> associated)
    {
        var name = KindNames[(int)kind];
        header.CopyTo(associated);
        name.CopyTo(associated[header.Length..]);
        return associated[..(header.Length + name.Length)];
    }
}
