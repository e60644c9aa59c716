using ScheduleZero.Contracts.Handlers;
using ScheduleZero.Contracts.Ids;
using ScheduleZero.Contracts.Rest;

namespace ScheduleZero.Broker.Core.Jobs;

/// <summary>The jobs that a job runs after.</summary>
/// <param name="After">All awaited jobs, as asked for.</param>
/// <param name="OnFailure">What becomes of the job when an awaited job does not succeed.</param>
/// <param name="Left">The awaited jobs that have not ended; none once the chain is broken.</param>
public sealed record Chain(IReadOnlyList<JobId> After, AfterFailure OnFailure, IReadOnlyList<JobId> Left)
{
    /// <summary>The end of an awaited job that broke the chain; null while the chain is not broken.</summary>
    public AwaitedEnd? BrokenBy { get; init; }

    /// <summary>True when the job may run: all awaited jobs have ended, and the chain is not broken.</summary>
    public bool IsOpen => Left.Count == 0 && BrokenBy is null;

    public bool Awaits(JobId id) => BrokenBy is null && Left.Contains(id);

    /// <summary>The chain after one of the awaited jobs has ended.</summary>
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
/// <param name="End">How the jobs of the batch ended; null while one of them has not.</param>
public sealed record Completion(BatchId Batch, CompletedBatch? End = null);

/// <summary>How an awaited job ended.</summary>
public sealed record AwaitedEnd(JobId Id, JobState State);
