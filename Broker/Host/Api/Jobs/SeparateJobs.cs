using ScheduleZero.Broker.Core;
using ScheduleZero.Broker.Host.Access;
using ScheduleZero.Broker.Host.Http;
using ScheduleZero.Broker.Host.Inputs;
using ScheduleZero.Broker.Host.Schemas;
using ScheduleZero.Contracts;
using ScheduleZero.Contracts.Rest;

namespace ScheduleZero.Broker.Host.Api.Jobs;

/// <summary>
/// Accepts many jobs by one request, each as if it had been posted alone: with its own audit event and its own place in
/// the limits of the namespace. Clients that gather the calls of many callers into one request rely on that.
/// </summary>
internal sealed class SeparateJobs(Enqueuing enqueuing, JobReader reader, JobDrafts drafts)
{
    /// <summary>How many jobs of one request wait in the queue of the loop at once, which all callers share.</summary>
    private const int SliceMax = 250;

    public async Task<IResult> SubmitAsync(
        IReadOnlyList<JobRequest> requests,
        string ns,
        HttpContext http,
        CancellationToken cancellationToken
    )
    {
        if (requests.Sum(request => request?.After?.Count ?? 0) > Enqueuing.OutsideMax)
        {
            return Enqueuing.TooManyOutside;
        }

        var submission = new Submission(ns, Caller.Of(http).Name, NameScope.Of(http), StepBudget.ForRequest());
        var posted = new List<Posted>(requests.Count);
        foreach (var slice in requests.Chunk(SliceMax))
        {
            // Every job of the slice is in the queue before the first is awaited: in order, and for one commit.
            posted.AddRange(
                await Task.WhenAll(
                    Array.ConvertAll(slice, request => PostAsync(request, submission, http, cancellationToken))
                )
            );
        }

        return new SeparateAnswers(
            posted.Select(one => (Func<Task<BatchItem>>)(() => ShowAsync(one, submission, http)))
        );
    }

    private async Task<Posted> PostAsync(
        JobRequest? request,
        Submission submission,
        HttpContext http,
        CancellationToken cancellationToken
    )
    {
        if (Check(request, submission) is { } problem)
        {
            return new Posted(null, null, problem);
        }

        var job = drafts.Draft(request!, submission.Namespace, submission.By);
        var note = AuditNotes.Of(http, "jobs:run", submission.Namespace, $"job:{job.Id}");
        try
        {
            var (enqueued, refusal) = await enqueuing.AskAloneAsync(job, note, submission.Methods, cancellationToken);
            return new Posted(job, enqueued, refusal);
        }
        catch (BrokerBusyException)
        {
            return new Posted(job, null, Problems.Busy);
        }
    }

    private ProblemAnswer? Check(JobRequest? request, Submission submission)
    {
        if (request is null)
        {
            return Problems.Invalid(JsonProblem.Root, "A JSON object is needed; this is null.");
        }

        var problem =
            drafts.Check(request, submission.Namespace, submission.Budget)
            ?? JobDrafts.CheckMethod(submission.Methods, submission.Namespace, request.Method);
        // Alone, the job might be accepted: the budget was spent on the jobs before it, too.
        return problem is not null && submission.Budget.IsSpent ? NotChecked : problem;
    }

    private static ProblemAnswer NotChecked { get; } =
        new(
            503,
            ErrorCodes.Unavailable,
            "The jobs of this request used up what checks against schemas may cost. Post this job alone."
        )
        {
            RetryAfterSeconds = 0,
        };

    private async Task<BatchItem> ShowAsync(Posted posted, Submission submission, HttpContext http)
    {
        if (posted is not { Job: { } asked, Enqueued: { } enqueued })
        {
            var refusal = posted.Refusal!;
            return new BatchItem(
                refusal.Problem.Status,
                Problem: refusal.Problem,
                RetryAfterSeconds: refusal.RetryAfterSeconds
            );
        }

        var found = enqueued.IsNew
            ? reader.View(enqueued.Job!, parameters: default)
            : await reader.FindAsync(asked.Namespace, enqueued.Id, submission.Methods, http.RequestAborted);
        var view = reader.ViewSubmitted(asked, enqueued, found);
        return new BatchItem(enqueued.IsNew ? 201 : 200, view.Id, view.State, Warning: view.Warning, Job: view);
    }

    /// <summary>What is the same for all jobs of a request.</summary>
    /// <param name="By">Who posted the jobs.</param>
    /// <param name="Methods">The methods that the caller is limited to; null for all.</param>
    private sealed record Submission(string Namespace, string By, NameScope? Methods, StepBudget Budget);

    /// <summary>A job and the loop's answer to it, or why there is none.</summary>
    private readonly record struct Posted(NewJob? Job, EnqueuedJob? Enqueued, ProblemAnswer? Refusal);
}
