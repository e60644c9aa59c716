using System.Buffers.Binary;
using System.Diagnostics.CodeAnalysis;
using System.Security.Cryptography;

namespace ScheduleZero.Zmtp.Curve;

/// <summary>
/// The server's side of one CURVE handshake (RFC 26): HELLO, WELCOME, INITIATE, READY. The short-term keys live as long
/// as the connection, so a long-term key that is stolen later opens nothing that was recorded.
/// </summary>
/// <remarks>
/// RFC 26 lets a server put its state into an encrypted cookie. A server of this class has a connection that holds the
/// state anyway, so its cookie is random bytes that the client must give back.
/// </remarks>
internal sealed class CurveServerHandshake(CurveKeyPair key) : IDisposable
{
    private const int HelloBytes = 200;
    private const int CookieBytes = 96;
    private const int VouchBytes = CurveNonce.RandomBytes + VouchedBytes + Sodium.MacBytes;
    private const int VouchedBytes = 2 * Sodium.KeyBytes;

    /// <summary>Where the box of INITIATE begins: after its name, the cookie and the counter.</summary>
    private const int InitiateBoxAt = 9 + CookieBytes + 8;

    private readonly byte[] _shortPublic = new byte[Sodium.KeyBytes];
    private readonly byte[] _shortSecret = new byte[Sodium.KeyBytes];
    private readonly byte[] _clientShortPublic = new byte[Sodium.KeyBytes];
    private readonly byte[] _sharedKey = new byte[Sodium.KeyBytes];
    private readonly byte[] _cookie = RandomNumberGenerator.GetBytes(CookieBytes);
    private ulong _clientCounter;

    /// <summary>Answers the client's first step.</summary>
    /// <returns>WELCOME; null when the client does not know this server's public key, or the bytes are no HELLO.
    /// </returns>
    public byte[]? Welcome(ReadOnlySpan<byte> hello)
    {
        // The name (6), version 1.0 (2), padding (72), the client's short-term key (32), a counter (8), a box (80).
        if (hello.Length != HelloBytes || !hello.StartsWith("\u0005HELLO\u0001\0"u8))
        {
            return null;
        }

        hello.Slice(80, Sodium.KeyBytes).CopyTo(_clientShortPublic);
        Span<byte> helloKey = stackalloc byte[Sodium.KeyBytes];
        if (!Sodium.TryShare(_clientShortPublic, key.Secret, helloKey))
        {
            return null;
        }

        Span<byte> nonce = stackalloc byte[Sodium.NonceBytes];
        CurveNonce.Counted("CurveZMQHELLO---"u8, BinaryPrimitives.ReadUInt64BigEndian(hello[112..]), nonce);
        Span<byte> zeros = stackalloc byte[64];
        if (!Sodium.TryOpen(hello[120..], nonce, helloKey, zeros))
        {
            return null;
        }

        Sodium.NewKeyPair(_shortPublic, _shortSecret);
        return Sodium.TryShare(_clientShortPublic, _shortSecret, _sharedKey) ? WelcomeOf(helloKey) : null;
    }

    /// <summary>Takes the client's second step, in which the client proves its long-term key.</summary>
    /// <param name="client">The client's long-term key. Whether it may come in is the caller's decision.</param>
    /// <param name="metadata">The client's metadata, encoded.</param>
    /// <returns>False when the bytes are no INITIATE of this handshake, or the proof is wrong.</returns>
    public bool TryTakeInitiate(
        ReadOnlySpan<byte> initiate,
        [NotNullWhen(true)] out CurvePublicKey? client,
        out byte[] metadata
    )
    {
        client = null;
        metadata = [];
        const int shortest = InitiateBoxAt + Sodium.MacBytes + Sodium.KeyBytes + VouchBytes;
        if (
            initiate.Length < shortest
            || !initiate.StartsWith("\bINITIATE"u8)
            || !CryptographicOperations.FixedTimeEquals(initiate.Slice(9, CookieBytes), _cookie)
        )
        {
            return false;
        }

        _clientCounter = BinaryPrimitives.ReadUInt64BigEndian(initiate[(9 + CookieBytes)..]);
        Span<byte> nonce = stackalloc byte[Sodium.NonceBytes];
        CurveNonce.Counted("CurveZMQINITIATE"u8, _clientCounter, nonce);
        var box = initiate[InitiateBoxAt..];
        var opened = new byte[box.Length - Sodium.MacBytes];
        if (!Sodium.TryOpen(box, nonce, _sharedKey, opened))
        {
            return false;
        }

        var claimed = opened.AsSpan(0, Sodium.KeyBytes);
        if (!IsVouched(claimed, opened.AsSpan(Sodium.KeyBytes, VouchBytes)))
        {
            return false;
        }

        client = new CurvePublicKey(claimed);
        metadata = opened[(Sodium.KeyBytes + VouchBytes)..];
        return true;
    }

