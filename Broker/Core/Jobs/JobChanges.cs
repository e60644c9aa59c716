using ScheduleZero.Contracts;

namespace ScheduleZero.Broker.Core.Jobs;

/// <summary>What somebody wants to change about a job that waits.</summary>
public sealed record JobChanges
{
    /// <summary>The new priority; null for the same.</summary>
    public int? Priority { get; init; }

    /// <summary>The new instant before which the job does not run; null for the same.</summary>
    public DateTimeOffset? RunAt { get; init; }

    /// <summary>The new params, which were checked before; empty for the same.</summary>
    public RawJson Params { get; init; }

    /// <summary>The version that the job must be at; null for any.</summary>
    public int? IfVersion { get; init; }

    /// <summary>Whether the job is to keep its time and its params.</summary>
    public bool IsPriorityAlone => RunAt is null && Params.IsEmpty;
}
