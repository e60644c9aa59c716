using System.Net.Security;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;

namespace ScheduleZero.Edges.Tls;

/// <summary>
/// The authorities whose certificates clients must show (mutual TLS). The machine's own roots count for nothing here.
/// </summary>
internal sealed class ClientAuthority
{
    private const string ClientPurpose = "1.3.6.1.5.5.7.3.2";

    private readonly X509Certificate2Collection _roots = [];
    private readonly X509Certificate2Collection _intermediates = [];

    /// <summary>Reads the authorities from a file of PEM.</summary>
    /// <exception cref="IOException">The file cannot be read, or holds no certificate.</exception>
    public ClientAuthority(string path)
    {
        var all = new X509Certificate2Collection();
        try
        {
            all.ImportFromPemFile(path);
        }
        catch (Exception e) when (e is CryptographicException or UnauthorizedAccessException)
        {
            throw new IOException($"{path} cannot be read as certificates in PEM: {e.Message}", e);
        }

        foreach (var certificate in all)
        {
            var isRoot = certificate.SubjectName.RawData.AsSpan().SequenceEqual(certificate.IssuerName.RawData);
            (isRoot ? _roots : _intermediates).Add(certificate);
        }

        if (_roots.Count == 0)
        {
            throw new IOException($"{path} holds no root certificate (one whose issuer is itself) for --client-ca.");
        }
    }

    /// <summary>Has a handshake ask for a certificate, and refuse the connection without a right one.</summary>
    public void Ask(SslServerAuthenticationOptions options)
    {
        options.ClientCertificateRequired = true;
        // Each handshake has a policy of its own, since it adds what the client sends.
        options.CertificateChainPolicy = new X509ChainPolicy
        {
            TrustMode = X509ChainTrustMode.CustomRootTrust,
            RevocationMode = X509RevocationMode.NoCheck,
            DisableCertificateDownloads = true,
            ApplicationPolicy = { new Oid(ClientPurpose) },
        };
        options.CertificateChainPolicy.CustomTrustStore.AddRange(_roots);
        options.CertificateChainPolicy.ExtraStore.AddRange(_intermediates);
        options.RemoteCertificateValidationCallback = static (_, certificate, _, errors) =>
            errors == SslPolicyErrors.None && certificate is X509Certificate2 client && IsForClients(client);
    }

    /// <summary>
    /// Whether a certificate says that it is for clients. One without a word on its purpose does not.
    /// </summary>
    private static bool IsForClients(X509Certificate2 certificate) =>
        certificate
            .Extensions.OfType<X509EnhancedKeyUsageExtension>()
            .Any(purposes => purposes.EnhancedKeyUsages.Cast<Oid>().Any(oid => oid.Value == ClientPurpose));
}
