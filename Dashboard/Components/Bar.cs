namespace ScheduleZero.Dashboard.Components;

/// <summary>One bar of a picture.</summary>
/// <param name="Words">What the bar says, for its tooltip.</param>
public sealed record Bar(long Good, long Bad, string Words);
