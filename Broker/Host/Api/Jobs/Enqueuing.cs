using ScheduleZero.Broker.Core;
using ScheduleZero.Broker.Core.Audit;
using ScheduleZero.Broker.Core.Batches;
using ScheduleZero.Broker.Host.Access;
using ScheduleZero.Broker.Host.Http;
using ScheduleZero.Broker.Host.Inputs;
using ScheduleZero.Broker.Storage;
using ScheduleZero.Contracts;
using ScheduleZero.Contracts.Ids;
using ScheduleZero.Contracts.Rest;

namespace ScheduleZero.Broker.Host.Api.Jobs;

/// <summary>
/// Has the loop enqueue jobs. The class looks up in the store how jobs ended that new jobs run after, since the loop
/// drops finished jobs.
/// </summary>
internal sealed class Enqueuing(IBrokerInputs inputs, IHistoryReader store)
{
    private const string NoSuchJob = "There is no such job in this namespace.";

    // A job may end while the store is read, and then the loop asks again. Each try settles at least one more job.
    private const int TriesMax = 5;

    /// <summary>
    /// How many jobs outside a request all jobs of the request together may run after. Each may cost a read of the
    /// store.
    /// </summary>
    public const int OutsideMax = Limits.BatchJobsMax;

    /// <summary>The refusal of a request whose jobs run after more others than it may name.</summary>
    public static ProblemAnswer TooManyOutside { get; } =
        Problems.Invalid("jobs", $"The jobs run after more than {OutsideMax} others.");

    /// <summary>The outcome of an enqueue.</summary>
    /// <param name="Jobs">The enqueued jobs in the order in which they were given; null when nothing was done.</param>
    /// <param name="Unknown">
    /// Jobs to run after that do not exist, or that the caller may not see; null when all exist.
    /// </param>
    /// <param name="Batch">The batch that was made; null when none was asked for.</param>
    public sealed record Outcome(
        IReadOnlyList<EnqueuedJob>? Jobs = null,
        ProblemAnswer? Problem = null,
        IReadOnlySet<JobId>? Unknown = null,
        BatchState? Batch = null
    );

    /// <summary>Enqueues one job by itself.</summary>
    /// <returns>The job, or the job that has its deduplication key; or why there is none.</returns>
    public async Task<(EnqueuedJob? Job, ProblemAnswer? Problem)> AskAloneAsync(
        NewJob job,
        AuditNote note,
        NameScope? methods,
        CancellationToken cancellationToken
    )
    {
        var outcome = await AskAsync([job], note, methods, cancellationToken);
        if (outcome.Unknown is { } unknown)
        {
            return (null, NoSuchJobs([(job, "")], unknown));
        }

        return outcome.Jobs is [var enqueued] && Duplicates.Refusal(enqueued, methods) is { } refusal
            ? (null, refusal)
            : (outcome.Jobs?[0], outcome.Problem);
    }

    public async Task<Outcome> AskAsync(
        IReadOnlyList<NewJob> jobs,
        AuditNote note,
        NameScope? methods,
        CancellationToken cancellationToken,
        NewBatch? batch = null,
        bool isAtomic = false
    )
    {
        var (ns, ends) = (jobs[0].Namespace, new Dictionary<JobId, JobState>());
        HashSet<JobId> outside = jobs.All(job => job.After is null)
            ? []
            : jobs.SelectMany(job => job.After ?? []).Except(jobs.Select(job => job.Id)).ToHashSet();
        if (outside.Count > OutsideMax)
        {
            return new Outcome(Problem: TooManyOutside);
        }

        // Only callers who are limited to methods pay for this extra look at each job.
        if (
            methods is not null
            && await ReadEndsAsync(ns, outside, ends, methods, cancellationToken) is { Count: > 0 } hidden
        )
        {
            return new Outcome(Unknown: hidden);
        }

        return await TryAsync(
            ends =>
                inputs.AskAsync(
                    ticket => new BrokerInput.Enqueue(ticket, jobs)
                    {
                        Audit = note,
                        Ends = ends,
                        Batch = batch,
                        IsAtomic = isAtomic,
                    },
                    cancellationToken
                ),
            jobs.Count,
            ns,
            ends,
            methods,
            cancellationToken
        );
    }

    // Asks the loop again as long as it asks back how other jobs ended.
    private async Task<Outcome> TryAsync(
        Func<IReadOnlyDictionary<JobId, JobState>, Task<Answer>> ask,
        int jobs,
        string ns,
        Dictionary<JobId, JobState> ends,
        NameScope? methods,
        CancellationToken cancellationToken
    )
    {
        for (var tries = 0; tries < TriesMax; tries++)
        {
            var answer = await ask(ends);
            switch (answer)
            {
                case Answer.Enqueued enqueued when enqueued.Jobs.Count == jobs:
                    return new Outcome(Jobs: enqueued.Jobs, Batch: enqueued.Batch);
                case Answer.Refused refused:
                    return new Outcome(Problem: Problems.From(refused));
                case Answer.EndsNeeded needed
                    when await ReadEndsAsync(ns, needed.Ids, ends, methods, cancellationToken)
                        is { Count: > 0 } unknown:
                    return new Outcome(Unknown: unknown);
                case Answer.EndsNeeded:
                    break;
                default:
                    throw Answers.Unexpected(answer);
            }
        }

        return new Outcome(Problem: Problems.Busy);
    }

    /// <summary>The refusal of jobs that are to run after jobs that do not exist.</summary>
    /// <param name="jobs">
    /// Each job with what stands before the paths of its fields, such as <c>jobs[3].</c>; empty for a job that is
    /// alone.
    /// </param>
    public static ProblemAnswer NoSuchJobs(
        IEnumerable<(NewJob Job, string Prefix)> jobs,
        IReadOnlySet<JobId> unknown
    ) =>
        Problems.Invalid(
            jobs.SelectMany(job =>
                    (job.Job.After ?? []).Select((id, place) => (id, Path: $"{job.Prefix}after[{place}]"))
                )
                .Where(named => unknown.Contains(named.id))
                .ToDictionary(named => named.Path, _ => new[] { NoSuchJob }, StringComparer.Ordinal)
        );

    // The loop answers only what is on disk, so the store knows at least as much as the loop did.
    private async Task<HashSet<JobId>> ReadEndsAsync(
        string ns,
        IReadOnlyCollection<JobId> ids,
        Dictionary<JobId, JobState> ends,
        NameScope? methods,
        CancellationToken cancellationToken
    )
    {
        var unknown = new HashSet<JobId>();
        foreach (var id in ids)
        {
            if (
                await store.FindJobAsync(ns, id, cancellationToken) is not { } stored
                || !methods.Opens(stored.Job.Spec.Method)
            )
            {
                unknown.Add(id);
            }
            else if (stored.Job.IsFinished)
            {
                ends[id] = stored.Job.State;
            }
        }

        return unknown;
    }
}
