using ScheduleZero.Contracts.Rest;

namespace ScheduleZero.Broker.Core.Jobs;

/// <summary>
/// What is remembered of the finished job that a deduplication key answers with. The key may be stored for longer than
/// the job: whoever uses the key again is told at least this.
/// </summary>
/// <param name="ParamsHash">As <see cref="JobSpec.ParamsHash"/>.</param>
public sealed record KeyHolder(
    string Method,
    long? ParamsHash,
    JobState State,
    DateTimeOffset EnqueuedAt,
    DateTimeOffset? FinishedAt,
    int Attempts,
    string CreatedBy
)
{
    public static KeyHolder Of(Job job) =>
        new(
            job.Spec.Method,
            job.Spec.ParamsHash,
            job.State,
            job.EnqueuedAt,
            job.FinishedAt,
            job.AttemptsUsed,
            job.CreatedBy
        );

    /// <summary>
    /// In what a job that asks under the same key differs from the first, as a sentence; null when it asks for the
    /// same.
    /// </summary>
    public static string? Difference(JobSpec asked, string method, long? paramsHash) =>
        asked.Method != method ? "The deduplicationKey belongs to a job of another method."
        : asked.ParamsHash is { } own && paramsHash is { } first && own != first
            ? "The deduplicationKey belongs to a job with other params."
        : null;
}
