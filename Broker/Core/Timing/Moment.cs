namespace ScheduleZero.Broker.Core.Timing;

/// <summary>
/// Now, on two clocks. People mean the wall's; leases and time-outs are measured on the steady one, which nobody sets.
/// </summary>
public readonly record struct Moment(DateTimeOffset Wall, TimeSpan Steady);
