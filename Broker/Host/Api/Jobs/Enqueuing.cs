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
/// Has the loop enqueue jobs. How those ended that they run after, and that the loop does not hold any more, it looks
/// up in the store.
/// </summary>
internal sealed class Enqueuing(IBrokerInputs inputs, IBrokerStore store)
{
    public const string NoSuchJob = "There is no such job in this namespace.";

    // A job may end between the loop's look and the next: of each try at least one more is known, mostly all.
    private const int TriesMax = 5;

    /// <summary>
    /// Jobs outside a request that those in it may name together: each may cost a look into the store.
    /// </summary>
    private const int OutsideMax = Limits.BatchJobsMax;

    /// <param name="Jobs">In the order in which they were given.</param>
    /// <param name="Unknown">Nothing was done, since these are not there, or not for the caller to see.</param>
    /// <param name="Batch">That the jobs are, if they are one.</param>
    public sealed record Outcome(
        IReadOnlyList<EnqueuedJob>? Jobs = null,
        ProblemAnswer? Problem = null,
        IReadOnlySet<JobId>? Unknown = null,
        BatchState? Batch = null
    );

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
        var outside = jobs.SelectMany(job => job.After ?? []).Except(jobs.Select(job => job.Id)).ToHashSet();
        if (outside.Count > OutsideMax)
        {
            return new Outcome(Problem: Problems.Invalid("jobs", $"The jobs run after more than {OutsideMax} others."));
        }

        // Only callers who are limited to methods pay for a look at each of them first.
        if (
            methods is not null
            && await LookAsync(ns, outside, ends, methods, cancellationToken) is { Count: > 0 } hidden
        )
        {
            return new Outcome(Unknown: hidden);
        }

        for (var tries = 0; tries < TriesMax; tries++)
        {
            var answer = await inputs.AskAsync(
                ticket => new BrokerInput.Enqueue(ticket, jobs)
                {
                    Audit = note,
                    Ends = ends,
                    Batch = batch,
                    IsAtomic = isAtomic,
                },
                cancellationToken
            );
            switch (answer)
            {
                case Answer.Enqueued enqueued when enqueued.Jobs.Count == jobs.Count:
                    return new Outcome(Jobs: enqueued.Jobs, Batch: enqueued.Batch);
                case Answer.Refused refused:
                    return new Outcome(Problem: Problems.From(refused));
                case Answer.EndsNeeded needed
                    when await LookAsync(ns, needed.Ids, ends, methods, cancellationToken) is { Count: > 0 } unknown:
                    return new Outcome(Unknown: unknown);
                case Answer.EndsNeeded:
                    break;
                default:
                    throw Answers.Unexpected(answer);
            }
        }

        return new Outcome(Problem: Problems.Busy);
    }

    // The loop said what it did of them once that was on disk, so the store knows no less.
    private async Task<HashSet<JobId>> LookAsync(
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
