namespace ScheduleZero.Broker.Core.Executions;

/// <summary>
/// Counts of durations in buckets that each end 2 % above their beginning, from 0.1 ms to over 7 days. A percentile is
/// within 1 % of the exact one. Histograms can be added to each other and taken from each other without loss.
/// </summary>
public sealed class DurationHistogram
{
    /// <summary>How many buckets there are at most.</summary>
    public const int BucketsMax = 1150;

    private const double Smallest = 0.0001;
    private const double Growth = 1.02;

    private static readonly double LogGrowth = Math.Log(Growth);

    // Only the buckets that hold something: most names have a few dozen.
    private readonly SortedList<int, long> _counts = [];
    private long _ticks;

    public long Count { get; private set; }

    /// <summary>The sum of all durations, in ticks of 100 ns.</summary>
    public long Ticks => _ticks;

    public double MeanSeconds => Count == 0 ? 0 : (double)_ticks / TimeSpan.TicksPerSecond / Count;

    /// <summary>The buckets that hold something, by number.</summary>
    public IEnumerable<KeyValuePair<int, long>> Buckets => _counts;

    public void Add(double seconds) => Add(TimeSpan.FromSeconds(seconds), 1);

    /// <param name="count">How often the duration is added; below zero, how often it is taken away.</param>
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

    /// <param name="share">0 to 1; the duration that this share of all does not exceed.</param>
    public double PercentileSeconds(double share)
    {
        var wanted = Math.Max(1, (long)Math.Ceiling(share * Count));
        long seen = 0;
        foreach (var (bucket, count) in _counts)
        {
            seen += count;
            if (seen >= wanted)
            {
                // The middle of the bucket, so that the error is to either side.
                return bucket == 0 ? 0 : Smallest * Math.Pow(Growth, bucket - 0.5);
            }
        }

        return 0;
    }

    private static int BucketOf(double seconds) =>
        seconds <= Smallest ? 0 : Math.Min(BucketsMax - 1, (int)(Math.Log(seconds / Smallest) / LogGrowth) + 1);
}
