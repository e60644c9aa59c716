using ScheduleZero.Contracts.Rest;

namespace ScheduleZero.Contracts;

/// <summary>The rule that says how often, and after which delays, a job is tried again.</summary>
public sealed record RetryPolicy(
    int MaxAttempts,
    BackoffKind Backoff,
    TimeSpan FirstDelay,
    TimeSpan MaxDelay,
    double Jitter
)
{
    public static RetryPolicy Default { get; } =
        new(3, BackoffKind.Exponential, TimeSpan.FromSeconds(1), TimeSpan.FromMinutes(10), 0.2);

    /// <summary>The wait before the next attempt.</summary>
    /// <param name="attempt">The attempt that just failed, counted from 1.</param>
    /// <param name="chance">A draw from [0, 1); it only shortens the wait, by up to <see cref="Jitter"/>.</param>
    public TimeSpan DelayAfter(int attempt, double chance)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(attempt, 1);
        var factor = Backoff switch
        {
            BackoffKind.Fixed => 1,
            BackoffKind.Linear => attempt,
            _ => Math.Pow(2, attempt - 1),
        };
        var seconds = Math.Min(FirstDelay.TotalSeconds * factor, MaxDelay.TotalSeconds);
        return TimeSpan.FromSeconds(seconds * (1 - (Jitter * chance)));
    }
}
