using System.Buffers.Text;
using System.Diagnostics.CodeAnalysis;
using System.Security.Cryptography;
using System.Text;

namespace ScheduleZero.Contracts.Handlers;

/// <summary>
/// The texts that enrolled keys sign, and their check: ECDSA over P-256 with SHA-256. Each text begins with its
/// purpose, so that a signature for one purpose is none for another; no part can contain the <c>|</c> between them.
/// </summary>
public static class KeyProofs
{
    private const int SignatureLength = 64;

    // The bytes before the point in the one accepted encoding of a P-256 public key, which is not compressed.
    private static readonly byte[] Prefix = Convert.FromHexString(
        "3059301306072A8648CE3D020106082A8648CE3D03010703420004"
    );

    private static readonly int PublicKeyLength = Prefix.Length + SignatureLength;

    public static string TextOfEnrol(string tokenId, string? handler, string publicKey) =>
        $"SZ1|enrol|{tokenId}|{handler}|{publicKey}";

    /// <summary>The text that proves whose CURVE key an enrolment names: it binds the key to the agent's own.</summary>
    public static string TextOfCurveKey(string tokenId, string publicKey, string curveKey) =>
        $"SZ1|enrol-curve|{tokenId}|{publicKey}|{curveKey}";

    public static string TextOfEnrolled(string tokenId, string publicKey, Enrolled enrolled) =>
        $"SZ1|enrolled|{tokenId}|{publicKey}|{enrolled.KeyId}|{enrolled.BrokerId}|{enrolled.Namespace}|"
        + $"{enrolled.Handler}|{enrolled.Generation}";

    /// <summary>The text that the proof of a Hello signs.</summary>
    /// <param name="hello">The message, whose handler and instance are known to be names.</param>
    /// <param name="seal">The hash of the handshake's transcript, in base64url, for a Hello that is sealed; null for
    /// one that is not.</param>
    public static string TextOfHello(string brokerId, Hello hello, HelloProof proof, string? seal = null) =>
        (seal is null ? "SZ1|hello|" : $"SZ1|sealed-hello|{seal}|")
        + $"{brokerId}|{proof.KeyId}|{proof.Nonce}|{hello.Handler}|{hello.Instance}|{proof.Generation}";

    public static string TextOfRotate(string brokerId, Rotate rotate) =>
        $"SZ1|rotate|{brokerId}|{rotate.KeyId}|{rotate.Nonce}|{rotate.Generation}|{rotate.PublicKey}";

    /// <summary>Signs with a P-256 key.</summary>
    public static string Sign(ECDsa key, string text)
    {
        ArgumentNullException.ThrowIfNull(key);
        return Base64Url.EncodeToString(
            key.SignData(
                Encoding.UTF8.GetBytes(text),
                HashAlgorithmName.SHA256,
                DSASignatureFormat.IeeeP1363FixedFieldConcatenation
            )
        );
    }

    /// <summary>Whether the key has signed the text.</summary>
    /// <param name="publicKey">The key as <see cref="TryReadPublicKey"/> gave it.</param>
    public static bool IsSignedBy(byte[] publicKey, string text, string? signature)
    {
        // The check of the length also refuses DER, which says the same in other bytes.
        if (Decode(signature) is not { Length: SignatureLength } bytes)
        {
            return false;
        }

        using var key = ECDsa.Create();
        key.ImportSubjectPublicKeyInfo(publicKey, out _);
        return key.VerifyData(
            Encoding.UTF8.GetBytes(text),
            bytes,
            HashAlgorithmName.SHA256,
            DSASignatureFormat.IeeeP1363FixedFieldConcatenation
        );
    }

    /// <summary>HMAC-SHA-256 under the hash of a token's secret.</summary>
    public static string Prove(byte[] secretHash, string text) =>
        Base64Url.EncodeToString(HMACSHA256.HashData(secretHash, Encoding.UTF8.GetBytes(text)));

    /// <summary>Compares a proof with the expected one, in fixed time.</summary>
    public static bool IsProved(byte[] secretHash, string text, string? proof) =>
        BridgeProofs.AreEqual(Prove(secretHash, text), proof);

    /// <summary>The text form of a public key, in which it is sent and signed.</summary>
    public static string Encode(byte[] publicKey) => Base64Url.EncodeToString(publicKey);

    /// <summary>Reads a SubjectPublicKeyInfo; false for anything but the plain encoding of a point on P-256.</summary>
    public static bool TryReadPublicKey(string? text, [NotNullWhen(true)] out byte[]? publicKey)
    {
        publicKey = null;
        if (
            Decode(text) is not { } bytes
            || bytes.Length != PublicKeyLength
            || !bytes.AsSpan().StartsWith(Prefix)
            || Encode(bytes) != text
        )
        {
            return false;
        }

        try
        {
            using var key = ECDsa.Create();
            key.ImportSubjectPublicKeyInfo(bytes, out _);
        }
        catch (CryptographicException)
        {
            return false; // The bytes name a point that is not on the curve.
        }

        publicKey = bytes;
        return true;
    }

    /// <summary>A public key's fingerprint, for people to compare.</summary>
    public static string Fingerprint(byte[] publicKey) =>
        $"SHA256:{Base64Url.EncodeToString(SHA256.HashData(publicKey))}";

    private static byte[]? Decode(string? text) =>
        text is { Length: > 0 and <= 256 }
        && text.Length % 4 != 1
        && KeyText.IsBase64Url(text)
        && Base64Url.IsValid(text)
            ? Base64Url.DecodeFromChars(text)
            : null;
}
