using System.Buffers.Text;
using System.Security.Cryptography;
using System.Text;

namespace ScheduleZero.Acme.Wire;

/// <summary>The key pair of an account at the CA: P-256, which signs each request (ES256).</summary>
internal sealed class AccountKey : IDisposable
{
    private readonly ECDsa _key;

    private AccountKey(ECDsa key)
    {
        _key = key;
        var point = key.ExportParameters(includePrivateParameters: false).Q;
        // The members in the order of the alphabet and without blanks, as RFC 7638 hashes them.
        Jwk =
            $$"""{"crv":"P-256","kty":"EC","x":"{{Base64Url.EncodeToString(point.X)}}","""
            + $$"""
                "y":"{{Base64Url.EncodeToString(point.Y)}}"}
                """;
        Thumbprint = Base64Url.EncodeToString(SHA256.HashData(Encoding.ASCII.GetBytes(Jwk)));
    }

    /// <summary>The public key as JSON (RFC 7517).</summary>
    public string Jwk { get; }

    /// <summary>The hash that names the public key (RFC 7638), in base64url.</summary>
    public string Thumbprint { get; }

    public static AccountKey Generate() => new(ECDsa.Create(ECCurve.NamedCurves.nistP256));

    /// <exception cref="CryptographicException">The text holds no P-256 key.</exception>
    public static AccountKey OfPem(string pem)
    {
        var key = ECDsa.Create();
        try
        {
            key.ImportFromPem(pem);
            // Only a P-256 key has this curve, and a public key alone cannot be exported so.
            return key.ExportParameters(includePrivateParameters: true).Curve.Oid.Value == "1.2.840.10045.3.1.7"
                ? new AccountKey(key)
                : throw new CryptographicException("The key is not on the curve P-256.");
        }
        catch (Exception e)
        {
            key.Dispose();
            throw e as CryptographicException ?? new CryptographicException("There is no private key in it.", e);
        }
    }

    public string ToPem() => _key.ExportPkcs8PrivateKeyPem() + "\n";

    /// <summary>What answers a challenge: its token, bound to this key (RFC 8555, 8.1).</summary>
    public string AuthorizeToken(string token) => $"{token}.{Thumbprint}";

    /// <summary>Signs with ES256: r and s, 32 bytes each.</summary>
    public byte[] Sign(ReadOnlySpan<byte> bytes) => _key.SignData(bytes, HashAlgorithmName.SHA256);

    public void Dispose() => _key.Dispose();
}
