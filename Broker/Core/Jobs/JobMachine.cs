using ScheduleZero.Contracts;
using ScheduleZero.Contracts.Handlers;
using ScheduleZero.Contracts.Rest;

namespace ScheduleZero.Broker.Core.Jobs;

/// <summary>
/// The life of a job, as a table. docs/states.md shows the same table, and a test compares the two.
/// </summary>
public static class JobMachine
{
    /// <summary>
    /// A rejected job waits this long, so that a handler which rejects everything cannot keep the Broker busy.
    /// </summary>
    public static readonly TimeSpan DelayAfterRejection = TimeSpan.FromSeconds(1);

    /// <summary>
    /// How many of its newest rejected attempts a job remembers. Without this limit, a handler that always rejects
    /// would make the job grow without end.
    /// </summary>
    public const int RejectionsKept = 32;

    /// <summary>The new job that is made when somebody asks for one.</summary>
    public static Job Create(JobEvent.Enqueued enqueued, DateTimeOffset now)
    {
        var asked = enqueued.Asked;
        var job = new Job
        {
            Id = asked.Id,
            Namespace = asked.Namespace,
            Spec = asked.Spec,
            State = JobState.Scheduled,
            RunAt = asked.RunAt ?? now,
            EnqueuedAt = now,
            CreatedBy = asked.CreatedBy,
            Occurrence = enqueued.Occurrence,
            ReplayOf = asked.ReplayOf,
            Chain = enqueued.Chain,
            StoredBytes = asked.Params.Utf8.Length,
            Batch = asked.Batch,
            Completes = asked.Completes is { } batch ? new Completion(batch) : null,
        };
        return job with { State = job.StateAt(now) };
    }

