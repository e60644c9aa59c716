using ScheduleZero.Contracts.Ids;

namespace ScheduleZero.HandlerAgent;

/// <summary>A batch, and how its jobs ended, as its completion job learns it.</summary>
public sealed record JobBatch
{
    /// <summary>The id of the batch.</summary>
    public required BatchId Id { get; init; }

    /// <summary>The name that the batch was submitted with; null if it has none.</summary>
    public string? Name { get; init; }

    /// <summary>The number of jobs in the batch: the sum of the four numbers below.</summary>
    public required int Total { get; init; }

    /// <summary>The number of jobs that succeeded.</summary>
    public required int Succeeded { get; init; }

    /// <summary>The number of jobs whose last attempt failed.</summary>
    public required int Failed { get; init; }

    /// <summary>The number of jobs that were cancelled.</summary>
    public required int Cancelled { get; init; }

    /// <summary>The number of jobs whose start deadline passed before they began.</summary>
    public required int Expired { get; init; }
}
