using ScheduleZero.Contracts;

namespace ScheduleZero.HandlerAgent;

/// <summary>
/// Thrown by the code of an attempt to fail the attempt with a code of its own, and to say whether to try again. Any
/// other exception also fails the attempt: its type is the code, and the job's retry policy applies.
/// </summary>
/// <example>
/// <code>
/// throw new JobFailedException("no_such_month", "There is no 13th month.", retryable: false);
/// throw new JobFailedException("busy", "The printer is busy.") { RetryAfter = TimeSpan.FromMinutes(5) };
/// </code>
/// </example>
public sealed class JobFailedException : Exception
{
    /// <summary>Makes an exception that fails the attempt.</summary>
    /// <param name="code">
    /// A word that groups such failures, such as <c>no_such_month</c>; cut at 128 characters.
    /// </param>
    /// <param name="message">What went wrong, for people; cut at 4,096 characters.</param>
    /// <param name="retryable">
    /// True: the job's retry policy applies. False: trying again cannot help, and the job fails at once.
    /// </param>
    /// <param name="details">Any JSON value to be stored with the failed attempt; one over 32 KiB is left out.</param>
    /// <param name="innerException">
    /// What caused the failure; null for nothing. Its text and stack trace are stored with the attempt, cut at 16,384
    /// characters.
    /// </param>
    /// <exception cref="ArgumentException">The code is empty or blank.</exception>
    public JobFailedException(
        string code,
        string message,
        bool retryable = true,
        RawJson details = default,
        Exception? innerException = null
    )
        : base(message, innerException)
    {
        ArgumentException.ThrowIfNullOrWhiteSpace(code);
        Code = code;
        Retryable = retryable;
        Details = details;
    }

    /// <summary>The word that groups such failures.</summary>
    public string Code { get; }

    /// <summary>Whether the job's retry policy applies; if not, the job fails at once.</summary>
    public bool Retryable { get; }

    /// <summary>
    /// How long the Broker waits before the next attempt, in place of the job's backoff: 0 s to 1 day, and a longer
    /// time is cut. Null: the backoff.
    /// </summary>
    public TimeSpan? RetryAfter { get; init; }

    /// <summary>The JSON value that is stored with the failed attempt; empty for none.</summary>
    public RawJson Details { get; }
}
