using ScheduleZero.Broker.Core;
using ScheduleZero.Broker.Core.Jobs;
using ScheduleZero.Broker.Host.Access;
using ScheduleZero.Broker.Host.Http;
using ScheduleZero.Contracts.Rest;

namespace ScheduleZero.Broker.Host.Api.Jobs;

/// <summary>Answers submissions whose deduplication key belongs to an earlier job.</summary>
internal static class Duplicates
{
    private const string Hidden = "The deduplicationKey belongs to a job of a method that this caller may not see.";
    private const string Forgotten =
        "The job that has the deduplicationKey is kept no longer: only this much is known of it.";

    /// <summary>
    /// The refusal of an answer that would show a job that the caller may not see; null when the answer may show the
    /// earlier job.
    /// </summary>
    public static ProblemAnswer? Refusal(EnqueuedJob enqueued, NameScope? methods) =>
        enqueued.IsNew ? null
        : MethodOf(enqueued) is { } method && !methods.Opens(method) ? Problems.Conflict(Hidden)
        : enqueued.IsRefused ? Problems.Conflict($"{enqueued.Warning} It is job {enqueued.Id}.")
        : null;

    public static JobState? StateOf(EnqueuedJob enqueued, DateTimeOffset now) =>
        enqueued.Job?.StateAt(now) ?? enqueued.Holder?.State;

    /// <summary>The view of an earlier job that the store has pruned, while its key is still occupied.</summary>
    public static JobView Remembered(EnqueuedJob enqueued, NewJob asked, DateTimeOffset now)
    {
        var holder = enqueued.Holder;
        var job = new Job
        {
            Id = enqueued.Id,
            Namespace = asked.Namespace,
            Spec = asked.Spec with { Method = holder?.Method ?? asked.Spec.Method },
            State = holder?.State ?? JobState.Succeeded,
            RunAt = holder?.EnqueuedAt ?? now,
            EnqueuedAt = holder?.EnqueuedAt ?? now,
            FinishedAt = holder?.FinishedAt ?? now,
            AttemptsUsed = holder?.Attempts ?? 0,
            CreatedBy = holder?.CreatedBy ?? asked.CreatedBy,
        };
        var warning = enqueued.Warning is { } other ? $"{other} {Forgotten}" : Forgotten;
        return JobViews.From(job, default, default, now) with { Warning = warning };
    }

    private static string? MethodOf(EnqueuedJob enqueued) => enqueued.Job?.Spec.Method ?? enqueued.Holder?.Method;
}
