using System.Buffers.Text;
using System.Net;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;

namespace ScheduleZero.Acme.Files;

/// <summary>A certificate with its intermediates and its private key, which fits it.</summary>
/// <remarks>Nobody disposes a certificate: connections that were opened with an old one may still use it. The runtime
/// frees the certificate when nothing does.</remarks>
internal sealed class IssuedCertificate
{
    private const int ChainLengthMax = 10;

    private IssuedCertificate(X509Certificate2 leaf, X509Certificate2Collection intermediates, string keyPem)
    {
        Leaf = leaf;
        Intermediates = intermediates;
        KeyPem = keyPem;
        ChainPem = string.Concat(intermediates.Prepend(leaf).Select(one => one.ExportCertificatePem() + "\n"));
    }

    /// <summary>The certificate of this server, with its private key.</summary>
    public X509Certificate2 Leaf { get; }

    /// <summary>The certificates between the server's and the CA's root, which a server sends too.</summary>
    public X509Certificate2Collection Intermediates { get; }

    public string ChainPem { get; }

    public string KeyPem { get; }

    public DateTimeOffset NotBefore => Leaf.NotBefore;

    public DateTimeOffset NotAfter => Leaf.NotAfter;

    public TimeSpan Life => NotAfter - NotBefore;

    /// <summary>The name of this certificate in requests for its time of renewal (RFC 9773, 4.1); null when the
    /// certificate does not say which key signed it.</summary>
    public string? RenewalId
    {
        get
        {
            var issuer = Leaf.Extensions.OfType<X509AuthorityKeyIdentifierExtension>().FirstOrDefault();
            return issuer?.KeyIdentifier is { } identifier
                ? $"{Base64Url.EncodeToString(identifier.Span)}.{Base64Url.EncodeToString(SerialBytes())}"
                : null;
        }
    }

    /// <summary>Reads a chain and its key.</summary>
    /// <param name="chainPem">Certificates in PEM, the server's own first.</param>
    /// <param name="keyPem">A private key in PEM.</param>
    /// <param name="fault">Why they cannot be used, as the end of a sentence about them.</param>
    /// <returns>Null when they cannot be used.</returns>
    public static IssuedCertificate? TryRead(string chainPem, string keyPem, out string? fault)
    {
        fault = null;
        try
        {
            using var key = ECDsa.Create();
            key.ImportFromPem(keyPem);
            var chain = new X509Certificate2Collection();
            chain.ImportFromPem(chainPem);
            if (chain.Count is 0 or > ChainLengthMax)
            {
                fault = $"is a chain of {chain.Count} certificates";
                return null;
            }

            if (!chain[0].PublicKey.ExportSubjectPublicKeyInfo().SequenceEqual(key.ExportSubjectPublicKeyInfo()))
            {
                fault = "is for another key";
                return null;
            }

            var leaf = chain[0].CopyWithPrivateKey(key);
            chain.RemoveAt(0);
            return new IssuedCertificate(UsableForTls(leaf), chain, keyPem);
        }
        catch (Exception e) when (e is CryptographicException or ArgumentException)
        {
            fault = "is no certificate with its key";
            return null;
        }
    }

    /// <summary>Whether the certificate is valid for each of these host names and IP addresses.</summary>
    public bool Covers(IEnumerable<string> names)
    {
        var listed = Leaf.Extensions.OfType<X509SubjectAlternativeNameExtension>().ToList();
        var hosts = listed
            .SelectMany(extension => extension.EnumerateDnsNames())
            .ToHashSet(StringComparer.OrdinalIgnoreCase);
        var addresses = listed.SelectMany(extension => extension.EnumerateIPAddresses()).ToHashSet();
        return names.All(name =>
            IPAddress.TryParse(name, out var address) ? addresses.Contains(address) : hosts.Contains(name)
        );
    }

    /// <summary>On Windows, TLS takes only keys that went through a PKCS #12 file.</summary>
    internal static X509Certificate2 UsableForTls(X509Certificate2 certificate) =>
        OperatingSystem.IsWindows()
            ? X509CertificateLoader.LoadPkcs12(certificate.Export(X509ContentType.Pkcs12), null)
            : certificate;

    /// <summary>The serial number as DER writes it: a positive number has no leading bit of one.</summary>
    private byte[] SerialBytes()
    {
        var number = Leaf.SerialNumberBytes.Span.TrimStart((byte)0);
        return number.Length == 0 || number[0] >= 0x80 ? [0, .. number] : [.. number];
    }
}
