using System.Net.Security;
using System.Security.Cryptography.X509Certificates;

namespace ScheduleZero.HandlerAgent.Connection.SignalR;

/// <summary>
/// Trusts the certificates of a file as roots, beside the machine's own. A certificate with a wrong name, or none, is
/// still refused.
/// </summary>
internal sealed class CustomTrust
{
    private readonly X509Certificate2Collection _roots = [];

    /// <summary>Reads the roots.</summary>
    /// <exception cref="System.Security.Cryptography.CryptographicException">The file holds no certificate.</exception>
    public CustomTrust(string pemFile) => _roots.ImportFromPemFile(pemFile);

    public bool IsTrusted(X509Certificate? certificate, X509Chain? given, SslPolicyErrors errors)
    {
        if (errors == SslPolicyErrors.None)
        {
            return true;
        }

        if (errors != SslPolicyErrors.RemoteCertificateChainErrors || certificate is not X509Certificate2 leaf)
        {
            return false;
        }

        using var chain = new X509Chain();
        chain.ChainPolicy.TrustMode = X509ChainTrustMode.CustomRootTrust;
        chain.ChainPolicy.CustomTrustStore.AddRange(_roots);
        // A private CA rarely has a revocation service that a machine behind NAT can reach.
        chain.ChainPolicy.RevocationMode = X509RevocationMode.NoCheck;
        foreach (var element in given?.ChainElements ?? Enumerable.Empty<X509ChainElement>())
        {
            chain.ChainPolicy.ExtraStore.Add(element.Certificate);
        }

        return chain.Build(leaf);
    }
}
