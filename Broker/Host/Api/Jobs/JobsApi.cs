using FluentValidation;
using Microsoft.AspNetCore.Mvc;
using ScheduleZero.Broker.Core;
using ScheduleZero.Broker.Host.Access;
using ScheduleZero.Broker.Host.Api.Reference;
using ScheduleZero.Broker.Host.Http;
using ScheduleZero.Broker.Host.Inputs;
using ScheduleZero.Broker.Host.Schemas;
using ScheduleZero.Broker.Storage;
using ScheduleZero.Contracts;
using ScheduleZero.Contracts.Ids;
using ScheduleZero.Contracts.Rest;

namespace ScheduleZero.Broker.Host.Api.Jobs;

/// <summary>Takes jobs in, and acts on those that are there.</summary>
internal sealed class JobsApi(
    IBrokerInputs inputs,
    IBrokerStore store,
    Enqueuing enqueuing,
    JobSets sets,
    JobReader reader,
    JobWaiter waiter,
    JobDrafts drafts,
    LiveAccess access,
    TimeProvider time,
    BrokerApiOptions options
)
{
    public void Map(RouteGroupBuilder group)
    {
        group
            .MapPost("/jobs", SubmitAsync)
            .Demand(Permissions.JobsRun, isScoped: true)
            .WithMetadata(new BodyLimit(OneJobBytesMax))
            .Accepts<JobRequest>("application/json")
            .Produces<JobView>(201)
            .Produces<JobView>(200)
            .Describe(
                "submitJob",
                "Submit one job",
                "201 once the job is on disk; 200 with the first job if its deduplication key is taken, with a "
                    + "`warning` if that job asks for something else, or 409 if `deduplicationStrict` is set.",
                400,
                409,
                413,
                415,
                503,
                507
            );
        group
            .MapPost("/jobs/batch", SubmitBatchAsync)
            .Demand(Permissions.JobsRun, isScoped: true)
            .WithMetadata(new BodyLimit(BodyLimit.BatchBytesMax))
            .Accepts<BatchRequest>("application/json")
            .Produces<BatchAnswer>()
            .Describe(
                "submitJobs",
                "Submit up to 1,000 jobs in one commit",
                "Each item is answered in order; one that is not valid does not stop the others. With `atomic` "
                    + "it is all or none, and jobs may name each other: `\"ref\":\"a\"`, `\"after\":[\"#a\"]`.",
                400,
                413,
                415,
                503,
                507
            );
        group
            .MapPost("/jobs/{id}/cancel", CancelAsync)
            .Demand(Permissions.JobsRun, isScoped: true)
            .WithMetadata(new BodyLimit(BodyLimit.SmallBytesMax))
            .Produces<JobView>()
            .Describe(
                "cancelJob",
                "Cancel a job",
                "A running attempt is asked to stop, and fenced off after the grace. The body "
                    + "{\"grace\":\"PT10S\"} may be left out.",
                400,
                404,
                409,
                413,
                415,
                503
            );
        group
            .MapPost("/jobs/{id}/retry", RetryAsync)
            .Demand(Permissions.JobsRun, isScoped: true)
            .Produces<JobView>()
            .Describe("retryJob", "Try again now", "Ends a backoff, or a wait for runAt.", 404, 409, 503);
        group
            .MapPatch("/jobs/{id}", PatchAsync)
            .Demand(Permissions.JobsRun, isScoped: true)
            .WithMetadata(new BodyLimit(BodyLimit.SmallBytesMax))
            .Accepts<JobPatch>("application/json")
            .Produces<JobView>()
            .Describe(
                "patchJob",
                "Change a job's priority",
                "Of a job that waits; one that runs, or has ended, is a conflict.",
                400,
                404,
                409,
                413,
                415,
                503
            );
        group
            .MapPost("/jobs/{id}/replay", ReplayAsync)
            .Demand(Permissions.JobsRun, isScoped: true)
            .Produces<JobView>(201)
            .Describe(
                "replayJob",
                "Enqueue a finished job again",
                "Makes a new job that names the old one.",
                400,
                404,
                409,
                503,
                507
            );
    }

    private long OneJobBytesMax => options.ParamsBytesMax + BodyLimit.SmallBytesMax;

    private async Task<IResult> SubmitAsync(
        string ns,
        [FromQuery] string? wait,
        HttpContext http,
        CancellationToken cancellationToken
    )
    {
        if (wait is not null && WaitValidator.Instance.Check(new WaitQuery(wait)) is { } badWait)
        {
            return badWait;
        }

        var body = await RequestBody.ReadAsync(http, RestJson.Default.JobRequest, OneJobBytesMax, cancellationToken);
        if (!body.HasValue)
        {
            return body.Problem!;
        }

        if ((drafts.Check(body.Value, ns, StepBudget.ForRequest()) ?? CheckMay(http, ns, body.Value)) is { } problem)
        {
            return problem;
        }

        var job = drafts.Draft(body.Value, ns, Caller.Of(http).Name);
        return wait is null
            ? await EnqueueAsync(job, "jobs:run", http, cancellationToken)
            : await EnqueueAndWaitAsync(job, QueryText.Duration(wait)!.Value, http, cancellationToken);
    }

    private static ProblemAnswer? CheckMay(HttpContext http, string ns, JobRequest request) =>
        NameScope.Of(http).Opens(request.Method)
            ? null
            : AccessProblems.MissingPermission(Permissions.JobsRun, ns, request.Method);

    private async Task<IResult> EnqueueAsync(
        NewJob job,
        string action,
        HttpContext http,
        CancellationToken cancellationToken
    )
    {
        var (enqueued, problem) = await AskAsync(job, action, http, cancellationToken);
        return enqueued is null
            ? problem!
            : Taken(
                http,
                job,
                enqueued,
                enqueued.IsNew
                    ? reader.View(enqueued.Job!, job.Params)
                    : await reader.FindAsync(job.Namespace, enqueued.Id, NameScope.Of(http), cancellationToken)
            );
    }

    private async Task<IResult> EnqueueAndWaitAsync(
        NewJob job,
        TimeSpan limit,
        HttpContext http,
        CancellationToken cancellationToken
    )
    {
        using var own = waiter.Listen(job.Id);
        var (enqueued, problem) = await AskAsync(job, "jobs:run", http, cancellationToken);
        if (enqueued is null)
        {
            return problem!;
        }

        if (enqueued.IsNew)
        {
            var ended = await waiter.EndAsync(own, limit, cancellationToken);
            if (!access.StillHolds(http))
            {
                return Problems.Unauthenticated; // Taken away while it waited.
            }

            return ended is { Job: { } last }
                ? Taken(http, job, enqueued, reader.View(last, job.Params, ended.Result))
                : Taken(
                    http,
                    job,
                    enqueued,
                    await reader.FindAsync(job.Namespace, job.Id, NameScope.Of(http), cancellationToken)
                );
        }

        // The key was taken: it is the first job that is waited for, unless that is over already.
        using var first = waiter.Listen(enqueued.Id);
        var now = await reader.FindAsync(job.Namespace, enqueued.Id, NameScope.Of(http), cancellationToken);
        if (now is { FinishedAt: null })
        {
            await waiter.EndAsync(first, limit, cancellationToken);
            if (!access.StillHolds(http))
            {
                return Problems.Unauthenticated;
            }

            now = await reader.FindAsync(job.Namespace, enqueued.Id, NameScope.Of(http), cancellationToken);
        }

        return Taken(http, job, enqueued, now);
    }

    private async Task<(EnqueuedJob? Job, ProblemAnswer? Problem)> AskAsync(
        NewJob job,
        string action,
        HttpContext http,
        CancellationToken cancellationToken
    )
    {
        var note = AuditNotes.Of(http, action, job.Namespace, $"job:{job.Id}");
        var outcome = await enqueuing.AskAsync([job], note, NameScope.Of(http), cancellationToken);
        if (outcome.Unknown is { } unknown)
        {
            return (null, NoSuchAwaited(job, unknown, ""));
        }

        return outcome.Jobs is [var enqueued] && Duplicates.Refusal(enqueued, NameScope.Of(http)) is { } refusal
            ? (null, refusal)
            : (outcome.Jobs?[0], outcome.Problem);
    }

    private static ProblemAnswer NoSuchAwaited(NewJob job, IReadOnlySet<JobId> unknown, string prefix) =>
        Problems.Invalid(
            job.After!.Select((id, place) => (id, place))
                .Where(named => unknown.Contains(named.id))
                .ToDictionary(
                    named => $"{prefix}after[{named.place}]",
                    _ => new[] { Enqueuing.NoSuchJob },
                    StringComparer.Ordinal
                )
        );

    private IResult Taken(HttpContext http, NewJob asked, EnqueuedJob enqueued, JobView? view)
    {
        // Pruned, while it was waited for or before: what the loop knows of it is all that is left. A submission never
        // finds nothing.
        view ??= enqueued.Job is { } job
            ? reader.View(job, default)
            : Duplicates.Remembered(enqueued, asked, time.GetUtcNow());
        view = view with { Warning = view.Warning ?? enqueued.Warning };

        http.Response.Headers.Location = $"/api/namespaces/{view.Namespace}/jobs/{view.Id}";
        return Answers.Json(view, RestJson.Default.JobView, enqueued.IsNew ? 201 : 200);
    }

    private async Task<IResult> SubmitBatchAsync(string ns, HttpContext http, CancellationToken cancellationToken)
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
        var items = new BatchItem[requests.Count];
        if (body.Value.Atomic)
        {
            var (taken, refused) = await sets.SubmitAsync(
                requests,
                ns,
                AuditNotes.Of(http, "jobs:run", ns, $"jobs:{requests.Count}"),
                http,
                cancellationToken
            );
            if (taken is null)
            {
                return refused!;
            }

            Fill(items, taken, NameScope.Of(http));
            return Answers.Json(new BatchAnswer(items), RestJson.Default.BatchAnswer);
        }

        // Those that name an unknown job fall out; mostly none does.
        for (var jobs = DraftValid(requests, items, ns, http); jobs.Count > 0; )
        {
            var note = AuditNotes.Of(
                http,
                "jobs:run",
                ns,
                jobs.Count == 1 ? $"job:{jobs[0].Id}" : $"jobs:{jobs.Count}"
            );
            var outcome = await enqueuing.AskAsync(jobs, note, NameScope.Of(http), cancellationToken);
            if (outcome.Unknown is { } unknown)
            {
                DropUnknown(items, jobs, unknown);
                continue;
            }

            if (outcome.Jobs is null)
            {
                return outcome.Problem!;
            }

            Fill(items, outcome.Jobs, NameScope.Of(http));
            break;
        }

        return Answers.Json(new BatchAnswer(items), RestJson.Default.BatchAnswer);
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
                items[i] = new BatchItem(400, Problem: NoSuchAwaited(job, unknown, $"jobs[{i}].").Problem);
            }
            else
            {
                jobs.Add(job);
            }
        }
    }

    // Answers the requests that are not valid, and leaves a gap for each of the others.
    private List<NewJob> DraftValid(IReadOnlyList<JobRequest> requests, BatchItem?[] items, string ns, HttpContext http)
    {
        var by = Caller.Of(http).Name;
        var jobs = new List<NewJob>(requests.Count);
        var budget = StepBudget.ForRequest();
        for (var i = 0; i < requests.Count; i++)
        {
            var problem = requests[i] is null
                ? Problems.Invalid($"jobs[{i}]", "A job is needed; null is none.")
                : drafts.Check(requests[i], ns, budget) ?? CheckMay(http, ns, requests[i]);
            if (problem is null)
            {
                jobs.Add(drafts.Draft(requests[i], ns, by));
            }
            else
            {
                // Checked again to name the place: texts are only made for what is wrong.
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

    private async Task<IResult> CancelAsync(string ns, string id, HttpContext http, CancellationToken cancellationToken)
    {
        var body = await RequestBody.ReadOptionalAsync(
            http,
            RestJson.Default.CancelRequest,
            BodyLimit.SmallBytesMax,
            cancellationToken
        );
        if (body.Problem is { } unreadable)
        {
            return unreadable;
        }

        if (body.HasValue && CancelRequestValidator.Instance.Check(body.Value) is { } problem)
        {
            return problem;
        }

        var grace = body.Value?.Grace;
        return await ActAsync(
            ns,
            id,
            "jobs:cancel",
            http,
            (ticket, job) => new BrokerInput.CancelJob(ticket, ns, job, grace),
            cancellationToken
        );
    }

    private Task<IResult> RetryAsync(string ns, string id, HttpContext http, CancellationToken cancellationToken) =>
        ActAsync(
            ns,
            id,
            "jobs:retry",
            http,
            (ticket, job) => new BrokerInput.RetryJob(ticket, ns, job),
            cancellationToken
        );

    private async Task<IResult> PatchAsync(string ns, string id, HttpContext http, CancellationToken cancellationToken)
    {
        var body = await RequestBody.ReadValidAsync(
            http,
            RestJson.Default.JobPatch,
            JobPatchValidator.Instance,
            cancellationToken
        );
        if (!body.HasValue)
        {
            return body.Problem!;
        }

        var priority = body.Value.Priority!.Value;
        return await ActAsync(
            ns,
            id,
            "jobs:priority",
            http,
            (ticket, job) => new BrokerInput.PrioritiseJob(ticket, ns, job, priority),
            cancellationToken
        );
    }

    private async Task<IResult> ActAsync(
        string ns,
        string id,
        string action,
        HttpContext http,
        Func<object, JobId, BrokerInput.Request> input,
        CancellationToken cancellationToken
    )
    {
        // Only callers who are limited to methods pay for a look at the job first.
        if (
            !JobId.TryParse(id, out var job)
            || (
                NameScope.Of(http) is { } scope
                && await reader.FindStoredAsync(ns, job, scope, cancellationToken) is null
            )
        )
        {
            return Problems.NoSuchJob;
        }

        var note = AuditNotes.Of(http, action, ns, $"job:{id}");
        return await inputs.AskAsync(ticket => input(ticket, job) with { Audit = note }, cancellationToken) switch
        {
            Answer.JobIs answer => Answers.Json(
                await reader.WithParamsAsync(answer.Job, cancellationToken),
                RestJson.Default.JobView
            ),
            // A finished job has left the loop's memory; the store can tell it from one that never was.
            Answer.Refused { Code: ErrorCodes.NotFound }
                when await store.FindJobAsync(ns, job, cancellationToken) is { Job: { IsFinished: true } ended } =>
                Problems.Conflict($"The job has ended already: it is {ended.State}."),
            Answer.Refused refused => Problems.From(refused),
            var other => throw Answers.Unexpected(other),
        };
    }

    private async Task<IResult> ReplayAsync(string ns, string id, HttpContext http, CancellationToken cancellationToken)
    {
        if (
            !JobId.TryParse(id, out var jobId)
            || await store.FindJobAsync(ns, jobId, cancellationToken) is not { } stored
            || !NameScope.Of(http).Opens(stored.Job.Spec.Method)
        )
        {
            return Problems.NoSuchJob;
        }

        if (!stored.Job.IsFinished)
        {
            return Problems.Conflict("The job has not ended; there is nothing to replay yet.");
        }

        return drafts.CheckReplay(stored.Job, stored.Params)
            ?? await EnqueueAsync(
                drafts.Replay(stored.Job, stored.Params, Caller.Of(http).Name),
                "jobs:replay",
                http,
                cancellationToken
            );
    }
}

internal sealed record WaitQuery(string Wait);

internal sealed class WaitValidator : AbstractValidator<WaitQuery>
{
    public WaitValidator()
    {
        RuleFor(query => query.Wait).DurationWithin(TimeSpan.Zero, TimeSpan.FromMinutes(5));
    }

    public static WaitValidator Instance { get; } = new();
}

internal sealed class BatchRequestValidator : AbstractValidator<BatchRequest>
{
    public BatchRequestValidator()
    {
        RuleFor(batch => batch.Jobs)
            .Must(static jobs => jobs is { Count: >= 1 and <= Limits.BatchJobsMax })
            .WithMessage($"1 to {Limits.BatchJobsMax} jobs are needed.");
    }

    public static BatchRequestValidator Instance { get; } = new();
}