    /// <summary>Makes the server's last step, which admits the client.</summary>
    /// <param name="metadata">The server's metadata, encoded.</param>
    public byte[] Ready(ReadOnlySpan<byte> metadata)
    {
        var ready = new byte[14 + metadata.Length + Sodium.MacBytes];
        "\u0005READY"u8.CopyTo(ready);
        Span<byte> nonce = stackalloc byte[Sodium.NonceBytes];
        CurveNonce.Counted("CurveZMQREADY---"u8, 1, nonce);
        nonce[16..].CopyTo(ready.AsSpan(6));
        Sodium.Seal(metadata, nonce, _sharedKey, ready.AsSpan(14));
        return ready;
    }

    /// <summary>The cipher of the messages that follow READY. To be called once.</summary>
    public CurveCipher Cipher() => new([.. _sharedKey], isServer: true, @sealed: 1, opened: _clientCounter);

    public void Dispose()
    {
        CryptographicOperations.ZeroMemory(_shortSecret);
        CryptographicOperations.ZeroMemory(_sharedKey);
    }

    private byte[] WelcomeOf(ReadOnlySpan<byte> helloKey)
    {
        var welcome = new byte[8 + CurveNonce.RandomBytes + Sodium.KeyBytes + CookieBytes + Sodium.MacBytes];
        "\aWELCOME"u8.CopyTo(welcome);
        RandomNumberGenerator.Fill(welcome.AsSpan(8, CurveNonce.RandomBytes));
        Span<byte> nonce = stackalloc byte[Sodium.NonceBytes];
        CurveNonce.Random("WELCOME-"u8, welcome.AsSpan(8, CurveNonce.RandomBytes), nonce);
        Span<byte> message = stackalloc byte[Sodium.KeyBytes + CookieBytes];
        _shortPublic.CopyTo(message);
        _cookie.CopyTo(message[Sodium.KeyBytes..]);
        Sodium.Seal(message, nonce, helloKey, welcome.AsSpan(8 + CurveNonce.RandomBytes));
        return welcome;
    }

    // The vouch is a box from the client's long-term key to the server's short-term one. It names the client's
    // short-term key and this server's long-term one, so that no other server can use it.
    private bool IsVouched(ReadOnlySpan<byte> client, ReadOnlySpan<byte> vouch)
    {
        Span<byte> vouchKey = stackalloc byte[Sodium.KeyBytes];
        if (!Sodium.TryShare(client, _shortSecret, vouchKey))
        {
            return false;
        }

        Span<byte> nonce = stackalloc byte[Sodium.NonceBytes];
        CurveNonce.Random("VOUCH---"u8, vouch[..CurveNonce.RandomBytes], nonce);
        Span<byte> vouched = stackalloc byte[VouchedBytes];
        return Sodium.TryOpen(vouch[CurveNonce.RandomBytes..], nonce, vouchKey, vouched)
            && vouched[..Sodium.KeyBytes].SequenceEqual(_clientShortPublic)
            && vouched[Sodium.KeyBytes..].SequenceEqual(key.Public.Bytes);
    }
}
