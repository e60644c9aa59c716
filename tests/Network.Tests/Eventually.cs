using System.Diagnostics;
using ScheduleZero.Client;
using ScheduleZero.Contracts;

namespace ScheduleZero.Network.Tests;

/// <summary>Repeats a check until its condition holds.</summary>
internal static class Eventually
{
    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(100);

    /// <summary>
    /// Waits until the condition holds, and returns the value that was read. A Broker that does not answer is asked
    /// again.
    /// </summary>
    /// <exception cref="TimeoutException">The condition did not hold in time; the message has the value.</exception>
    public static async Task<T> SeeAsync<T>(
        string what,
        Func<Task<T>> look,
        Func<T, bool> isSo,
        TimeSpan within,
        CancellationToken cancellationToken
    )
    {
        var watch = Stopwatch.StartNew();
        var last = "nothing";
        while (watch.Elapsed < within)
        {
            try
            {
                var seen = await look();
                if (isSo(seen))
                {
                    return seen;
                }

                last = $"{seen}";
            }
            catch (ScheduleZeroException e) when (e.Code == ErrorCodes.Unavailable)
            {
                last = e.Message;
            }

            await Task.Delay(Pause, cancellationToken);
        }

        throw new TimeoutException($"Not seen within {within.TotalSeconds:0} s: {what}. Last seen: {last}");
    }
}
