using FluentValidation;
using ScheduleZero.Broker.Core;
using ScheduleZero.Broker.Host.Access;
using ScheduleZero.Broker.Host.Http;
using ScheduleZero.Broker.Host.Schemas;
using ScheduleZero.Contracts;
using ScheduleZero.Contracts.Ids;
using ScheduleZero.Contracts.Rest;

namespace ScheduleZero.Broker.Host.Api.Jobs;

/// <summary>Accepts many jobs by one request: each by itself, or all or none.</summary>
internal sealed class JobBatchSubmission(
    Enqueuing enqueuing,
    JobSets sets,
    SeparateJobs separate,
    JobDrafts drafts,
    TimeProvider time
)
{
    public async Task<IResult> SubmitAsync(string ns, HttpContext http, CancellationToken cancellationToken)
    {
        var body = await RequestBody.ReadAsync(
            http,
            RestJson.Default.BatchRequest,
            BodyLimit.BatchBytesMax,
            cancellationToken
        );
        if (!body.HasValue)
        {
            return body.Problem!;
        }

        if (BatchRequestValidator.Instance.Check(body.Value) is { } problem)
        {
            return problem;
        }

        var requests = body.Value.Jobs;
        if (body.Value.Separate)
        {
            return await separate.SubmitAsync(requests, ns, http, cancellationToken);
        }

        var items = new BatchItem[requests.Count];
        var refused = body.Value.Atomic
            ? await SubmitAllAsync(requests, items, ns, http, cancellationToken)
            : await SubmitEachAsync(requests, items, ns, http, cancellationToken);
        return refused ?? Answers.Json(new BatchAnswer(items), RestJson.Default.BatchAnswer);
    }

    private async Task<IResult?> SubmitAllAsync(
        IReadOnlyList<JobRequest> requests,
        BatchItem?[] items,
        string ns,
        HttpContext http,
        CancellationToken cancellationToken
    )
    {
        var note = AuditNotes.Of(http, "jobs:run", ns, $"jobs:{requests.Count}");
        var (taken, refused) = await sets.SubmitAsync(requests, ns, note, http, cancellationToken);
        if (taken is null)
        {
            return refused;
        }

        Fill(items, taken, NameScope.Of(http));
        return null;
    }

    private async Task<IResult?> SubmitEachAsync(
        IReadOnlyList<JobRequest> requests,
        BatchItem?[] items,
        string ns,
        HttpContext http,
        CancellationToken cancellationToken
    )
    {
        var jobs = DraftValid(requests, items, ns, http);
        while (jobs.Count > 0)
        {
            var subject = jobs.Count == 1 ? $"job:{jobs[0].Id}" : $"jobs:{jobs.Count}";
            var note = AuditNotes.Of(http, "jobs:run", ns, subject);
            var outcome = await enqueuing.AskAsync(jobs, note, NameScope.Of(http), cancellationToken);
            if (outcome.Unknown is { } unknown)
            {
                // Jobs that run after unknown ones are refused, and the others are tried again.
                DropUnknown(items, jobs, unknown);
                continue;
            }

            if (outcome.Jobs is null)
            {
                return outcome.Problem!;
            }

            Fill(items, outcome.Jobs, NameScope.Of(http));
            return null;
        }

        return null;
    }

    private static void DropUnknown(BatchItem?[] items, List<NewJob> jobs, IReadOnlySet<JobId> unknown)
    {
        var kept = new Queue<NewJob>(jobs);
        jobs.Clear();
        for (var i = 0; i < items.Length; i++)
        {
            if (items[i] is not null)
            {
                continue;
            }

            var job = kept.Dequeue();
            if (job.After?.Any(unknown.Contains) == true)
            {
                items[i] = new BatchItem(400, Problem: Enqueuing.NoSuchJobs([(job, $"jobs[{i}].")], unknown).Problem);
            }
            else
            {
                jobs.Add(job);
            }
        }
    }

    // Fills in the items of requests that are not valid; the items of the jobs that are returned stay null.
    private List<NewJob> DraftValid(IReadOnlyList<JobRequest> requests, BatchItem?[] items, string ns, HttpContext http)
    {
        var by = Caller.Of(http).Name;
        var jobs = new List<NewJob>(requests.Count);
        var budget = StepBudget.ForRequest();
        for (var i = 0; i < requests.Count; i++)
        {
            var problem = requests[i] is null
                ? Problems.Invalid($"jobs[{i}]", "A job is needed; null is none.")
                : drafts.Check(requests[i], ns, budget)
                    ?? JobDrafts.CheckMethod(NameScope.Of(http), ns, requests[i].Method);
            if (problem is null)
            {
                jobs.Add(drafts.Draft(requests[i], ns, by));
            }
            else
            {
                // The request is checked a second time, with its path: so texts are only made for requests that are
                // wrong.
                problem = requests[i] is null
                    ? problem
                    : drafts.Check(requests[i], ns, budget, $"jobs[{i}].") ?? problem;
                items[i] = new BatchItem(problem.Problem.Status, Problem: problem.Problem);
            }
        }

        return jobs;
    }

    private void Fill(BatchItem?[] items, IReadOnlyList<EnqueuedJob> taken, NameScope? methods)
    {
        var next = 0;
        for (var i = 0; i < items.Length; i++)
        {
            if (items[i] is null)
            {
                var enqueued = taken[next++];
                items[i] = Duplicates.Refusal(enqueued, methods) is { } refusal
                    ? new BatchItem(refusal.Problem.Status, Problem: refusal.Problem)
                    : new BatchItem(
                        enqueued.IsNew ? 201 : 200,
                        enqueued.Id,
                        Duplicates.StateOf(enqueued, time.GetUtcNow()),
                        Warning: enqueued.Warning
                    );
            }
        }
    }
}

internal sealed class BatchRequestValidator : AbstractValidator<BatchRequest>
{
    public BatchRequestValidator()
    {
        RuleFor(batch => batch.Jobs)
            .Must(static jobs => jobs is { Count: >= 1 and <= Limits.BatchJobsMax })
            .WithMessage($"1 to {Limits.BatchJobsMax} jobs are needed.");
        RuleFor(batch => batch.Separate)
            .Equal(false)
            .When(static batch => batch.Atomic)
            .WithMessage("Jobs are all or none, or each on its own; give atomic or separate, not both.");
    }

    public static BatchRequestValidator Instance { get; } = new();
}
