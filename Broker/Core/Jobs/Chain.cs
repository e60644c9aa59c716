using ScheduleZero.Contracts.Handlers;
using ScheduleZero.Contracts.Ids;
using ScheduleZero.Contracts.Rest;

namespace ScheduleZero.Broker.Core.Jobs;

/// <summary>What a job runs after.</summary>
/// <param name="After">All of them, as asked for.</param>
/// <param name="Left">Those that have not ended; of a doomed job none.</param>
public sealed record Chain(IReadOnlyList<JobId> After, AfterFailure OnFailure, IReadOnlyList<JobId> Left)
{
    /// <summary>The job for which this one will be cancelled.</summary>
    public AwaitedEnd? Doom { get; init; }

    /// <summary>It holds the job up no longer.</summary>
    public bool IsOpen => Left.Count == 0 && Doom is null;

    public bool Awaits(JobId id) => Doom is null && Left.Contains(id);

    /// <summary>One of those that are left has ended.</summary>
    public Chain Without(AwaitedEnd ended) =>
        Dooms(ended.State)
            ? this with
            {
                Left = [],
                Doom = ended,
            }
            : this with
            {
                Left = [.. Left.Where(id => id != ended.Id)],
            };

    /// <summary>Whether such an end of an awaited job ends this one.</summary>
    public bool Dooms(JobState ended) => ended != JobState.Succeeded && OnFailure == AfterFailure.Cancel;
}

/// <summary>The batch that a job completes.</summary>
/// <param name="End">How its jobs ended, all of them; null while one has not.</param>
public sealed record Completion(BatchId Batch, CompletedBatch? End = null);

/// <summary>How an awaited job ended.</summary>
public sealed record AwaitedEnd(JobId Id, JobState State);
