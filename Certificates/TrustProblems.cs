using System.Security.Cryptography.X509Certificates;

namespace ScheduleZero.Certificates;

/// <summary>
/// Collects what is wrong with the certificate of a server, as sentences that also say what to do. What the certificate
/// itself says is text of a stranger: it is cut, and shown without control characters.
/// </summary>
/// <param name="dialled">The host that was dialled.</param>
/// <param name="file">The file with the trusted authorities; null for those of the machine.</param>
/// <param name="setting">The setting that names such a file; null where there is none.</param>
internal sealed class TrustProblems(string dialled, string? file, string? setting, DateTimeOffset now)
{
    private const int TextMax = 100;
    private const int NamesMax = 5;

    private readonly string _host = Plain(dialled);
    private readonly List<string> _problems = [];

    public bool Any => _problems.Count > 0;

    private string Authorities => file is null ? "the authorities of this machine" : $"the authorities in {file}";

    /// <summary>The certificate is for other hosts.</summary>
    public void AddWrongName(X509Certificate2 leaf)
    {
        var names = CertificateNames.Of(leaf);
        _problems.Add(
            names.IsEmpty
                ? $"The certificate of {_host} names no host (subjectAltName): give the server one that names {_host}."
                : $"The certificate that {_host} shows is for {Shown(names)}, and not for {_host}: dial the server by "
                    + $"a name of its certificate, or give it one that names {_host}."
        );
    }

    /// <summary>Adds what .NET found wrong when it built a chain.</summary>
    public void AddOf(X509Chain chain, X509Certificate2 leaf)
    {
        var found = chain.ChainStatus.Aggregate(X509ChainStatusFlags.NoError, (all, one) => all | one.Status);
        if (found.HasFlag(X509ChainStatusFlags.NotTimeValid))
        {
            AddTimes(chain, leaf);
        }

        if (found.HasFlag(X509ChainStatusFlags.UntrustedRoot))
        {
            AddUntrusted(chain.ChainElements[^1].Certificate, leaf);
        }
        else if (found.HasFlag(X509ChainStatusFlags.PartialChain))
        {
            AddIncomplete(chain.ChainElements[^1].Certificate);
        }

        if (found.HasFlag(X509ChainStatusFlags.NotValidForUsage))
        {
            _problems.Add($"The certificate of {_host} is not for servers (serverAuth): give the server one that is.");
        }

        const X509ChainStatusFlags explained =
            X509ChainStatusFlags.NotTimeValid
            | X509ChainStatusFlags.UntrustedRoot
            | X509ChainStatusFlags.PartialChain
            | X509ChainStatusFlags.NotValidForUsage;
        if ((found & ~explained) is not X509ChainStatusFlags.NoError and var others)
        {
            _problems.Add($"The certificate of {_host}, or one that it depends on, is not valid ({others}).");
        }
    }

    /// <summary>Makes the refusal; its message names every problem that was added.</summary>
    public CertificateRefusedException ToException() =>
        new(Any ? string.Join(' ', _problems) : $"{_host} shows no certificate that is valid.");

    private void AddTimes(X509Chain chain, X509Certificate2 leaf)
    {
        foreach (var certificate in chain.ChainElements.Select(element => element.Certificate))
        {
            var whose = certificate.RawData.AsSpan().SequenceEqual(leaf.RawData)
                ? $"The certificate of {_host}"
                : $"The certificate of {NameOf(certificate.SubjectName)}, on which that of {_host} depends,";
            if (now > certificate.NotAfter.ToUniversalTime())
            {
                _problems.Add(
                    $"{whose} expired at {certificate.NotAfter.ToUniversalTime():u}; the clock of this machine says "
                        + $"{now:u}. Renew it at the server, or set the clock."
                );
            }
            else if (now < certificate.NotBefore.ToUniversalTime())
            {
                _problems.Add(
                    $"{whose} is not valid before {certificate.NotBefore.ToUniversalTime():u}; the clock of this "
                        + $"machine says {now:u}. Is the clock right?"
                );
            }
        }
    }

    /// <param name="last">A certificate that nobody else signed, and that is not trusted.</param>
    private void AddUntrusted(X509Certificate2 last, X509Certificate2 leaf) =>
        _problems.Add(
            last.RawData.AsSpan().SequenceEqual(leaf.RawData)
                ? $"The certificate of {_host} is self-signed. If it is the server's own (SHA-256 "
                    + $"{Fingerprint(last)}), {Trust("it")}."
                : $"The certificate of {_host} is signed by {NameOf(last.SubjectName)}, which is not among "
                    + $"{Authorities}. If that authority is yours, or that of your network's proxy, "
                    + $"{Trust("its certificate")}."
        );

    /// <param name="last">The certificate whose issuer is missing.</param>
    private void AddIncomplete(X509Certificate2 last) =>
        _problems.Add(
            $"The chain of the certificate of {_host} is incomplete: the certificate of {NameOf(last.IssuerName)} is "
                + $"neither sent nor among {Authorities}. If it is an intermediate, have the server send it after its "
                + $"own; if it is your authority, {Trust("it")}."
        );

    /// <summary>What to do so that an authority is trusted.</summary>
    private string Trust(string what) =>
        setting is null ? $"add {what} to the authorities of this machine" : $"name {what} by {setting}";

    private static string Shown(CertificateNames names)
    {
        var all = names.ToString().Split(", ");
        var first = string.Join(", ", all.Take(NamesMax).Select(Plain));
        return all.Length <= NamesMax ? first : $"{first} and {all.Length - NamesMax} more";
    }

    private static string NameOf(X500DistinguishedName name) => $"'{Plain(name.Name)}'";

    private static string Fingerprint(X509Certificate2 certificate) =>
        certificate.GetCertHashString(System.Security.Cryptography.HashAlgorithmName.SHA256);

    /// <summary>Text of a stranger as it may be shown: 100 characters at most, and only those that print.</summary>
    private static string Plain(string text)
    {
        var shown = text.Length <= TextMax ? text : $"{text[..TextMax]}…";
        return string.Concat(shown.Select(c => char.IsControl(c) || char.IsSurrogate(c) || IsFormat(c) ? '?' : c));
    }

    private static bool IsFormat(char c) =>
        char.GetUnicodeCategory(c)
            is System.Globalization.UnicodeCategory.Format
                or System.Globalization.UnicodeCategory.LineSeparator
                or System.Globalization.UnicodeCategory.ParagraphSeparator;
}