    /// <summary>The job after the event; null when the event means nothing to a job in this state.</summary>
    public static Job? Apply(Job job, JobEvent happened, DateTimeOffset now) =>
        (job.State, happened) switch
        {
            (_, JobEvent.ResultCameLate e) => Supersede(job, e, now),

            (JobState.Scheduled, JobEvent.Due) when !job.Awaits => job with { State = JobState.Ready },
            (JobState.Scheduled, JobEvent.RetryRequested) => job with
            {
                State = job.Awaits ? JobState.Scheduled : JobState.Ready,
                RunAt = now,
            },
            (JobState.Scheduled or JobState.Ready, JobEvent.PriorityChanged e) => job with
            {
                Spec = e.Spec,
                Version = job.Version + 1,
            },
            (JobState.Scheduled or JobState.Ready, JobEvent.Changed e) when job.AttemptsUsed == 0 => Change(
                job,
                e,
                now
            ),
            (JobState.Scheduled, JobEvent.AwaitedEnded e) when job.Chain?.Awaits(e.Id) == true => Await(
                job with
                {
                    Chain = job.Chain.Without(new AwaitedEnd(e.Id, e.State)),
                },
                now
            ),
            (JobState.Scheduled, JobEvent.ChainBroken) when job.Chain?.BrokenBy is { } ended => Finish(
                job with
                {
                    Error = BrokenChainError(ended),
                },
                JobState.Cancelled,
                now
            ),
            (JobState.Scheduled, JobEvent.BatchEnded e) when job.Completes is { End: null } batch => Await(
                job with
                {
                    Completes = batch with { End = e.End },
                },
                now
            ),
            (JobState.Scheduled or JobState.Ready, JobEvent.CancelRequested) => Finish(job, JobState.Cancelled, now),
            (JobState.Scheduled or JobState.Ready, JobEvent.StartDeadlinePassed) when job.AttemptsUsed == 0 => Finish(
                job,
                JobState.Expired,
                now
            ),
            (JobState.Scheduled or JobState.Ready, JobEvent.NamespaceDeleted) => Finish(job, JobState.Cancelled, now),

            (JobState.Ready, JobEvent.Assigned e) => Lease(job, e.Attempt),

            (JobState.Running, JobEvent.Started e) when job.Holds(e.Token) && job.Current!.StartedAt is null => job with
            {
                Current = job.Current with { StartedAt = now },
            },
            (JobState.Running, JobEvent.Succeeded e) when job.Holds(e.Token) => Finish(
                End(job, AttemptOutcome.Succeeded, null, now),
                JobState.Succeeded,
                now
            ),
            (JobState.Running, JobEvent.Failed e) when job.Holds(e.Token) => RetryOrFail(
                job,
                AttemptOutcome.Failed,
                e.Error,
                e.Chance,
                now
            ),
            (JobState.Running, JobEvent.TimedOut e) when job.Holds(e.Token) => RetryOrFail(
                job,
                AttemptOutcome.TimedOut,
                TimeoutError(job),
                e.Chance,
                now
            ),
            (JobState.Running, JobEvent.LeaseLost e) when job.Holds(e.Token) => RetryOrFail(
                job,
                AttemptOutcome.Lost,
                LostError(job, e.Reason),
                e.Chance,
                now
            ),
            (JobState.Running, JobEvent.Stopped e)
                when job.Holds(e.Token) && job.Current!.CancelRequestedAt is not null => Finish(
                End(job, AttemptOutcome.Cancelled, null, now),
                JobState.Cancelled,
                now
            ),
            (JobState.Running, JobEvent.Stopped e) when job.Holds(e.Token) => RetryOrFail(
                job,
                AttemptOutcome.Cancelled,
                StoppedError,
                e.Chance,
                now
            ),
            (JobState.Running, JobEvent.Rejected e) when job.Holds(e.Token) => GiveBack(job, e.Reason, now),
            (JobState.Running, JobEvent.CancelRequested) when job.Current!.CancelRequestedAt is null => job with
            {
                Current = job.Current with { CancelRequestedAt = now },
            },
            (JobState.Running, JobEvent.GraceOver e)
                when job.Holds(e.Token) && job.Current!.CancelRequestedAt is not null => Finish(
                End(job, AttemptOutcome.Cancelled, null, now),
                JobState.Cancelled,
                now
            ),

            (JobState.Scheduled or JobState.Ready, JobEvent.RanOffline e) => FinishOffline(job, e.Attempt, now),
            (JobState.Running, JobEvent.RanOffline e) => FinishOffline(
                End(job, AttemptOutcome.Lost, RanOfflineError(job), now),
                e.Attempt,
                now
            ),

            _ => null, // A report on an attempt that was fenced off ends here too.
        };

    private static AttemptError StoppedError { get; } =
        new() { Type = "stopped", Message = "The handler stopped the attempt without having been asked to." };

    private static AttemptError TimeoutError(Job job) =>
        new()
        {
            Type = "timed_out",
            Message = $"The attempt ran longer than its time-out of {job.Spec.Timeout.TotalSeconds:0.###} s.",
        };

    private static AttemptError LostError(Job job, string reason) =>
        new() { Type = "lost", Message = $"Handler {job.Current!.Handler} lost its lease: {reason}." };

    private static AttemptError RanOfflineError(Job job) =>
        new()
        {
            Type = "lost",
            Message =
                $"Handler {job.Current!.Handler} never had the attempt: it was out of reach, and ran the "
                + "occurrence by itself.",
        };

    private static AttemptError BrokenChainError(AwaitedEnd ended) =>
        new()
        {
            Type = "after",
            Message = $"Job {ended.Id}, after which it was to run, ended as {ended.State}.",
            Retryable = false,
        };

    // A job that becomes ready now comes after the jobs that were ready while it waited.
    private static Job Await(Job job, DateTimeOffset now)
    {
        var next = job with { RunAt = !job.Awaits && job.RunAt < now ? now : job.RunAt };
        return next with { State = next.StateAt(now) };
    }

    private static Job Change(Job job, JobEvent.Changed changed, DateTimeOffset now)
    {
        var next = job with
        {
            State = JobState.Scheduled,
            RunAt = changed.RunAt ?? job.RunAt,
            StoredBytes = changed.Params.IsEmpty ? job.StoredBytes : StoredBytesWith(job, changed.Params),
            Version = job.Version + 1,
        };
        return next with { State = next.StateAt(now) };
    }

