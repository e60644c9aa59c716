using ScheduleZero.Contracts.Handlers;
using ScheduleZero.Contracts.Ids;
using ScheduleZero.Contracts.Rest;

namespace ScheduleZero.Broker.Core.Batches;

/// <summary>
/// A set of jobs that is followed as one thing. The batch counts the jobs that have ended; the states of the other jobs
/// are counted from the jobs themselves (<see cref="BatchState"/>).
/// </summary>
public sealed record Batch
{
    public required BatchId Id { get; init; }

    public required string Namespace { get; init; }

    public string? Name { get; init; }

    /// <summary>The number of jobs, without the completion job.</summary>
    public required int Total { get; init; }

    public int Succeeded { get; init; }

    public int Failed { get; init; }

    public int Cancelled { get; init; }

    public int Expired { get; init; }

    public required DateTimeOffset CreatedAt { get; init; }

    public required string CreatedBy { get; init; }

    /// <summary>When the first attempt of one of the jobs began; null before.</summary>
    public DateTimeOffset? StartedAt { get; init; }

    /// <summary>When the last of the jobs ended; null before.</summary>
    public DateTimeOffset? FinishedAt { get; init; }

    /// <summary>When somebody first asked to cancel the batch; null when nobody did.</summary>
    public DateTimeOffset? CancelRequestedAt { get; init; }

    /// <summary>The job that runs once when the other jobs have ended; null for none.</summary>
    public JobId? CompletionJob { get; init; }

    /// <summary>The batch after one more of its jobs has ended, in the given state.</summary>
    public Batch Count(JobState end, DateTimeOffset now)
    {
        var next = end switch
        {
            JobState.Succeeded => this with { Succeeded = Succeeded + 1 },
            JobState.Failed => this with { Failed = Failed + 1 },
            JobState.Cancelled => this with { Cancelled = Cancelled + 1 },
            _ => this with { Expired = Expired + 1 },
        };
        return next.Succeeded + next.Failed + next.Cancelled + next.Expired == Total
            ? next with
            {
                FinishedAt = now,
            }
            : next;
    }

    /// <summary>The counts of the finished batch, as the handler of the completion job is told them.</summary>
    public CompletedBatch End() => new(Id, Total, Succeeded, Failed, Cancelled, Expired, Name);
}

/// <summary>A batch that is to be made of a set of jobs.</summary>
/// <param name="Name">A name for people; null for none.</param>
/// <param name="OnComplete">The completion job, which runs when all others have ended; null for none.</param>
public sealed record NewBatch(BatchId Id, string? Name, string CreatedBy, NewJob? OnComplete);

/// <summary>A batch, and how many of its jobs that have not ended stand in each state.</summary>
public sealed record BatchState(Batch Batch, int Scheduled = 0, int Ready = 0, int Running = 0);
