using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;

namespace ScheduleZero.Certificates;

/// <summary>The authorities that a file of PEM names, and the intermediates that lie beside them.</summary>
/// <param name="Roots">Certificates whose issuer is themselves: each is trusted.</param>
/// <param name="Intermediates">Certificates that are trusted only through a root.</param>
internal sealed record AuthorityFile(X509Certificate2Collection Roots, X509Certificate2Collection Intermediates)
{
    /// <summary>Reads a file.</summary>
    /// <exception cref="IOException">The file cannot be read, or holds no root certificate.</exception>
    public static AuthorityFile Read(string path)
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

        var authorities = new AuthorityFile([], []);
        foreach (var certificate in all)
        {
            (IsRoot(certificate) ? authorities.Roots : authorities.Intermediates).Add(certificate);
        }

        return authorities.Roots.Count > 0
            ? authorities
            : throw new IOException($"{path} holds no root certificate (one whose issuer is itself).");
    }

    /// <summary>Makes the rules for a chain that must end in one of the roots, and in none of the machine's.</summary>
    public X509ChainPolicy MakePolicy(string purpose)
    {
        var policy = new X509ChainPolicy
        {
            TrustMode = X509ChainTrustMode.CustomRootTrust,
            // A private authority rarely has a revocation service that a machine behind NAT can reach.
            RevocationMode = X509RevocationMode.NoCheck,
            DisableCertificateDownloads = true,
            ApplicationPolicy = { new Oid(purpose) },
        };
        policy.CustomTrustStore.AddRange(Roots);
        policy.ExtraStore.AddRange(Intermediates);
        return policy;
    }

    /// <summary>Whether the issuer of a certificate is the certificate itself, by its name.</summary>
    public static bool IsRoot(X509Certificate2 certificate) =>
        certificate.SubjectName.RawData.AsSpan().SequenceEqual(certificate.IssuerName.RawData);
}
