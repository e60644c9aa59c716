namespace ScheduleZero.Broker.Core.Alerts;

/// <summary>One thing for which the condition of a rule holds.</summary>
/// <param name="Subject">The name of the thing, such as a handler's.</param>
/// <param name="Detail">What is known about it, in words; null for nothing.</param>
/// <param name="Count">How many there are of it, such as jobs that wait.</param>
public sealed record SeenState(string Subject, string? Detail, long Count, IReadOnlyList<AlertSample> Samples);
