using ScheduleZero.Broker.Core.Jobs;

namespace ScheduleZero.Broker.Core.Dispatch;

/// <summary>
/// What a group of parked jobs has in common: jobs that are alike in all of this can go, or must wait, only together.
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
/// Ready jobs that wait together, aside from their lane: they want the same gates, and the one at which they stand is
/// closed. All of them go from gate to gate at once, whatever their number.
/// </summary>
internal sealed class ParkedGroup(ParkedGroupKey key)
{
    public ParkedGroupKey Key { get; } = key;

    public ReadyQueue Jobs { get; } = new();

    /// <summary>The closed gate at which the group stands; null while it is on the way to one.</summary>
    public Gate? Gate { get; set; }

    /// <summary>The group's place among those at the gate: that of its best job when it came there.</summary>
    public ReadyOrder Order { get; set; }
}
