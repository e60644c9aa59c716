using ScheduleZero.Contracts.Handlers;
using ScheduleZero.Contracts.Ids;
using ScheduleZero.Contracts.Rest;

namespace ScheduleZero.Broker.Core.Batches;

/// <summary>Jobs that are followed as one. Holds what of them is over; what is not, the jobs themselves say.</summary>
public sealed record Batch
{
    public required BatchId Id { get; init; }

    public required string Namespace { get; init; }

    public string? Name { get; init; }

    public required int Total { get; init; }

    public int Succeeded { get; init; }

    public int Failed { get; init; }

    public int Cancelled { get; init; }

    public int Expired { get; init; }

    public required DateTimeOffset CreatedAt { get; init; }

    public required string CreatedBy { get; init; }

    public DateTimeOffset? StartedAt { get; init; }

    public DateTimeOffset? FinishedAt { get; init; }

    public DateTimeOffset? CancelRequestedAt { get; init; }

    public JobId? CompletionJob { get; init; }

    /// <summary>The batch after one more of its jobs has ended.</summary>
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

    /// <summary>What its completion job is told.</summary>
    public CompletedBatch End() => new(Id, Name, Total, Succeeded, Failed, Cancelled, Expired);
}

/// <summary>What makes a set of jobs a batch.</summary>
/// <param name="OnComplete">To run when all of them have ended.</param>
public sealed record NewBatch(BatchId Id, string? Name, string CreatedBy, NewJob? OnComplete);

/// <summary>A batch with those of its jobs that have not ended.</summary>
public sealed record BatchState(Batch Batch, int Scheduled = 0, int Ready = 0, int Running = 0);
