using ScheduleZero.Triggers;

namespace ScheduleZero.Broker.Core.Schedules.Forecasts;

/// <summary>What a forecast has to know of one schedule.</summary>
/// <param name="Timing">The same for schedules that are due at the same instants.</param>
/// <param name="From">Not due before.</param>
/// <param name="To">Not due after.</param>
/// <param name="Most">How often at most.</param>
/// <param name="Handler">The one that its jobs are pinned to.</param>
/// <param name="Key">Its concurrency key.</param>
/// <param name="Limit">Jobs of that key that may run at once.</param>
public sealed record Forecasted(
    string Name,
    string Timing,
    TriggerClock Clock,
    Exclusions Exclusions,
    DateTimeOffset? From,
    DateTimeOffset? To,
    long? Most,
    string? Handler,
    string? Key,
    int Limit,
    bool HasJitter
);
