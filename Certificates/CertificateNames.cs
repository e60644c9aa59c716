using System.Globalization;
using System.Net;
using System.Security.Cryptography.X509Certificates;

namespace ScheduleZero.Certificates;

/// <summary>The hosts that a certificate is for: the DNS names and addresses of its subjectAltName.</summary>
internal sealed class CertificateNames
{
    private static readonly IdnMapping Idn = new();

    private readonly HashSet<string> _exact = new(StringComparer.OrdinalIgnoreCase);

    /// <summary>What follows the star of wildcard names, with its dot: <c>.example.org</c>.</summary>
    private readonly HashSet<string> _wildcards = new(StringComparer.OrdinalIgnoreCase);

    private CertificateNames() { }

    public bool IsEmpty => _exact.Count == 0 && _wildcards.Count == 0;

    /// <summary>
    /// The names of a certificate. A common name counts for nothing, as with browsers (RFC 9110, 4.3.4).
    /// </summary>
    public static CertificateNames Of(X509Certificate2 certificate)
    {
        var names = new CertificateNames();
        foreach (var extension in certificate.Extensions.OfType<X509SubjectAlternativeNameExtension>())
        {
            foreach (var name in extension.EnumerateDnsNames())
            {
                if (name.StartsWith("*.", StringComparison.Ordinal))
                {
                    names._wildcards.Add(name[1..]);
                }
                else
                {
                    names._exact.Add(name);
                }
            }

            names._exact.UnionWith(extension.EnumerateIPAddresses().Select(address => address.ToString()));
        }

        return names;
    }

    /// <summary>Whether the host itself is named.</summary>
    public bool HasExact(string host) => _exact.Contains(Normal(host));

    /// <summary>Whether a wildcard stands for the host: a star stands for one label.</summary>
    public bool HasWildcard(string host) =>
        Normal(host) is var normal
        && normal.IndexOf('.', StringComparison.Ordinal) is > 0 and var dot
        && _wildcards.Contains(normal[dot..]);

    public bool Has(string host) => HasExact(host) || HasWildcard(host);

    public IReadOnlyList<string> All => [.. _exact, .. _wildcards.Select(suffix => $"*{suffix}")];

    public override string ToString() => IsEmpty ? "no name" : string.Join(", ", All);

    /// <summary>
    /// A host as certificates name it: letters beyond ASCII in punycode, addresses in their usual form.
    /// </summary>
    public static string Normal(string host)
    {
        if (IPAddress.TryParse(host, out var address))
        {
            return address.ToString();
        }

        try
        {
            return System.Text.Ascii.IsValid(host) ? host : Idn.GetAscii(host);
        }
        catch (ArgumentException)
        {
            return host; // The host is no name at all, so no certificate has it.
        }
    }
}
