namespace ScheduleZero.Broker.Core.Executions;

/// <summary>
/// Counts durations in buckets, from 0.1 ms to over 7 days. The upper bound of each bucket is 2 % above its lower
/// bound, so a percentile is within 1 % of the exact one. Histograms can be added to each other and subtracted without
/// loss.
/// </summary>
public sealed class DurationHistogram
{
    /// <summary>How many buckets there are at most.</summary>
    public const int BucketsMax = 1150;

    /// <summary>The upper bound of the first bucket, in seconds.</summary>
    private const double Smallest = 0.0001;

    /// <summary>The ratio of the upper bounds of neighbouring buckets.</summary>
    private const double Growth = 1.02;

    private static readonly double LogGrowth = Math.Log(Growth);

    /// <summary>
    /// The count of each bucket, by the bucket's number. Empty buckets are left out: most histograms have a few dozen
    /// that are not empty.
    /// </summary>
    private readonly SortedList<int, long> _counts = [];
    private long _ticks;

    /// <summary>The number of durations.</summary>
    public long Count { get; private set; }

    /// <summary>The sum of all durations, in ticks of 100 ns.</summary>
    public long Ticks => _ticks;

    public double MeanSeconds => Count == 0 ? 0 : (double)_ticks / TimeSpan.TicksPerSecond / Count;

    /// <summary>The buckets that are not empty, with their counts, in order of their numbers.</summary>
    public IEnumerable<KeyValuePair<int, long>> Buckets => _counts;

    public void Add(double seconds) => Add(TimeSpan.FromSeconds(seconds), 1);

    /// <summary>Adds a duration, or subtracts it.</summary>
    /// <param name="count">How often the duration is added; below zero, how often it is subtracted.</param>
    public void Add(TimeSpan duration, long count) =>
        AddBucket(BucketOf(duration.TotalSeconds), count, duration.Ticks * count);

    /// <summary>Adds durations of which only the bucket and the sum are known.</summary>
    /// <exception cref="ArgumentOutOfRangeException">There is no such bucket.</exception>
    public void AddBucket(int bucket, long count, long ticks)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(bucket);
        ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual(bucket, BucketsMax);
        var now = _counts.GetValueOrDefault(bucket) + count;
        if (now == 0)
        {
            _counts.Remove(bucket);
        }
        else
        {
            _counts[bucket] = now;
        }

        Count += count;
        _ticks += ticks;
    }

    public void Add(DurationHistogram other)
    {
        foreach (var (bucket, count) in other._counts)
        {
            AddBucket(bucket, count, ticks: 0);
        }

        _ticks += other._ticks;
    }

    /// <summary>
    /// The duration, in seconds, that a share of all durations does not exceed; 0 when there are none.
    /// </summary>
    /// <param name="share">The share, from 0 to 1.</param>
    public double PercentileSeconds(double share)
    {
        var wanted = Math.Max(1, (long)Math.Ceiling(share * Count));
        long seen = 0;
        foreach (var (bucket, count) in _counts)
        {
            seen += count;
            if (seen >= wanted)
            {
                // The middle of the bucket, so that the error may be to either side.
                return bucket == 0 ? 0 : Smallest * Math.Pow(Growth, bucket - 0.5);
            }
        }

        return 0;
    }

    private static int BucketOf(double seconds) =>
        seconds <= Smallest ? 0 : Math.Min(BucketsMax - 1, (int)(Math.Log(seconds / Smallest) / LogGrowth) + 1);
}
