using ScheduleZero.Broker.Core.Timing;
using ScheduleZero.Contracts.Rest;

namespace ScheduleZero.Broker.Core.Namespaces;

/// <summary>
/// How long the newest attempts of a namespace waited for a handler. Changed only on the loop's thread; an attempt
/// costs one write into an array.
/// </summary>
internal sealed class StartLatencies
{
    /// <summary>How many attempts are held.</summary>
    public const int HeldMax = 500;

    /// <summary>How long an attempt counts.</summary>
    public static readonly TimeSpan Window = TimeSpan.FromHours(1);

    /// <summary>
    /// The newest attempts, in a ring: when each was assigned, on the steady clock, and the seconds that it waited.
    /// Null before the first attempt.
    /// </summary>
    private (TimeSpan At, float Seconds)[]? _held;

    /// <summary>The number of attempts that were noted, also those that are no longer held.</summary>
    private long _noted;

    /// <summary>Notes an attempt that is being assigned.</summary>
    /// <param name="since">The instant from which on the attempt could have begun.</param>
    public void Add(DateTimeOffset since, Moment now)
    {
        _held ??= new (TimeSpan At, float Seconds)[HeldMax];
        // A wall clock that was set back would make the wait negative.
        var waited = Math.Max(0, (now.Wall - since).TotalSeconds);
        _held[_noted++ % HeldMax] = (now.Steady, (float)waited);
    }

    /// <summary>The sums over the attempts of the last hour; null when there was none.</summary>
    public StartLatency? Sum(Moment now)
    {
        if (_held is null)
        {
            return null;
        }

        var waits = _held
            .Take((int)Math.Min(_noted, HeldMax))
            .Where(held => now.Steady - held.At <= Window)
            .Select(held => (double)held.Seconds)
            .Order()
            .ToArray();
        return waits.Length == 0
            ? null
            : new StartLatency(waits.Length, Percentile(waits, 0.5), Percentile(waits, 0.95), Percentile(waits, 0.99));
    }

    // The smallest wait that at least this share of all waits did not exceed.
    private static double Percentile(double[] waits, double share) =>
        waits[Math.Max(0, (int)Math.Ceiling(share * waits.Length) - 1)];
}
