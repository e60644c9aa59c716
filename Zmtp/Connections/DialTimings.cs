namespace ScheduleZero.Zmtp.Connections;

/// <summary>How long a dialler waits, and for what.</summary>
internal sealed record DialTimings
{
    /// <summary>For the connection itself, names included.</summary>
    public TimeSpan ConnectMax { get; init; } = TimeSpan.FromSeconds(5);

    /// <summary>Before the second attempt. The wait doubles with each failure.</summary>
    public TimeSpan WaitMin { get; init; } = TimeSpan.FromMilliseconds(100);

    /// <summary>The longest wait.</summary>
    public TimeSpan WaitMax { get; init; } = TimeSpan.FromSeconds(2);

    /// <param name="failures">Failures in a row, from 1.</param>
    /// <param name="jitter">A draw from [0, 1); it shortens the wait by up to a half.</param>
    public TimeSpan WaitAfter(int failures, double jitter)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(failures, 1);
        var wait = Math.Min(WaitMin.TotalSeconds * Math.Pow(2, failures - 1), WaitMax.TotalSeconds);
        return TimeSpan.FromSeconds(wait * (1 - (0.5 * jitter)));
    }
}
