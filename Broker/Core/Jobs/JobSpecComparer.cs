namespace ScheduleZero.Broker.Core.Jobs;

/// <summary>
/// Compares specs by their contents. A record would compare its list of tags by reference; this comparer compares the
/// tags themselves.
/// </summary>
public sealed class JobSpecComparer : IEqualityComparer<JobSpec>
{
    public static JobSpecComparer Instance { get; } = new();

    public bool Equals(JobSpec? x, JobSpec? y) =>
        ReferenceEquals(x, y)
        || (x is not null && y is not null && SameTags(x.Tags, y.Tags) && x with { Tags = y.Tags } == y);

    public int GetHashCode(JobSpec obj) =>
        HashCode.Combine(
            obj.Method,
            obj.Handler,
            obj.Group,
            obj.Priority,
            obj.Timeout,
            obj.ConcurrencyKey,
            obj.RateLimit,
            obj.Tags?.Count ?? 0
        );

    private static bool SameTags(IReadOnlyList<string>? x, IReadOnlyList<string>? y)
    {
        if (x?.Count != y?.Count)
        {
            return false;
        }

        for (var i = 0; i < x?.Count; i++)
        {
            if (x[i] != y![i])
            {
                return false;
            }
        }

        return true;
    }
}
