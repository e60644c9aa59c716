using ScheduleZero.Contracts.Rest;

namespace ScheduleZero.Broker.Core.Jobs;

/// <summary>
/// What is remembered of the finished job that has a deduplication key. The key may be stored for longer than the job;
/// a producer that uses the key again then gets these fields.
/// </summary>
/// <param name="ParamsHash">The same as <see cref="JobSpec.ParamsHash"/>.</param>
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
    /// How a job with the same deduplication key differs from the first, as a sentence; null when both ask for the
    /// same.
    /// </summary>
    public static string? Difference(JobSpec asked, string method, long? paramsHash) =>
        asked.Method != method ? "The deduplicationKey belongs to a job of another method."
        : asked.ParamsHash is { } own && paramsHash is { } first && own != first
            ? "The deduplicationKey belongs to a job with other params."
        : null;
}
