using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using ScheduleZero.Authorities;

namespace ScheduleZero.Host.Tests.Alerting.Sending;

/// <summary>Makes certificates of an authority that nobody knows.</summary>
internal static class StrangerCertificate
{
    /// <summary>A certificate that says where the certificate of its authority is.</summary>
    public static ServerFiles Naming(string address, string folder)
    {
        var now = TimeProvider.System.GetUtcNow();
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var request = new CertificateRequest("CN=stranger", key, HashAlgorithmName.SHA256);
        request.CertificateExtensions.Add(new X509AuthorityInformationAccessExtension([], [address]));
        using var signer = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        using var leaf = request.Create(
            new X500DistinguishedName("CN=unknown"),
            X509SignatureGenerator.CreateForECDsa(signer),
            now.AddDays(-1),
            now.AddDays(1),
            [1]
        );
        var files = new ServerFiles(Path.Combine(folder, "stranger.pem"), Path.Combine(folder, "stranger.key"));
        File.WriteAllText(files.Certificate, leaf.ExportCertificatePem());
        TestAuthority.WriteSecret(files.Key, key.ExportPkcs8PrivateKeyPem());
        return files;
    }
}
