using System.Net;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;

namespace ScheduleZero.Acme.Tests;

/// <summary>A root that signs certificates: of the test's servers, and for requests.</summary>
internal sealed class TestAuthority
{
    private readonly ECDsa _key = ECDsa.Create(ECCurve.NamedCurves.nistP256);

    public TestAuthority()
    {
        var request = new CertificateRequest("CN=Test root", _key, HashAlgorithmName.SHA256);
        request.CertificateExtensions.Add(new X509BasicConstraintsExtension(true, false, 0, true));
        request.CertificateExtensions.Add(new X509SubjectKeyIdentifierExtension(request.PublicKey, false));
        var now = TimeProvider.System.GetUtcNow();
        Root = request.CreateSelfSigned(now.AddYears(-1), now.AddYears(20));
    }

    public X509Certificate2 Root { get; }

    public X509Certificate2Collection Roots => [X509CertificateLoader.LoadCertificate(Root.RawData)];

    public X509Certificate2 SignServer()
    {
        var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var request = new CertificateRequest("CN=localhost", key, HashAlgorithmName.SHA256);
        var names = new SubjectAlternativeNameBuilder();
        names.AddDnsName("localhost");
        names.AddIpAddress(IPAddress.Loopback);
        request.CertificateExtensions.Add(names.Build());
        var now = TimeProvider.System.GetUtcNow();
        return Sign(request, now.AddDays(-1), now.AddDays(90), [1, 2, 3]).CopyWithPrivateKey(key);
    }

    /// <summary>Signs a CSR; for other names than it asks for, if there are any.</summary>
    public X509Certificate2 Sign(byte[] csr, DateTimeOffset notBefore, TimeSpan life, string? otherName = null)
    {
        var request = CertificateRequest.LoadSigningRequest(
            csr,
            HashAlgorithmName.SHA256,
            CertificateRequestLoadOptions.UnsafeLoadCertificateExtensions
        );
        if (otherName != null)
        {
            var names = new SubjectAlternativeNameBuilder();
            names.AddDnsName(otherName);
            request.CertificateExtensions.Clear();
            request.CertificateExtensions.Add(names.Build());
        }

        return Sign(request, notBefore, notBefore + life, [0x87, 0x65, 0x43, 0x21]);
    }

    private X509Certificate2 Sign(
        CertificateRequest request,
        DateTimeOffset notBefore,
        DateTimeOffset notAfter,
        byte[] serial
    )
    {
        request.CertificateExtensions.Add(X509AuthorityKeyIdentifierExtension.CreateFromCertificate(Root, true, false));
        return request.Create(
            Root.SubjectName,
            X509SignatureGenerator.CreateForECDsa(_key),
            notBefore,
            notAfter,
            serial
        );
    }
}
