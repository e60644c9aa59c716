using ScheduleZero.Triggers;

namespace ScheduleZero.Broker.Core.Schedules.Forecasts;

/// <summary>The properties of one schedule that a forecast depends on.</summary>
/// <param name="Timing">A text that is the same for schedules that are due at the same instants.</param>
/// <param name="From">The instant before which the schedule is not due; null for none.</param>
/// <param name="To">The last instant at which the schedule may be due; null for no such end.</param>
/// <param name="Most">How often the schedule is due at most; null for no limit.</param>
/// <param name="Handler">The only handler that may run the jobs; null for any.</param>
/// <param name="Key">The concurrency key of the jobs; null for none.</param>
/// <param name="Limit">How many jobs with the key may run at once.</param>
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
