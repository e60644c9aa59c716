namespace ScheduleZero.Acme;

/// <summary>A certificate could not be had. The message says what went wrong, and what to do where that is known.
/// </summary>
internal sealed class AcmeException(string message, Exception? inner = null) : Exception(message, inner)
{
    /// <summary>The last part of the problem's type in RFC 8555, such as <c>rateLimited</c>; null when the CA named
    /// no problem.</summary>
    public string? ProblemType { get; init; }

    /// <summary>How long the CA asks to wait; null when it does not ask.</summary>
    public TimeSpan? RetryAfter { get; init; }

    /// <summary>Whether the same request may succeed in a moment: no connection, a time-out, a server error.</summary>
    public bool IsPassing { get; init; }
}
