using ScheduleZero.Broker.Core.Jobs;

namespace ScheduleZero.Broker.Core.Dispatch;

/// <summary>
/// The properties that all jobs of a parked group share. Jobs that are equal in them pass the same gates under the same
/// limits, so one of them can go exactly when any other can.
/// </summary>
internal readonly record struct ParkedGroupKey(
    LaneKey Lane,
    string? Key,
    int KeyLimit,
    string? Rate,
    int RateLimit,
    TimeSpan RatePeriod
)
{
    public static ParkedGroupKey Of(JobSpec spec) =>
        new(
            LaneKey.Of(spec),
            spec.ConcurrencyKey,
            spec.ConcurrencyKey is null ? 0 : spec.ConcurrencyLimit,
            spec.RateLimit?.Key,
            spec.RateLimit?.Limit ?? 0,
            spec.RateLimit?.Period ?? default
        );
}

/// <summary>
/// Ready jobs that wait together at a closed gate, outside their lane. They need the same gates, so that the whole
/// group moves from gate to gate at once, however many jobs it has.
/// </summary>
internal sealed class ParkedGroup(ParkedGroupKey key)
{
    public ParkedGroupKey Key { get; } = key;

    public ReadyQueue Jobs { get; } = new();

    /// <summary>The closed gate at which the group waits; null while the group moves to another gate.</summary>
    public Gate? Gate { get; set; }

    /// <summary>
    /// The group's place in the order at its gate: that of its best job when the group was parked there.
    /// </summary>
    public ReadyOrder Order { get; set; }
}
