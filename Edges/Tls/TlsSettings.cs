using ScheduleZero.Certificates;

namespace ScheduleZero.Edges.Tls;

/// <summary>The certificates of a server's https URLs, and the listener that sends callers of http there.</summary>
public sealed record TlsSettings
{
    /// <summary>
    /// Files with certificates: PEM with the intermediates after the server's own, or PKCS#12 by the names .pfx and
    /// .p12. A client gets the one for the name that it asks for; the first when none is.
    /// </summary>
    public IReadOnlyList<string> CertificateFiles { get; init; } = [];

    /// <summary>Files with the keys of the PEM certificates, in their order.</summary>
    public IReadOnlyList<string> KeyFiles { get; init; } = [];

    /// <summary>A file with the password of the keys; null for keys without one.</summary>
    public string? PasswordFile { get; init; }

    /// <summary>The URL of a listener that sends callers on to https; null for none.</summary>
    public string? RedirectUrl { get; init; }

    /// <summary>
    /// A file with the authorities, as PEM, whose certificates clients must show; null when clients need none.
    /// </summary>
    public string? ClientAuthorityFile { get; init; }

    /// <summary>The certificate that a CA issues by ACME; none by default.</summary>
    public TlsAcmeSettings Acme { get; init; } = new();

    /// <summary>The certificates with their keys. The settings were validated.</summary>
    internal IEnumerable<CertificateFile> Files()
    {
        var keys = new Queue<string>(KeyFiles);
        foreach (var path in CertificateFiles)
        {
            yield return new CertificateFile(
                path,
                CertificateFile.IsPkcs12(path) ? null : keys.Dequeue(),
                PasswordFile
            );
        }
    }

    /// <summary>What is wrong with these settings; empty when nothing is.</summary>
    /// <param name="urls">The URLs of the server's listeners.</param>
    internal IEnumerable<string> Problems(IReadOnlyList<string> urls)
    {
        var https = urls.Where(IsHttps).ToList();
        if (RedirectUrl is not null && RedirectProblem(https.Count > 0) is { } redirect)
        {
            yield return redirect;
        }

        foreach (var problem in ClientAuthorityProblems(urls))
        {
            yield return problem;
        }

        foreach (var problem in Acme.Problems(redirects: RedirectUrl is not null))
        {
            yield return problem;
        }

        if (CertificateFiles.Count == 0 && !Acme.IsOn)
        {
            foreach (var url in https)
            {
                yield return $"'{url}' needs a certificate: give it by --tls-cert and its key by --tls-key, or have a "
                    + "CA issue it by --acme.";
            }
        }
        else if (https.Count == 0)
        {
            yield return "--tls-cert and --acme are of no use without an https URL, such as --urls "
                + "https://0.0.0.0:8443.";
        }

        foreach (var problem in FileProblems())
        {
            yield return problem;
        }
    }

    private IEnumerable<string> FileProblems()
    {
        if (CertificateFiles.Count == 0)
        {
            if (KeyFiles.Count > 0 || PasswordFile is not null)
            {
                yield return "--tls-key and --tls-password-file need --tls-cert, the certificate.";
            }

            yield break;
        }

        var pemCount = CertificateFiles.Count(path => !CertificateFile.IsPkcs12(path));
        if (pemCount != KeyFiles.Count)
        {
            yield return $"Each PEM certificate needs its key: --tls-cert names {pemCount} of them, and --tls-key "
                + $"{KeyFiles.Count} keys. (A .pfx or .p12 file holds its key itself.)";
            yield break;
        }

        foreach (var problem in Files().Select(ProblemOf).OfType<string>())
        {
            yield return problem;
        }
    }

    internal static bool IsHttps(string url) => url.StartsWith("https://", StringComparison.OrdinalIgnoreCase);

    private static string? ProblemOf(CertificateFile file)
    {
        try
        {
            ServerCertificate.Load(file, file.Read());
            return null;
        }
        catch (IOException e)
        {
            return e.Message;
        }
    }

    private IEnumerable<string> ClientAuthorityProblems(IReadOnlyList<string> urls)
    {
        if (ClientAuthorityFile is null)
        {
            yield break;
        }

        if (!urls.All(IsHttps))
        {
            yield return "With --client-ca every URL must be https: over http, clients show no certificate.";
        }

        string? unreadable = null;
        try
        {
            _ = new ClientAuthority(ClientAuthorityFile);
        }
        catch (IOException e)
        {
            unreadable = e.Message;
        }

        if (unreadable is not null)
        {
            yield return unreadable;
        }
    }

    private string? RedirectProblem(bool hasHttps)
    {
        if (
            !Uri.TryCreate(RedirectUrl, UriKind.Absolute, out var uri)
            || uri.Scheme != Uri.UriSchemeHttp
            || uri.PathAndQuery != "/"
        )
        {
            return $"--redirect-http '{RedirectUrl}' is not a URL to listen on; it looks like http://0.0.0.0:80.";
        }

        return hasHttps ? null : "--redirect-http needs an https URL in --urls, to which it sends callers.";
    }
}
