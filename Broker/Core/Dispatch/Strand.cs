using ScheduleZero.Broker.Core.Jobs;

namespace ScheduleZero.Broker.Core.Dispatch;

/// <summary>What must be alike in jobs for one to have to wait whenever the other must.</summary>
internal readonly record struct StrandKey(
    LaneKey Lane,
    string? Key,
    int KeyLimit,
    string? Rate,
    int RateLimit,
    TimeSpan RatePeriod
)
{
    public static StrandKey Of(JobSpec spec) =>
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
internal sealed class Strand(StrandKey key)
{
    public StrandKey Key { get; } = key;

    public ReadyQueue Waiting { get; } = new();

    public Gate? At { get; set; }

    /// <summary>Of its best job when it was given its place at the gate.</summary>
    public ReadyOrder Order { get; set; }
}
