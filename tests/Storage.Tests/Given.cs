using ScheduleZero.Broker.Core;
using ScheduleZero.Broker.Core.Jobs;
using ScheduleZero.Contracts;
using ScheduleZero.Contracts.Handlers;
using ScheduleZero.Contracts.Ids;
using ScheduleZero.Contracts.Rest;

namespace ScheduleZero.Storage.Tests;

/// <summary>Jobs, schedules and changes that tests start from.</summary>
internal static class Given
{
    public static DateTimeOffset Noon { get; } = new(2026, 3, 1, 12, 0, 0, TimeSpan.Zero);

    public static RawJson Params { get; } = RawJson.Parse("""{"month":"2026-03"}""");

    public static Job Job(
        TimeSpan after = default,
        string ns = "default",
        JobSpec? spec = null,
        JobState state = JobState.Ready
    )
    {
        var at = Noon + after;
        return new Job
        {
            Id = new JobId(Guid.CreateVersion7(at)),
            Namespace = ns,
            Spec = spec ?? new JobSpec { Method = "reports.render" },
            State = state,
            RunAt = at,
            EnqueuedAt = at,
            CreatedBy = "user:ana",
        };
    }

    public static Chain Chain() =>
        new([new JobId(Guid.NewGuid()), new JobId(Guid.NewGuid())], AfterFailure.Run, [new JobId(Guid.NewGuid())])
        {
            BrokenBy = new AwaitedEnd(new JobId(Guid.NewGuid()), JobState.Expired),
        };

    public static Attempt Attempt(int token = 1, string handler = "office-7") =>
        new()
        {
            Token = token,
            Number = token,
            Handler = handler,
            Instance = "i1",
            Session = "s1",
            AssignedAt = Noon,
        };

    public static Job Ended(
        this Job job,
        JobState state = JobState.Succeeded,
        TimeSpan after = default,
        params Attempt[] attempts
    ) =>
        job with
        {
            State = state,
            FinishedAt = Noon + after,
            Ended = attempts,
            Token = attempts.Length,
            AttemptsUsed = attempts.Length,
        };

    public static AttemptError Error(string message = "no paper") =>
        new()
        {
            Type = "PrinterException",
            Message = message,
            StackTrace = "at X",
            Retryable = false,
            RetryAfter = TimeSpan.FromSeconds(90),
            Details = RawJson.Parse("[1]"),
        };

    public static Change.JobAdded Added(this Job job, RawJson? jobParams = null) => new(job, jobParams ?? Params);

    public static Change.JobFinished Finished(this Job job, RawJson result = default) => new(job, result);
}
