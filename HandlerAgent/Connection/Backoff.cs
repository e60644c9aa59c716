namespace ScheduleZero.HandlerAgent.Connection;

/// <summary>How long to wait before the next address is tried.</summary>
internal static class Backoff
{
    private const double FirstSeconds = 0.5;
    private const double LongestSeconds = 30;

    /// <summary>Full jitter: anything from nothing to the bound, so that a fleet that lost its bridge does not come back as one wave.</summary>
    /// <param name="failures">In a row; 0 after a session that held.</param>
    /// <param name="chance">A draw from [0, 1).</param>
    public static TimeSpan Delay(int failures, double chance) =>
        TimeSpan.FromSeconds(chance * Math.Min(LongestSeconds, FirstSeconds * Math.Pow(2, Math.Min(failures, 10))));
}
