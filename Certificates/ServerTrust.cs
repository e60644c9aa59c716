using System.Net.Security;
using System.Security.Cryptography.X509Certificates;

namespace ScheduleZero.Certificates;

/// <summary>
/// Decides whether the certificate of a server is accepted: by the authorities of the machine, or by those of a file in
/// their place. Nothing switches the check off.
/// </summary>
/// <param name="authorities">The authorities of the file; null for those of the machine.</param>
/// <param name="file">The path of the file, for messages; null for none.</param>
/// <param name="setting">The setting that names such a file, for messages; null where there is none.</param>
internal sealed class ServerTrust(
    AuthorityFile? authorities,
    string? file,
    TimeProvider time,
    string? setting = ServerTrust.ClientSetting
)
{
    /// <summary>The setting of the programs that dial the Broker or a Bridge.</summary>
    public const string ClientSetting = "--ca (CertificateAuthorityFile)";

    /// <summary>Accepts the certificate of a server, or throws.</summary>
    /// <param name="host">The host that was dialled.</param>
    /// <param name="certificate">What the server showed; null for nothing.</param>
    /// <param name="given">The chain as .NET built it by the machine's authorities.</param>
    /// <param name="errors">What .NET found wrong by the machine's authorities.</param>
    /// <returns>True: a certificate that is not accepted ends in an exception that says why.</returns>
    /// <exception cref="CertificateRefusedException">The certificate is not accepted.</exception>
    public bool Accept(string host, X509Certificate? certificate, X509Chain? given, SslPolicyErrors errors)
    {
        var problems = new TrustProblems(host, file, setting, time.GetUtcNow());
        if (certificate is not X509Certificate2 leaf || given is null)
        {
            throw problems.ToException();
        }

        // .NET takes the common name of a certificate without other names for that of its host, which nobody else does
        // (RFC 9110, 4.3.4).
        if (errors.HasFlag(SslPolicyErrors.RemoteCertificateNameMismatch) || CertificateNames.Of(leaf).IsEmpty)
        {
            problems.AddWrongName(leaf);
        }

        if (authorities is null)
        {
            if (errors == SslPolicyErrors.None && !problems.Any)
            {
                return true;
            }

            problems.AddOf(given, leaf);
            throw problems.ToException();
        }

        using var chain = new X509Chain { ChainPolicy = authorities.MakePolicy(CertificatePurpose.Server) };
        // What the server sent along with its own certificate.
        chain.ChainPolicy.ExtraStore.AddRange(given.ChainPolicy.ExtraStore);
        if (chain.Build(leaf) && !problems.Any)
        {
            return true;
        }

        problems.AddOf(chain, leaf);
        throw problems.ToException();
    }
}
