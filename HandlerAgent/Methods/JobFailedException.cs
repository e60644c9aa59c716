using ScheduleZero.Contracts;

namespace ScheduleZero.HandlerAgent;

/// <summary>Thrown by a handler to fail its attempt with a word of its own.</summary>
public sealed class JobFailedException : Exception
{
    /// <param name="code">A word that groups such failures, such as <c>no_such_month</c>.</param>
    /// <param name="retryable">False: trying again cannot help, and the job fails at once.</param>
    public JobFailedException(
        string code,
        string message,
        bool retryable = true,
        RawJson details = default,
        Exception? inner = null
    )
        : base(message, inner)
    {
        ArgumentException.ThrowIfNullOrWhiteSpace(code);
        Code = code;
        Retryable = retryable;
        Details = details;
    }

    public string Code { get; }

    public bool Retryable { get; }

    /// <summary>
    /// How long to wait before the next attempt, in place of the job's backoff: 0 s to 1 d, a longer one is cut. Null:
    /// the backoff.
    /// </summary>
    public TimeSpan? RetryAfter { get; init; }

    /// <summary>Any JSON value, kept with the failed attempt; one over 32 KiB is left out.</summary>
    public RawJson Details { get; }
}
