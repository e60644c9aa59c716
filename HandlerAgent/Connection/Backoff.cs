namespace ScheduleZero.HandlerAgent.Connection;

/// <summary>How long to wait before the next address is tried.</summary>
internal static class Backoff
{
    private const double FirstSeconds = 0.5;
    private const double LongestSeconds = 30;

    // A lease is 30 s, and what is left of it when the way is open again may be little.
    private const double LongestWithAttemptsSeconds = 3;

    /// <summary>
    /// Full jitter: anything from nothing to the bound, so that a fleet that lost its bridge does not come back as one
    /// wave.
    /// </summary>
    /// <param name="failures">In a row; 0 after a session that held.</param>
    /// <param name="holdsAttempts">Whether somebody waits for what this handler has.</param>
    /// <param name="chance">A draw from [0, 1).</param>
    public static TimeSpan Delay(int failures, bool holdsAttempts, double chance)
    {
        var longest = holdsAttempts ? LongestWithAttemptsSeconds : LongestSeconds;
        return TimeSpan.FromSeconds(chance * Math.Min(longest, FirstSeconds * Math.Pow(2, Math.Min(failures, 10))));
    }
}
