using ScheduleZero.Contracts.Handlers;
using ScheduleZero.Contracts.Ids;
using ScheduleZero.Contracts.Rest;

namespace ScheduleZero.Broker.Core.Jobs;

/// <summary>The jobs that a job runs after.</summary>
/// <param name="After">All of them, as asked for.</param>
/// <param name="Left">Those that have not ended; none once the chain is broken.</param>
public sealed record Chain(IReadOnlyList<JobId> After, AfterFailure OnFailure, IReadOnlyList<JobId> Left)
{
    /// <summary>The awaited job for whose end this one is to be cancelled; null while there is none.</summary>
    public AwaitedEnd? BrokenBy { get; init; }

    /// <summary>True when the chain holds its job up no longer.</summary>
    public bool IsOpen => Left.Count == 0 && BrokenBy is null;

    public bool Awaits(JobId id) => BrokenBy is null && Left.Contains(id);

    /// <summary>The chain after one of the jobs that are left has ended.</summary>
    public Chain Without(AwaitedEnd ended) =>
        IsBrokenBy(ended.State)
            ? this with
            {
                Left = [],
                BrokenBy = ended,
            }
            : this with
            {
                Left = [.. Left.Where(id => id != ended.Id)],
            };

    private bool IsBrokenBy(JobState ended) => ended != JobState.Succeeded && OnFailure == AfterFailure.Cancel;
}

/// <summary>The batch that a job completes.</summary>
/// <param name="End">How the jobs of the batch ended, all of them; null while one has not.</param>
public sealed record Completion(BatchId Batch, CompletedBatch? End = null);

/// <summary>How an awaited job ended.</summary>
public sealed record AwaitedEnd(JobId Id, JobState State);
