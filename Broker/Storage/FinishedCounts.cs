using ScheduleZero.Contracts.Rest;

namespace ScheduleZero.Broker.Storage;

/// <summary>The number of a namespace's finished jobs in each final state.</summary>
/// <param name="ByState">The numbers of all four final states.</param>
/// <param name="IsWhole">Whether all jobs are counted; otherwise there may be more than the numbers say, and a later
/// request goes on counting.</param>
public sealed record FinishedCounts(IReadOnlyDictionary<JobState, long> ByState, bool IsWhole);
