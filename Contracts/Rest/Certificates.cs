namespace ScheduleZero.Contracts.Rest;

/// <summary>How a certificate of the Broker's https listeners stands.</summary>
public sealed record CertificateView
{
    /// <summary>The file that the certificate is from, or the directory of the CA that issues it.</summary>
    public required string Source { get; init; }

    /// <summary>The hosts that the certificate is for.</summary>
    public required IReadOnlyList<string> Names { get; init; }

    /// <summary>When the certificate in use ends; absent when there is none yet.</summary>
    public DateTimeOffset? ValidUntil { get; init; }

    /// <summary>When the CA is asked for the next one; absent for a certificate from a file.</summary>
    public DateTimeOffset? NextAttempt { get; init; }

    /// <summary>
    /// Why the last attempt to get or load the next one failed, or what is wrong with the one in use; absent when
    /// nothing is.
    /// </summary>
    public string? Problem { get; init; }
}
