using ScheduleZero.Broker.Core.Jobs;
using ScheduleZero.Contracts;
using ScheduleZero.Contracts.Ids;
using ScheduleZero.Contracts.Rest;

namespace ScheduleZero.Broker.Host.Api.Jobs;

/// <summary>Makes the forms in which REST shows jobs and attempts.</summary>
internal static class JobViews
{
    public static JobView From(Job job, RawJson parameters, RawJson result, DateTimeOffset now)
    {
        var newest = Newest(job);
        return new JobView
        {
            Id = job.Id,
            Namespace = job.Namespace,
            State = job.StateAt(now),
            Attempts = job.AttemptsUsed,
            Method = job.Spec.Method,
            Params = parameters,
            Result = result,
            Error = job.Error,
            EnqueuedAt = job.EnqueuedAt,
            RunAt = job.RunAt,
            StartedAt = newest?.StartedAt,
            FinishedAt = job.FinishedAt,
            Handler = newest?.Handler ?? job.Spec.Handler,
            Group = job.Spec.Group,
            Priority = job.Spec.Priority,
            Version = job.Version,
            StartDeadline = job.Spec.StartDeadline,
            Timeout = job.Spec.Timeout,
            Retry = From(job.Spec.Retry),
            DeduplicationKey = job.Spec.DeduplicationKey,
            DeduplicationWindow = job.Spec.DeduplicationWindow,
            Concurrency = job.Spec.ConcurrencyKey is { } key
                ? new ConcurrencyOptions(key, job.Spec.ConcurrencyLimit)
                : null,
            RateLimit = job.Spec.RateLimit is { } rate ? new RateLimitOptions(rate.Key, rate.Limit, rate.Period) : null,
            Tags = job.Spec.Tags,
            Schedule = job.Occurrence is { } made
                ? new JobSchedule(made.Schedule, made.Version, made.Nominal, made.Origin, made.Effective)
                : null,
            After = job.Chain?.After,
            AfterFailure = job.Chain?.OnFailure,
            BatchId = job.Batch,
            Completes = job.Completes?.Batch,
            CreatedBy = job.CreatedBy,
            ReplayOf = job.ReplayOf,
        };
    }

    public static AttemptView From(Job job, Attempt attempt, RawJson result) =>
        new()
        {
            AttemptId = new AttemptId(job.Id, attempt.Token),
            Number = attempt.Number,
            Outcome = attempt.Outcome,
            Handler = attempt.Handler,
            Session = attempt.Session,
            Bridge = attempt.Bridge,
            FencingToken = attempt.Token,
            AssignedAt = attempt.AssignedAt,
            StartedAt = attempt.StartedAt,
            FinishedAt = attempt.FinishedAt,
            Error = attempt.Error,
            // Only one result of a job is accepted, and only that is stored.
            Result = attempt.Outcome == AttemptOutcome.Succeeded ? result : default,
        };

    /// <summary>The attempts of a job, oldest first; an attempt that has not ended comes last.</summary>
    public static IEnumerable<Attempt> AttemptsOf(Job job)
    {
        foreach (var ended in job.Ended ?? [])
        {
            yield return ended;
        }

        if (job.Current is { } open)
        {
            yield return open;
        }
    }

    /// <summary>The request that would make a job with the same spec.</summary>
    public static JobRequest RequestOf(JobSpec spec, RawJson parameters) =>
        new()
        {
            Method = spec.Method,
            Params = parameters,
            Handler = spec.Handler,
            Group = spec.Group,
            Priority = spec.Priority,
            StartDeadline = spec.StartDeadline,
            Timeout = spec.Timeout,
            Retry = From(spec.Retry),
            Concurrency = spec.ConcurrencyKey is { } key ? new ConcurrencyOptions(key, spec.ConcurrencyLimit) : null,
            Tags = spec.Tags,
        };

    private static Attempt? Newest(Job job) => job.Current ?? (job.Ended is { Count: > 0 } ended ? ended[^1] : null);

    private static RetryOptions From(RetryPolicy policy) =>
        ReferenceEquals(policy, RetryPolicy.Default)
            ? StandardRetry
            : new RetryOptions
            {
                MaxAttempts = policy.MaxAttempts,
                Backoff = policy.Backoff,
                FirstDelay = policy.FirstDelay,
                MaxDelay = policy.MaxDelay,
                Jitter = policy.Jitter,
            };

    private static RetryOptions StandardRetry { get; } =
        new()
        {
            MaxAttempts = RetryPolicy.Default.MaxAttempts,
            Backoff = RetryPolicy.Default.Backoff,
            FirstDelay = RetryPolicy.Default.FirstDelay,
            MaxDelay = RetryPolicy.Default.MaxDelay,
            Jitter = RetryPolicy.Default.Jitter,
        };
}
