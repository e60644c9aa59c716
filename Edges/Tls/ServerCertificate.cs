using System.Net.Security;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using ScheduleZero.Acme.Files;
using ScheduleZero.Acme.Renewal;
using ScheduleZero.Certificates;

namespace ScheduleZero.Edges.Tls;

/// <summary>
/// A certificate with its key and its intermediates. Connections may use a certificate long after another took its
/// place, so nothing disposes it but the garbage collector.
/// </summary>
internal sealed class ServerCertificate
{
    private const int RsaBitsMin = 2048;

    private readonly X509Certificate2 _leaf;
    private readonly X509Certificate2Collection _intermediates;

    private ServerCertificate(X509Certificate2 leaf, X509Certificate2Collection intermediates)
    {
        (_leaf, _intermediates) = (leaf, intermediates);
        Names = CertificateNames.Of(leaf);
        // Without offline the context would download intermediates, from addresses that the certificate names.
        Context = SslStreamCertificateContext.Create(leaf, intermediates, offline: true);
    }

    /// <summary>What handshakes use: the certificate, its key, and the intermediates.</summary>
    public SslStreamCertificateContext Context { get; }

    /// <summary>The names that the certificate is for.</summary>
    public CertificateNames Names { get; }

    public DateTimeOffset ValidUntil => _leaf.NotAfter.ToUniversalTime();

    /// <summary>When to begin to warn that the certificate ends.</summary>
    public DateTimeOffset WarnAt => RenewalPlan.WarnAt(_leaf.NotBefore.ToUniversalTime(), ValidUntil);

    /// <summary>Makes a certificate of one that a CA issued.</summary>
    public static ServerCertificate Of(IssuedCertificate issued) => new(issued.Leaf, issued.Intermediates);

    /// <summary>Makes a certificate of the bytes of its files.</summary>
    /// <param name="file">Where the bytes are from, for messages.</param>
    /// <exception cref="IOException">The bytes are no certificate that a server can use with their key.</exception>
    public static ServerCertificate Load(CertificateFile file, CertificateBytes bytes)
    {
        var (leaf, intermediates) = CertificateWithKey.Load(file, bytes);
        using var rsa = leaf.GetRSAPublicKey();
        if (rsa is { KeySize: < RsaBitsMin })
        {
            throw new IOException(
                $"The RSA key of {file.Path} has {rsa.KeySize} bits, which clients refuse: take {RsaBitsMin} at least."
            );
        }

        if (!CertificatePurpose.Allows(leaf, CertificatePurpose.Server))
        {
            throw new IOException(
                $"The certificate in {file.Path} is not for servers (serverAuth), so clients refuse it."
            );
        }

        try
        {
            return new ServerCertificate(leaf, intermediates);
        }
        catch (CryptographicException e)
        {
            throw new IOException($"The certificate in {file.Path} cannot be used: {e.Message}", e);
        }
    }

    /// <summary>What is wrong with the certificate at this time; null when it is valid now.</summary>
    public string? TimeProblem(DateTimeOffset now) => CertificateTime.ProblemOf(_leaf, now);

    /// <summary>What clients are likely to find wrong with the certificate, apart from its time.</summary>
    public IEnumerable<string> Oddities()
    {
        if (Names.IsEmpty)
        {
            yield return "names no host (subjectAltName), so no client can tell that it is this server's";
        }

        if (MissingIssuer() is { } issuer)
        {
            yield return $"comes without the certificate of its issuer '{issuer}', which this machine does not trust "
                + "either. Unless clients have that certificate, add the intermediates to the file, after the server's "
                + "own";
        }
    }

    /// <summary>The issuer at which the chain breaks off; null for a chain that ends in a root.</summary>
    private string? MissingIssuer()
    {
        using var chain = new X509Chain();
        chain.ChainPolicy.RevocationMode = X509RevocationMode.NoCheck;
        chain.ChainPolicy.DisableCertificateDownloads = true;
        chain.ChainPolicy.VerificationFlags = X509VerificationFlags.IgnoreNotTimeValid;
        chain.ChainPolicy.ExtraStore.AddRange(_intermediates);
        chain.Build(_leaf);
        return Array.Exists(chain.ChainStatus, status => status.Status == X509ChainStatusFlags.PartialChain)
            ? chain.ChainElements[^1].Certificate.Issuer
            : null;
    }
}
