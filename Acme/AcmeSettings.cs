using System.Net;
using System.Security.Cryptography.X509Certificates;

namespace ScheduleZero.Acme;

/// <summary>Which certificate to get, from which CA, and where to store it.</summary>
internal sealed record AcmeSettings
{
    /// <summary>More names in one certificate are refused by the known CAs.</summary>
    private const int NamesMax = 100;

    /// <summary>The address of the CA's directory, by https.</summary>
    public required Uri Directory { get; init; }

    /// <summary>The names of the certificate: host names in ASCII, without wildcards, or IP addresses.</summary>
    public required IReadOnlyList<string> Names { get; init; }

    /// <summary>The folder of the account's key, the certificate and its key. It is created when it is missing.
    /// </summary>
    public required string Folder { get; init; }

    public ChallengeKind Challenge { get; init; } = ChallengeKind.Http01;

    /// <summary>Addresses at which the CA may write to the operator, such as <c>mailto:ops@example.org</c>.</summary>
    public IReadOnlyList<string> Contacts { get; init; } = [];

    /// <summary>Whether the operator agrees to the CA's terms of service. No account is created without it where the
    /// CA has terms.</summary>
    public bool AgreesToTerms { get; init; }

    /// <summary>Null for CAs that need no account elsewhere.</summary>
    public ExternalAccount? ExternalAccount { get; init; }

    /// <summary>The roots that the directory's own certificate must lead to; null for the roots of the system.
    /// </summary>
    public X509Certificate2Collection? Roots { get; init; }

    /// <summary>The time for one request, with its answer.</summary>
    public TimeSpan RequestTimeout { get; init; } = TimeSpan.FromSeconds(30);

    /// <summary>The time for one order, from the request to the certificate.</summary>
    public TimeSpan OrderTimeout { get; init; } = TimeSpan.FromMinutes(10);

    /// <summary>A sentence about the first setting that cannot be right; null when all can.</summary>
    public string? FindMistake()
    {
        if (!Directory.IsAbsoluteUri || Directory.Scheme != Uri.UriSchemeHttps)
        {
            return $"The ACME directory '{Directory}' must be an address of the form https://…";
        }

        if (Names.Count is 0 or > NamesMax)
        {
            return $"A certificate has 1 to {NamesMax} names, not {Names.Count}.";
        }

        if (ExternalAccount is { } external && (external.KeyId == "" || external.Key.IsEmpty))
        {
            return "An external account needs the key id and the key that the CA shows.";
        }

        return Names.Select(FindMistakeIn).FirstOrDefault(mistake => mistake != null);
    }

    private static string? FindMistakeIn(string name)
    {
        if (name.Contains('*', StringComparison.Ordinal))
        {
            return $"'{name}': a certificate for a wildcard needs a challenge in the DNS, which is not built in.";
        }

        return
            IPAddress.TryParse(name, out _)
            || (
                name.Length is > 0 and <= 253
                && name.All(c => char.IsAsciiLetterOrDigit(c) || c is '-' or '.')
                && !name.Split('.').Contains("")
            )
            ? null
            : $"'{name}' is no host name in ASCII; names in other scripts are written in their xn-- form.";
    }
}
