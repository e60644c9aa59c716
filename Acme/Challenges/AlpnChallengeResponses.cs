using System.Collections.Concurrent;
using System.Formats.Asn1;
using System.Net;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using ScheduleZero.Acme.Files;

namespace ScheduleZero.Acme.Challenges;

/// <summary>Answers to TLS-ALPN-01 (RFC 8737): a listener on port 443 asks here for the certificate of a handshake that
/// offers <see cref="Protocol"/>, and closes the connection after it. Any thread may ask.</summary>
internal sealed class AlpnChallengeResponses(TimeProvider time) : IChallengeResponses
{
    /// <summary>The protocol that the CA offers by ALPN, and no client else.</summary>
    public const string Protocol = "acme-tls/1";

    private const string AcmeIdentifierOid = "1.3.6.1.5.5.7.1.31";

    private readonly ConcurrentDictionary<string, X509Certificate2> _certificatesByServerName = new(
        StringComparer.OrdinalIgnoreCase
    );

    public string Kind => "tls-alpn-01";

    public void Add(string name, string token, string keyAuthorization) =>
        _certificatesByServerName[ServerNameOf(name)] = Sign(name, keyAuthorization);

    public void Remove(string name, string token) => _certificatesByServerName.TryRemove(ServerNameOf(name), out _);

    /// <summary>The certificate for a handshake of the CA; null when no challenge for that name is under way.</summary>
    /// <param name="serverName">The name that the client asks for (SNI).</param>
    public X509Certificate2? Find(string serverName) => _certificatesByServerName.GetValueOrDefault(serverName);

    /// <summary>What the CA asks for by SNI: addresses are asked for as in the DNS (RFC 8738, 6).</summary>
    internal static string ServerNameOf(string name)
    {
        if (!IPAddress.TryParse(name, out var address))
        {
            return name;
        }

        var bytes = address.GetAddressBytes();
        return bytes.Length == 4
            ? string.Join('.', bytes.Reverse()) + ".in-addr.arpa"
            : string.Join('.', Convert.ToHexStringLower(bytes).Reverse()) + ".ip6.arpa";
    }

    private X509Certificate2 Sign(string name, string keyAuthorization)
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var request = new CertificateRequest($"CN={Protocol}", key, HashAlgorithmName.SHA256);
        var names = new SubjectAlternativeNameBuilder();
        if (IPAddress.TryParse(name, out var address))
        {
            names.AddIpAddress(address);
        }
        else
        {
            names.AddDnsName(name);
        }

        request.CertificateExtensions.Add(names.Build(critical: false));
        var digest = new AsnWriter(AsnEncodingRules.DER);
        digest.WriteOctetString(SHA256.HashData(Encoding.ASCII.GetBytes(keyAuthorization)));
        request.CertificateExtensions.Add(new X509Extension(AcmeIdentifierOid, digest.Encode(), critical: true));
        var now = time.GetUtcNow();
        return IssuedCertificate.UsableForTls(request.CreateSelfSigned(now.AddDays(-1), now.AddDays(7)));
    }
}
