using System.Formats.Asn1;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using ScheduleZero.Contracts;

namespace ScheduleZero.Bridge.Connections;

/// <summary>Reads which handlers a client's certificate names.</summary>
internal static class CertificateHandlers
{
    private const string UriScheme = "spiffe://";
    private const string CommonNameOid = "2.5.4.3";
    private static readonly Asn1Tag UriTag = new(TagClass.ContextSpecific, 6);

    /// <summary>
    /// The handlers that a certificate names: by URIs of the form <c>spiffe://TRUST-DOMAIN/NAMESPACE/HANDLER</c> in its
    /// subjectAltName; or else, when there is no URI of SPIFFE at all, by the common name <c>NAMESPACE/HANDLER</c>.
    /// </summary>
    /// <param name="certificate">A certificate that a trusted authority signed; null for none.</param>
    public static IReadOnlyList<string> Of(X509Certificate2? certificate)
    {
        if (certificate is null)
        {
            return [];
        }

        try
        {
            var identities = Uris(certificate)
                .Where(uri => uri.StartsWith(UriScheme, StringComparison.OrdinalIgnoreCase))
                .ToList();
            var names = identities.Count > 0 ? identities.Select(PathOf) : [CommonName(certificate)];
            return [.. names.Where(HandlerPath.IsValid).OfType<string>().Distinct().Take(Limits.CertificateNamesMax)];
        }
        catch (Exception e) when (e is AsnContentException or CryptographicException)
        {
            return []; // Names that cannot be read name nobody, and nobody comes in by them.
        }
    }

    /// <summary>What follows the trust domain, without its slash; null for a URI without a path.</summary>
    private static string? PathOf(string uri)
    {
        var rest = uri[UriScheme.Length..];
        return rest.IndexOf('/', StringComparison.Ordinal) is > 0 and var slash ? rest[(slash + 1)..] : null;
    }

    /// <summary>The common name of the subject; null when there is none, or more than one.</summary>
    private static string? CommonName(X509Certificate2 certificate)
    {
        var names = certificate
            .SubjectName.EnumerateRelativeDistinguishedNames()
            .Where(part => !part.HasMultipleElements && part.GetSingleElementType().Value == CommonNameOid)
            .ToList();
        return names is [var only] ? only.GetSingleElementValue() : null;
    }

    private static List<string> Uris(X509Certificate2 certificate)
    {
        var uris = new List<string>();
        foreach (var extension in certificate.Extensions.OfType<X509SubjectAlternativeNameExtension>())
        {
            var names = new AsnReader(extension.RawData, AsnEncodingRules.DER).ReadSequence();
            while (names.HasData)
            {
                if (names.PeekTag().HasSameClassAndValue(UriTag))
                {
                    uris.Add(names.ReadCharacterString(UniversalTagNumber.IA5String, UriTag));
                }
                else
                {
                    names.ReadEncodedValue();
                }
            }
        }

        return uris;
    }
}
