namespace ScheduleZero.Broker.Core.Timing;

/// <summary>
/// The present, as two clocks show it. Times that people give are compared with the wall clock; leases and time-outs
/// are measured on the steady clock, which nobody sets.
/// </summary>
/// <param name="Wall">The time of the wall clock.</param>
/// <param name="Steady">The time that has passed since an arbitrary start, on the steady clock.</param>
public readonly record struct Moment(DateTimeOffset Wall, TimeSpan Steady);
