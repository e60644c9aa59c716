namespace ScheduleZero.Edges.Tls;

/// <summary>Where the listeners get certificates from. Called for each handshake, from several threads.</summary>
internal interface ICertificateSource
{
    /// <summary>The certificates in use, in the order in which they are taken.</summary>
    IReadOnlyList<ServerCertificate> Current();

    /// <summary>Whether the source is to have a certificate for a host, and has none yet.</summary>
    bool Awaits(string host);

    /// <summary>How each certificate stands, for metrics and people.</summary>
    IEnumerable<CertificateState> States();
}

/// <summary>How a certificate stands.</summary>
/// <param name="Source">The file, or the directory of the CA, that the certificate is from.</param>
/// <param name="Names">The hosts that the certificate is for.</param>
/// <param name="ValidUntil">When the certificate in use ends; null when there is none.</param>
/// <param name="Failures">The attempts to get the next certificate that failed since the last that did not.</param>
/// <param name="Problem">Why the last attempt failed, or what is wrong with the certificate; null for nothing.</param>
internal sealed record CertificateState(
    string Source,
    IReadOnlyList<string> Names,
    DateTimeOffset? ValidUntil,
    int Failures,
    string? Problem
)
{
    /// <summary>When the CA is asked again; null for a certificate that is no CA's.</summary>
    public DateTimeOffset? NextAttempt { get; init; }
}

/// <summary>The end of an attempt to get a certificate from a CA.</summary>
/// <param name="Names">The hosts of the certificate.</param>
/// <param name="ValidUntil">When the new certificate ends; null when there is none.</param>
/// <param name="Failure">Why there is no new certificate; null when there is one.</param>
internal sealed record CertificateAttempt(IReadOnlyList<string> Names, DateTimeOffset? ValidUntil, string? Failure);
