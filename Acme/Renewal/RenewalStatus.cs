namespace ScheduleZero.Acme.Renewal;

/// <summary>How the renewal of a certificate stands, for metrics and people.</summary>
internal sealed record RenewalStatus
{
    /// <summary>When the certificate in use ends; null when there is none.</summary>
    public DateTimeOffset? NotAfter { get; init; }

    /// <summary>When the next certificate will be asked for; null before the first plan.</summary>
    public DateTimeOffset? NextAttempt { get; init; }

    /// <summary>Why the last attempt failed; null when it did not fail, or there was none.</summary>
    public string? LastFailure { get; init; }

    /// <summary>Attempts that failed since the last one that did not.</summary>
    public int FailuresInRow { get; init; }
}
