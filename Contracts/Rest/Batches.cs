using ScheduleZero.Contracts.Ids;

namespace ScheduleZero.Contracts.Rest;

/// <summary>
/// A batch as posted: jobs that are followed, and cancelled, as one. The jobs are a set: all or none are enqueued, and
/// they may name each other.
/// </summary>
public sealed record BatchSubmission
{
    /// <summary>The jobs of the batch, 1 to 1,000, without deduplication keys: a job belongs to one batch.</summary>
    public required IReadOnlyList<JobRequest> Jobs { get; init; }

    /// <summary>A name for people; need not be unique.</summary>
    public string? Name { get; init; }

    /// <summary>
    /// The completion job, which runs once when all jobs have ended, however they ended. Its handler gets the counts of
    /// the jobs, and the completion job itself is no member of the batch.
    /// </summary>
    public JobRequest? OnComplete { get; init; }
}

/// <summary>A batch that was made.</summary>
/// <param name="Jobs">The ids of the jobs, in the order in which the jobs were posted.</param>
public sealed record BatchCreated(BatchView Batch, IReadOnlyList<JobId> Jobs);

public sealed record BatchView
{
    public required BatchId Id { get; init; }

    public required string Namespace { get; init; }

    public string? Name { get; init; }

    public required int Total { get; init; }

    /// <summary>The number of jobs in each state; the numbers add up to <c>total</c>.</summary>
    public required BatchCounts Counts { get; init; }

    public required DateTimeOffset CreatedAt { get; init; }

    public required string CreatedBy { get; init; }

    /// <summary>When the first of the batch's jobs was given to a handler.</summary>
    public DateTimeOffset? StartedAt { get; init; }

    /// <summary>When the last of the batch's jobs ended.</summary>
    public DateTimeOffset? FinishedAt { get; init; }

    public DateTimeOffset? CancelRequestedAt { get; init; }

    /// <summary>The id of the job that runs when all others have ended.</summary>
    public JobId? CompletionJob { get; init; }
}

public sealed record BatchCounts
{
    public int Scheduled { get; init; }

    public int Ready { get; init; }

    public int Running { get; init; }

    public int Succeeded { get; init; }

    public int Failed { get; init; }

    public int Cancelled { get; init; }

    public int Expired { get; init; }
}
