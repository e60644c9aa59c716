using ScheduleZero.Broker.Core;
using ScheduleZero.Broker.Core.Audit;
using ScheduleZero.Broker.Core.Batches;
using ScheduleZero.Broker.Host.Access;
using ScheduleZero.Broker.Host.Http;
using ScheduleZero.Broker.Host.Schemas;
using ScheduleZero.Contracts.Ids;
using ScheduleZero.Contracts.Rest;

namespace ScheduleZero.Broker.Host.Api.Jobs;

/// <summary>Accepts sets of jobs: all jobs of a set, or none.</summary>
internal sealed class JobSets(JobDrafts drafts, Enqueuing enqueuing)
{
    /// <summary>The jobs in the order of the requests, or why there are none.</summary>
    public async Task<(EnqueuedJob[]? Jobs, ProblemAnswer? Problem)> SubmitAsync(
        IReadOnlyList<JobRequest> requests,
        string ns,
        AuditNote note,
        HttpContext http,
        CancellationToken cancellationToken
    )
    {
        var (jobs, _, problem) = await SubmitAsync(requests, ns, null, note, http, cancellationToken);
        return (jobs, problem);
    }

    /// <summary>The jobs in the order of the requests and their batch, or why there are none.</summary>
    /// <param name="batch">The batch that the jobs become; null for none.</param>
    public async Task<(EnqueuedJob[]? Jobs, BatchState? Batch, ProblemAnswer? Problem)> SubmitAsync(
        IReadOnlyList<JobRequest> requests,
        string ns,
        NewBatch? batch,
        AuditNote note,
        HttpContext http,
        CancellationToken cancellationToken
    )
    {
        if (Check(requests, ns, NameScope.Of(http)) is { } problem)
        {
            return (null, null, problem);
        }

        var (set, wrong) = JobSet.Read(requests);
        if (set is null)
        {
            return (null, null, wrong);
        }

        var jobs = Draft(requests, set, ns, Caller.Of(http).Name);
        var outcome = await enqueuing.AskAsync(
            [.. set.Order.Select(place => jobs[place])],
            note,
            NameScope.Of(http),
            cancellationToken,
            batch,
            isAtomic: true
        );
        if (outcome.Jobs is null)
        {
            return (null, null, outcome.Problem ?? Enqueuing.NoSuchJobs(Paths(jobs), outcome.Unknown!));
        }

        var answers = new EnqueuedJob[jobs.Length];
        for (var i = 0; i < answers.Length; i++)
        {
            answers[set.Order[i]] = outcome.Jobs[i];
        }

        return (answers, outcome.Batch, null);
    }

    // Collects every problem with status 400; a problem of another status is answered by itself.
    private ProblemAnswer? Check(IReadOnlyList<JobRequest> requests, string ns, NameScope? methods)
    {
        var errors = new Dictionary<string, string[]>(StringComparer.Ordinal);
        var budget = StepBudget.ForRequest();
        for (var i = 0; i < requests.Count; i++)
        {
            var problem = requests[i] is null
                ? Problems.Invalid($"jobs[{i}]", "A job is needed; null is none.")
                : drafts.CheckMember(requests[i], ns, budget, $"jobs[{i}].")
                    ?? JobDrafts.CheckMethod(methods, ns, requests[i].Method);
            if (problem?.Problem is { Status: 400, Errors: { } found })
            {
                foreach (var (path, texts) in found)
                {
                    errors[path] = texts;
                }
            }
            else if (problem is not null)
            {
                return problem;
            }
        }

        return errors.Count > 0 ? Problems.Invalid(errors) : null;
    }

    private NewJob[] Draft(IReadOnlyList<JobRequest> requests, JobSet set, string ns, string by)
    {
        var jobs = new NewJob[requests.Count];
        foreach (var place in set.Order)
        {
            var request = requests[place];
            jobs[place] = drafts.Draft(request, ns, by, request.After?.Select(IdOf).ToArray());
        }

        return jobs;

        JobId IdOf(string named) => JobId.TryParse(named, out var id) ? id : jobs[set.PlaceOf(named)].Id;
    }

    private static IEnumerable<(NewJob Job, string Prefix)> Paths(NewJob[] jobs) =>
        jobs.Select((job, i) => (job, $"jobs[{i}]."));
}
