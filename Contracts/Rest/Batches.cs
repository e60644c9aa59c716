using ScheduleZero.Contracts.Ids;

namespace ScheduleZero.Contracts.Rest;

/// <summary>
/// A batch as posted: jobs that are followed, and cancelled, as one. They are a set: all or none, and they may name
/// each other.
/// </summary>
public sealed record BatchSubmission
{
    /// <summary>1 to 1,000, without deduplication keys: a job belongs to one batch.</summary>
    public required IReadOnlyList<JobRequest> Jobs { get; init; }

    /// <summary>For people; need not be unique.</summary>
    public string? Name { get; init; }

    /// <summary>
    /// Runs once all jobs have ended, whatever came of them. It is told their counts, and is no member itself.
    /// </summary>
    public JobRequest? OnComplete { get; init; }
}

/// <param name="Jobs">In the order in which they were posted.</param>
public sealed record BatchCreated(BatchView Batch, IReadOnlyList<JobId> Jobs);

public sealed record BatchView
{
    public required BatchId Id { get; init; }

    public required string Namespace { get; init; }

    public string? Name { get; init; }

    public required int Total { get; init; }

    /// <summary>The jobs by their state; they add up to <c>total</c>.</summary>
    public required BatchCounts Counts { get; init; }

    public required DateTimeOffset CreatedAt { get; init; }

    public required string CreatedBy { get; init; }

    /// <summary>When the first of its jobs was given to a handler.</summary>
    public DateTimeOffset? StartedAt { get; init; }

    /// <summary>When the last of its jobs ended.</summary>
    public DateTimeOffset? FinishedAt { get; init; }

    public DateTimeOffset? CancelRequestedAt { get; init; }

    /// <summary>The job that runs when all others have ended.</summary>
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
