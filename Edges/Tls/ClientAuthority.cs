using System.Net.Security;
using System.Security.Cryptography.X509Certificates;
using ScheduleZero.Certificates;

namespace ScheduleZero.Edges.Tls;

/// <summary>
/// The authorities whose certificates clients must show (mutual TLS). The machine's own roots count for nothing here.
/// </summary>
internal sealed class ClientAuthority
{
    private readonly AuthorityFile _authorities;

    /// <summary>Reads the authorities from a file of PEM.</summary>
    /// <exception cref="IOException">The file cannot be read, or holds no root certificate.</exception>
    public ClientAuthority(string path) => _authorities = AuthorityFile.Read(path);

    /// <summary>Has a handshake ask for a certificate, and refuse the connection without a right one.</summary>
    public void Ask(SslServerAuthenticationOptions options)
    {
        options.ClientCertificateRequired = true;
        // Each handshake has a policy of its own, since it adds what the client sends.
        options.CertificateChainPolicy = _authorities.MakePolicy(CertificatePurpose.Client);
        options.RemoteCertificateValidationCallback = static (_, certificate, _, errors) =>
            errors == SslPolicyErrors.None
            && certificate is X509Certificate2 client
            && CertificatePurpose.IsNamed(client, CertificatePurpose.Client);
    }
}
