using System.Net;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;

namespace ScheduleZero.Acme.Orders;

/// <summary>A new key pair (P-256), and the request to sign it for some names (CSR).</summary>
internal sealed record SigningRequest(string KeyPem, byte[] Der)
{
    public static SigningRequest For(IReadOnlyList<string> names)
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var alternatives = new SubjectAlternativeNameBuilder();
        foreach (var name in names)
        {
            if (IPAddress.TryParse(name, out var address))
            {
                alternatives.AddIpAddress(address);
            }
            else
            {
                alternatives.AddDnsName(name);
            }
        }

        // The subject stays empty: clients look at the alternative names only.
        var request = new CertificateRequest(new X500DistinguishedName(""), key, HashAlgorithmName.SHA256);
        request.CertificateExtensions.Add(alternatives.Build(critical: false));
        return new SigningRequest(key.ExportPkcs8PrivateKeyPem() + "\n", request.CreateSigningRequest());
    }
}
