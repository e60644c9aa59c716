using System.Buffers.Text;
using System.Security.Cryptography.X509Certificates;
using ScheduleZero.Acme;
using ScheduleZero.Acme.Files;
using ScheduleZero.Certificates;

namespace ScheduleZero.Edges.Tls;

/// <summary>The certificate that a CA issues by ACME (RFC 8555) and that the server renews by itself.</summary>
public sealed record TlsAcmeSettings
{
    /// <summary>The directory of Let's Encrypt.</summary>
    public const string DirectoryDefault = "https://acme-v02.api.letsencrypt.org/directory";

    public const string HttpChallenge = "http-01";
    public const string TlsChallenge = "tls-alpn-01";

    /// <summary>The names of the certificate: host names or IP addresses; none for no certificate by ACME.</summary>
    public IReadOnlyList<string> Names { get; init; } = [];

    /// <summary>The address of the CA's directory.</summary>
    public string Directory { get; init; } = DirectoryDefault;

    /// <summary>Where the CA may write to; null for nowhere.</summary>
    public string? Email { get; init; }

    /// <summary>Whether the operator agrees to the CA's terms of service.</summary>
    public bool AgreesToTerms { get; init; }

    /// <summary>The id of the key of an account at the CA's web site; null where the CA needs none.</summary>
    public string? ExternalKeyId { get; init; }

    /// <summary>A file with that key in base64url; null where the CA needs none.</summary>
    public string? ExternalKeyFile { get; init; }

    /// <summary>
    /// The folder of the account's key, the certificate and its key, in which each CA has a folder of its own.
    /// </summary>
    public string Folder { get; init; } = "acme";

    /// <summary>
    /// How the CA checks the names: <see cref="HttpChallenge"/> or <see cref="TlsChallenge"/>; null for the former
    /// where a listener redirects to https, and for the latter where none does.
    /// </summary>
    public string? Challenge { get; init; }

    /// <summary>
    /// A file with the authorities, as PEM, that the directory's own certificate must lead to; null for those of the
    /// machine.
    /// </summary>
    public string? CaFile { get; init; }

    /// <summary>The clock of orders and renewals.</summary>
    internal TimeProvider Time { get; init; } = TimeProvider.System;

    internal bool IsOn => Names.Count > 0;

    /// <summary>The folder of the CA in question: one CA's certificate is not taken for another's.</summary>
    private string FolderOfAuthority =>
        Path.Combine(
            Folder,
            string.Concat(
                    Directory["https://".Length..].Select(c => char.IsAsciiLetterOrDigit(c) || c == '.' ? c : '-')
                )
                .Trim('-', '.')
                .ToLowerInvariant()
        );

    /// <summary>What the CA looks at when it checks a name.</summary>
    /// <param name="redirects">Whether a listener redirects to https.</param>
    internal ChallengeKind KindOf(bool redirects) =>
        (Challenge ?? (redirects ? HttpChallenge : TlsChallenge)) == HttpChallenge
            ? ChallengeKind.Http01
            : ChallengeKind.TlsAlpn01;

    /// <summary>What is wrong with these settings; empty when nothing is.</summary>
    /// <param name="redirects">Whether a listener redirects to https.</param>
    internal IEnumerable<string> Problems(bool redirects)
    {
        if (!IsOn)
        {
            return HasMore() ? ["The other --acme flags need --acme, the names of the certificate."] : [];
        }

        // Whatever makes the order needs these to be right.
        var basics = BasicProblems(redirects).ToList();
        if (basics.Count > 0)
        {
            return basics;
        }

        try
        {
            return ToOrder().FindMistake() is { } mistake ? [$"--acme: {mistake}"] : [];
        }
        catch (IOException e)
        {
            return [e.Message];
        }
    }

    /// <summary>The settings as the client of the CA takes them. They were validated.</summary>
    /// <exception cref="IOException">A file cannot be read, or does not hold what it should.</exception>
    internal AcmeSettings ToOrder() =>
        new()
        {
            Directory = new Uri(Directory),
            Names = [.. Names.Select(name => name.ToLowerInvariant()).Distinct(StringComparer.Ordinal)],
            Folder = FolderOfAuthority,
            Contacts = Email is null ? [] : [$"mailto:{Email}"],
            AgreesToTerms = AgreesToTerms,
            ExternalAccount = ExternalKeyId is null
                ? null
                : new ExternalAccount(ExternalKeyId, ReadExternalKey(ExternalKeyFile!)),
            Roots = CaFile is null ? null : ReadAuthorities(CaFile),
        };

    private bool HasMore() =>
        Email is not null
        || AgreesToTerms
        || ExternalKeyId is not null
        || ExternalKeyFile is not null
        || Challenge is not null
        || CaFile is not null
        || Directory != DirectoryDefault;

    private IEnumerable<string> BasicProblems(bool redirects)
    {
        if (!Uri.TryCreate(Directory, UriKind.Absolute, out var directory) || directory.Scheme != Uri.UriSchemeHttps)
        {
            yield return $"--acme-directory '{Directory}' is not the address of a CA's directory; it looks like "
                + $"{DirectoryDefault}.";
        }

        if (Challenge is not (null or HttpChallenge or TlsChallenge))
        {
            yield return $"--acme-challenge '{Challenge}' is neither {HttpChallenge} nor {TlsChallenge}.";
        }
        else if (KindOf(redirects) == ChallengeKind.Http01 && !redirects)
        {
            yield return $"{HttpChallenge} is answered by the listener of plain HTTP: give --redirect-http "
                + $"http://0.0.0.0:80, or --acme-challenge {TlsChallenge}.";
        }

        // A URL of mail could name several addresses, or headers, which a CA refuses (RFC 8555, 7.3).
        if (Email is not null && !SettingText.IsMailAddress(Email))
        {
            yield return $"--acme-email '{Email}' is not one address of mail.";
        }

        if (ExternalKeyId is null != ExternalKeyFile is null)
        {
            yield return "An external account needs both --acme-eab-key-id and --acme-eab-key-file.";
        }
    }

    private static byte[] ReadExternalKey(string path)
    {
        var text = SecretFile.Read(path) ?? throw new IOException($"{path} is not there (--acme-eab-key-file).");
        try
        {
            return Base64Url.DecodeFromChars(text.Trim());
        }
        catch (FormatException e)
        {
            throw new IOException($"{path} holds no key in base64url, as the CA shows it (--acme-eab-key-file).", e);
        }
    }

    private static X509Certificate2Collection ReadAuthorities(string path)
    {
        try
        {
            return AuthorityFile.Read(path).Roots;
        }
        catch (IOException e)
        {
            throw new IOException($"--acme-ca-file: {e.Message}", e);
        }
    }
}
