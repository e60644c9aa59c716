using System.Buffers.Text;
using System.Security.Cryptography;
using System.Text;

namespace ScheduleZero.Contracts.Audit;

/// <summary>Reads and writes public keys of the curve P-256 as JWK, and checks what they have signed.</summary>
public static class CheckpointKeys
{
    private const int CoordinateBytes = 32;

    /// <summary>The public half of a key, named by its RFC 7638 thumbprint.</summary>
    public static AuditKey PublicOf(ECDsa key)
    {
        ArgumentNullException.ThrowIfNull(key);
        var point = key.ExportParameters(includePrivateParameters: false).Q;
        var (x, y) = (Base64Url.EncodeToString(point.X), Base64Url.EncodeToString(point.Y));
        return new AuditKey(ThumbprintOf(x, y), x, y);
    }

    /// <summary>Whether the JWK is a key of the curve P-256 under its own name.</summary>
    public static bool IsKey(AuditKey? key)
    {
        if (
            key is not { Kty: "EC", Crv: "P-256", X.Length: <= 64, Y.Length: <= 64 }
            || key.Kid != ThumbprintOf(key.X, key.Y)
        )
        {
            return false;
        }

        try
        {
            Import(key).Dispose();
            return true;
        }
        catch (Exception e) when (e is CryptographicException or FormatException)
        {
            return false; // The coordinates are not a point of the curve.
        }
    }

    /// <summary>Whether the key has signed the text.</summary>
    /// <param name="key">A key that <see cref="IsKey"/> accepts.</param>
    /// <param name="signature">The signature in base64url.</param>
    internal static bool HasSigned(AuditKey key, byte[] text, string signature)
    {
        if (signature.Length > 128 || !Base64Url.IsValid(signature))
        {
            return false;
        }

        using var ecdsa = Import(key);
        var bytes = Base64Url.DecodeFromChars(signature);
        return Base64Url.EncodeToString(bytes) == signature
            && ecdsa.VerifyData(
                text,
                bytes,
                HashAlgorithmName.SHA256,
                DSASignatureFormat.IeeeP1363FixedFieldConcatenation
            );
    }

    private static string ThumbprintOf(string x, string y) =>
        Base64Url.EncodeToString(
            SHA256.HashData(Encoding.UTF8.GetBytes($$"""{"crv":"P-256","kty":"EC","x":"{{x}}","y":"{{y}}"}"""))
        );

    private static ECDsa Import(AuditKey key)
    {
        var (x, y) = (Base64Url.DecodeFromChars(key.X), Base64Url.DecodeFromChars(key.Y));
        return x.Length == CoordinateBytes && y.Length == CoordinateBytes
            ? ECDsa.Create(
                new ECParameters
                {
                    Curve = ECCurve.NamedCurves.nistP256,
                    Q = new ECPoint { X = x, Y = y },
                }
            )
            : throw new CryptographicException("A coordinate of the curve has 32 bytes.");
    }
}
