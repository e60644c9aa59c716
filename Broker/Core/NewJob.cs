using ScheduleZero.Broker.Core.Jobs;
using ScheduleZero.Contracts;
using ScheduleZero.Contracts.Ids;
using ScheduleZero.Contracts.Rest;

namespace ScheduleZero.Broker.Core;

/// <summary>A job to enqueue, checked at the edge.</summary>
/// <param name="RunAt">When the job may start at the earliest; null for at once.</param>
/// <param name="ReplayOf">The failed job that this one repeats; null for a job of its own.</param>
public sealed record NewJob(
    JobId Id,
    string Namespace,
    JobSpec Spec,
    RawJson Params,
    DateTimeOffset? RunAt,
    string CreatedBy,
    JobId? ReplayOf = null
)
{
    /// <summary>
    /// The jobs that this one runs after; null for none. They are of the same namespace, and there already or earlier
    /// in the same input.
    /// </summary>
    public IReadOnlyList<JobId>? After { get; init; }

    /// <summary>What becomes of this job when one that it runs after does not succeed.</summary>
    public AfterFailure AfterFailure { get; init; }

    /// <summary>
    /// True to refuse the job when its deduplication key belongs to a job that asks for something else.
    /// </summary>
    public bool IsStrict { get; init; }

    /// <summary>The batch that the job is one of, made by the same input; null for none.</summary>
    public BatchId? Batch { get; init; }

    /// <summary>The batch that the job is to complete, made by the same input; null for none.</summary>
    public BatchId? Completes { get; init; }
}