    // A job that no handler was ever given has no log, so that all its bytes are those of its params. Of another one
    // nobody here knows how many are.
    private static long StoredBytesWith(Job job, RawJson parameters) =>
        parameters.Utf8.Length + (job.Token == 0 ? 0 : job.StoredBytes);

    private static Job Lease(Job job, Attempt attempt) =>
        job with
        {
            State = JobState.Running,
            Current = attempt,
            Token = attempt.Token,
            AttemptsUsed = attempt.Number,
        };

    private static Job RetryOrFail(
        Job job,
        AttemptOutcome outcome,
        AttemptError error,
        double chance,
        DateTimeOffset now
    )
    {
        var ended = End(job, outcome, error, now);
        if (job.Current!.CancelRequestedAt is not null)
        {
            return Finish(ended, JobState.Cancelled, now);
        }

        if (!error.Retryable || job.AttemptsUsed >= job.Spec.Retry.MaxAttempts)
        {
            return Finish(ended, JobState.Failed, now);
        }

        return ended with
        {
            State = JobState.Scheduled,
            RunAt = now + (error.RetryAfter ?? job.Spec.Retry.DelayAfter(job.AttemptsUsed, chance)),
        };
    }

    private static Job GiveBack(Job job, string reason, DateTimeOffset now)
    {
        // A rejected attempt does not count, and is no error of the job's.
        var ended = End(
            job,
            AttemptOutcome.Rejected,
            new AttemptError { Type = "rejected", Message = reason },
            now
        ) with
        {
            AttemptsUsed = job.AttemptsUsed - 1,
            Error = job.Error,
        };
        var rejected = ended.Ended!.Where(attempt => attempt.Outcome == AttemptOutcome.Rejected).ToList();
        if (rejected.Count > RejectionsKept)
        {
            ended = ended with { Ended = [.. ended.Ended!.Where(attempt => attempt != rejected[0])] };
        }

        return job.Current!.CancelRequestedAt is not null
            ? Finish(ended, JobState.Cancelled, now)
            : ended with
            {
                State = JobState.Scheduled,
                RunAt = now + DelayAfterRejection,
            };
    }

    private static Job End(Job job, AttemptOutcome outcome, AttemptError? error, DateTimeOffset now) =>
        job with
        {
            Current = null,
            Ended = [.. job.Ended ?? [], job.Current! with { Outcome = outcome, Error = error, FinishedAt = now }],
            Error = error,
        };

    // The store rewrites the attempt too, and the job in memory must not undo that when it is saved next. The answer is
    // null when the attempt ended in another way, or is not remembered.
    private static Job? Supersede(Job job, JobEvent.ResultCameLate late, DateTimeOffset now)
    {
        var place = job.Ended?.ToList().FindIndex(attempt => attempt.Token == late.Token) ?? -1;
        if (place < 0 || job.Ended![place].Outcome is not (AttemptOutcome.Lost or AttemptOutcome.TimedOut))
        {
            return null;
        }

        Attempt[] ended = [.. job.Ended];
        ended[place] = ended[place] with { Outcome = AttemptOutcome.Superseded, FinishedAt = now, Error = late.Error };
        return job with { Ended = ended };
    }

    // The handler reports only the last of the attempts that it made while it was out of reach.
    private static Job FinishOffline(Job job, Attempt attempt, DateTimeOffset now) =>
        Finish(
            job with
            {
                Token = job.Token + 1,
                AttemptsUsed = attempt.Number,
                Ended = [.. job.Ended ?? [], attempt with { Token = job.Token + 1 }],
                Error = attempt.Error,
            },
            attempt.Outcome == AttemptOutcome.Succeeded ? JobState.Succeeded : JobState.Failed,
            now
        );

    private static Job Finish(Job job, JobState state, DateTimeOffset now) =>
        job with
        {
            State = state,
            FinishedAt = now,
        };
}
