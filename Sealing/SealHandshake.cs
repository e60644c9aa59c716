using System.Buffers.Text;
using System.Diagnostics.CodeAnalysis;
using System.Security.Cryptography;
using System.Text;
using ScheduleZero.Contracts.Handlers;

namespace ScheduleZero.Sealing;

/// <summary>
/// One side's part of the handshake of a sealed session: a key pair of P-256 that is made for this session alone, and
/// is gone with it. Who is on the other side, the signatures over the transcript say (<see cref="SealProofs"/>).
/// </summary>
internal sealed class SealHandshake : IDisposable
{
    private const int KeyLength = 32;
    private const int NonceLength = 12;

    private readonly ECDiffieHellman _key;

    private SealHandshake(ECDiffieHellman key)
    {
        _key = key;
        PublicKey = KeyProofs.Encode(key.ExportSubjectPublicKeyInfo());
    }

    /// <summary>The public half, as text.</summary>
    public string PublicKey { get; }

    /// <summary>Makes the key pair.</summary>
    public static SealHandshake Begin() => new(ECDiffieHellman.Create(ECCurve.NamedCurves.nistP256));

    /// <summary>Takes a key pair that is known, for tests with known answers.</summary>
    public static SealHandshake With(ECParameters key) => new(ECDiffieHellman.Create(key));

    /// <summary>Makes the keys of the session; false when the other side's key is none.</summary>
    /// <param name="othersKey">The public key of the other side.</param>
    /// <param name="transcript">All that both sides said, as <see cref="SealProofs.TextOfAnswer"/> has it.</param>
    public bool TryFinish(
        string othersKey,
        string transcript,
        bool isBroker,
        SealBounds bounds,
        [NotNullWhen(true)] out SealedChannel? channel
    )
    {
        channel = null;
        if (!KeyProofs.TryReadPublicKey(othersKey, out var others))
        {
            return false;
        }

        using var other = ECDiffieHellman.Create();
        other.ImportSubjectPublicKeyInfo(others, out _);
        var shared = _key.DeriveRawSecretAgreement(other.PublicKey);
        var hash = SHA256.HashData(Encoding.UTF8.GetBytes(transcript));
        var root = HKDF.Extract(HashAlgorithmName.SHA256, shared, hash);
        var session = hash[..SealedBody.SessionLength];
        var ofBroker = Direction(root, "broker", session, bounds);
        var ofHandler = Direction(root, "handler", session, bounds);
        CryptographicOperations.ZeroMemory(shared);
        CryptographicOperations.ZeroMemory(root);
        channel = new SealedChannel(
            Base64Url.EncodeToString(hash),
            isBroker ? ofBroker : ofHandler,
            isBroker ? ofHandler : ofBroker
        );
        return true;
    }

    public void Dispose() => _key.Dispose();

    private static SealedDirection Direction(byte[] root, string sender, byte[] session, SealBounds bounds)
    {
        Span<byte> key = stackalloc byte[KeyLength];
        HKDF.Expand(HashAlgorithmName.SHA256, root, key, Encoding.ASCII.GetBytes($"SZ1|seal|{sender}|key"));
        var nonceBase = new byte[NonceLength];
        HKDF.Expand(HashAlgorithmName.SHA256, root, nonceBase, Encoding.ASCII.GetBytes($"SZ1|seal|{sender}|nonce"));
        var direction = new SealedDirection(key, nonceBase, session, bounds);
        CryptographicOperations.ZeroMemory(key);
        return direction;
    }
}
