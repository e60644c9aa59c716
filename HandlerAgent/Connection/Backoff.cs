namespace ScheduleZero.HandlerAgent.Connection;

/// <summary>Computes the wait before the next address is tried.</summary>
internal static class Backoff
{
    private const double FirstSeconds = 0.5;
    private const double LongestSeconds = 30;

    // A lease has 30 s, and little of it may be left when the network works again.
    private const double LongestWithAttemptsSeconds = 3;

    /// <summary>
    /// The wait, with full jitter: anything from nothing to the bound, so that handlers that lost their Bridge together
    /// do not come back together.
    /// </summary>
    /// <param name="failures">The number of failures in a row; 0 after a session that lasted.</param>
    /// <param name="holdsAttempts">Whether the Broker waits for attempts of this handler.</param>
    /// <param name="chance">A draw from [0, 1).</param>
    public static TimeSpan Delay(int failures, bool holdsAttempts, double chance)
    {
        var longest = holdsAttempts ? LongestWithAttemptsSeconds : LongestSeconds;
        return TimeSpan.FromSeconds(chance * Math.Min(longest, FirstSeconds * Math.Pow(2, Math.Min(failures, 10))));
    }
}
