namespace ScheduleZero.Broker.Storage;

/// <summary>A nominal instant of a schedule that made no job, or a run of such instants.</summary>
/// <param name="Nominal">The first instant of the run.</param>
/// <param name="To">The last instant of the run; null for a single instant.</param>
/// <param name="Count">How many instants the run has.</param>
public sealed record MissedOccurrence(DateTimeOffset Nominal, string Reason, DateTimeOffset? To = null, long Count = 1);
