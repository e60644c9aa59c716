namespace ScheduleZero.Dashboard.Components;

/// <summary>One number of a line.</summary>
/// <param name="Value">The number; null where there is none.</param>
/// <param name="Words">What the number says, for its tooltip.</param>
public sealed record Point(double? Value, string Words);
