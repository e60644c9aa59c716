using System.Diagnostics.CodeAnalysis;
using System.Security.Cryptography;

namespace ScheduleZero.Zmtp.Curve;

/// <summary>
/// The client's side of one CURVE handshake (RFC 26). The client knows the server's long-term key beforehand, so nobody
/// else can answer its HELLO, and nothing but short-term keys goes out before the server has proved itself.
/// </summary>
internal sealed class CurveClientHandshake : IDisposable
{
    private const int WelcomeBytes = 8 + CurveNonce.RandomBytes + WelcomedBytes + Sodium.MacBytes;
    private const int WelcomedBytes = Sodium.KeyBytes + CookieBytes;
    private const int CookieBytes = 96;
    private const int VouchBytes = CurveNonce.RandomBytes + (2 * Sodium.KeyBytes) + Sodium.MacBytes;

    private readonly CurveKeyPair _key;
    private readonly CurvePublicKey _server;
    private readonly byte[] _shortPublic = new byte[Sodium.KeyBytes];
    private readonly byte[] _shortSecret = new byte[Sodium.KeyBytes];
    private readonly byte[] _helloKey = new byte[Sodium.KeyBytes];
    private readonly byte[] _sharedKey = new byte[Sodium.KeyBytes];
    private ulong _serverCounter;

    /// <exception cref="ArgumentException">The server's key is of low order: no server has it.</exception>
    public CurveClientHandshake(CurveKeyPair key, CurvePublicKey server)
    {
        _key = key;
        _server = server;
        Sodium.NewKeyPair(_shortPublic, _shortSecret);
        if (!Sodium.TryShare(server.Bytes, _shortSecret, _helloKey))
        {
            throw new ArgumentException("The server's key is not one that a server can have.", nameof(server));
        }
    }

    /// <summary>The first step: proof that this client knows the server's key.</summary>
    public byte[] Hello()
    {
        var hello = new byte[200];
        "\u0005HELLO\u0001\0"u8.CopyTo(hello);
        _shortPublic.CopyTo(hello, 80);
        Span<byte> nonce = stackalloc byte[Sodium.NonceBytes];
        CurveNonce.Counted("CurveZMQHELLO---"u8, 1, nonce);
        nonce[16..].CopyTo(hello.AsSpan(112));
        Span<byte> zeros = stackalloc byte[64];
        zeros.Clear();
        Sodium.Seal(zeros, nonce, _helloKey, hello.AsSpan(120));
        return hello;
    }

    /// <summary>Answers the server's first step.</summary>
    /// <param name="metadata">The client's metadata, encoded.</param>
    /// <returns>INITIATE; null when the bytes are no WELCOME of the server whose key was expected.</returns>
    public byte[]? Initiate(ReadOnlySpan<byte> welcome, ReadOnlySpan<byte> metadata)
    {
        if (welcome.Length != WelcomeBytes || !welcome.StartsWith("\aWELCOME"u8))
        {
            return null;
        }

        Span<byte> nonce = stackalloc byte[Sodium.NonceBytes];
        CurveNonce.Random("WELCOME-"u8, welcome.Slice(8, CurveNonce.RandomBytes), nonce);
        Span<byte> welcomed = stackalloc byte[WelcomedBytes];
        return
            Sodium.TryOpen(welcome[(8 + CurveNonce.RandomBytes)..], nonce, _helloKey, welcomed)
            && Sodium.TryShare(welcomed[..Sodium.KeyBytes], _shortSecret, _sharedKey)
            ? InitiateOf(welcomed[..Sodium.KeyBytes], welcomed[Sodium.KeyBytes..], metadata)
            : null;
    }

    /// <summary>Takes the server's last step.</summary>
    /// <param name="metadata">The server's metadata, encoded.</param>
    /// <returns>False when the bytes are no READY of this handshake.</returns>
    public bool TryTakeReady(ReadOnlySpan<byte> ready, [NotNullWhen(true)] out byte[]? metadata)
    {
        metadata = null;
        if (ready.Length < 14 + Sodium.MacBytes || !ready.StartsWith("\u0005READY"u8))
        {
            return false;
        }

        _serverCounter = System.Buffers.Binary.BinaryPrimitives.ReadUInt64BigEndian(ready[6..]);
        Span<byte> nonce = stackalloc byte[Sodium.NonceBytes];
        CurveNonce.Counted("CurveZMQREADY---"u8, _serverCounter, nonce);
        var opened = new byte[ready.Length - 14 - Sodium.MacBytes];
        if (!Sodium.TryOpen(ready[14..], nonce, _sharedKey, opened))
        {
            return false;
        }

        metadata = opened;
        return true;
    }

    /// <summary>The cipher of the messages that follow READY. To be called once.</summary>
    public CurveCipher Cipher() => new([.. _sharedKey], isServer: false, @sealed: 2, opened: _serverCounter);

    public void Dispose()
    {
        CryptographicOperations.ZeroMemory(_shortSecret);
        CryptographicOperations.ZeroMemory(_helloKey);
        CryptographicOperations.ZeroMemory(_sharedKey);
    }

    private byte[]? InitiateOf(
        ReadOnlySpan<byte> serverShortPublic,
        ReadOnlySpan<byte> cookie,
        ReadOnlySpan<byte> metadata
    )
    {
        var message = new byte[Sodium.KeyBytes + VouchBytes + metadata.Length];
        _key.Public.Bytes.CopyTo(message);
        if (!TryVouch(serverShortPublic, message.AsSpan(Sodium.KeyBytes, VouchBytes)))
        {
            return null;
        }

        metadata.CopyTo(message.AsSpan(Sodium.KeyBytes + VouchBytes));
        var initiate = new byte[9 + CookieBytes + 8 + message.Length + Sodium.MacBytes];
        "\bINITIATE"u8.CopyTo(initiate);
        cookie.CopyTo(initiate.AsSpan(9));
        Span<byte> nonce = stackalloc byte[Sodium.NonceBytes];
        CurveNonce.Counted("CurveZMQINITIATE"u8, 2, nonce);
        nonce[16..].CopyTo(initiate.AsSpan(9 + CookieBytes));
        Sodium.Seal(message, nonce, _sharedKey, initiate.AsSpan(9 + CookieBytes + 8));
        return initiate;
    }

    // The vouch ties this client's long-term key to its short-term one, for this server only.
    private bool TryVouch(ReadOnlySpan<byte> serverShortPublic, Span<byte> vouch)
    {
        Span<byte> vouchKey = stackalloc byte[Sodium.KeyBytes];
        if (!Sodium.TryShare(serverShortPublic, _key.Secret, vouchKey))
        {
            return false;
        }

        RandomNumberGenerator.Fill(vouch[..CurveNonce.RandomBytes]);
        Span<byte> nonce = stackalloc byte[Sodium.NonceBytes];
        CurveNonce.Random("VOUCH---"u8, vouch[..CurveNonce.RandomBytes], nonce);
        Span<byte> vouched = stackalloc byte[2 * Sodium.KeyBytes];
        _shortPublic.CopyTo(vouched);
        _server.Bytes.CopyTo(vouched[Sodium.KeyBytes..]);
        Sodium.Seal(vouched, nonce, vouchKey, vouch[CurveNonce.RandomBytes..]);
        return true;
    }
}
