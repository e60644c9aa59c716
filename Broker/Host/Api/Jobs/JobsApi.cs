using ScheduleZero.Broker.Core;
using ScheduleZero.Broker.Core.Jobs;
using ScheduleZero.Broker.Host.Access;
using ScheduleZero.Broker.Host.Api.Reference;
using ScheduleZero.Broker.Host.Http;
using ScheduleZero.Broker.Host.Inputs;
using ScheduleZero.Broker.Storage;
using ScheduleZero.Contracts;
using ScheduleZero.Contracts.Ids;
using ScheduleZero.Contracts.Rest;

namespace ScheduleZero.Broker.Host.Api.Jobs;

/// <summary>Serves jobs: accepts them, and cancels, retries, changes and replays them.</summary>
internal sealed class JobsApi(
    IBrokerInputs inputs,
    IHistoryReader store,
    JobSubmission submission,
    JobBatchSubmission batches,
    JobReader reader,
    JobDrafts drafts
)
{
    public void Map(RouteGroupBuilder group)
    {
        group
            .MapPost("/jobs", submission.SubmitAsync)
            .Demand(Permissions.JobsRun, isScoped: true)
            .WithMetadata(new BodyLimit(submission.BytesMax))
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
            .MapPost("/jobs/batch", batches.SubmitAsync)
            .Demand(Permissions.JobsRun, isScoped: true)
            .WithMetadata(new BodyLimit(BodyLimit.BatchBytesMax))
            .Accepts<BatchRequest>("application/json")
            .Produces<BatchAnswer>()
            .Describe(
                "submitJobs",
                "Submit up to 1,000 jobs in one commit",
                "Each item is answered in order; one that is not valid does not stop the others. With `atomic` "
                    + "it is all or none, and jobs may name each other: `\"ref\":\"a\"`, `\"after\":[\"#a\"]`. With "
                    + "`separate` each job is handled as if it had been posted alone, and its item shows it.",
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
            .WithMetadata(new BodyLimit(submission.BytesMax))
            .Accepts<JobPatch>("application/json")
            .Produces<JobView>()
            .Describe(
                "patchJob",
                "Change a job that waits",
                "Another `priority` while the job waits; another `runAt` and other `params` only while no attempt was "
                    + "made. 409 otherwise, and when `ifVersion` is not the job's `version` any more.",
                400,
                404,
                409,
                413,
                415,
                429,
                503,
                507
            );
        group
            .MapPost("/jobs/{id}/replay", ReplayAsync)
            .Demand(Permissions.JobsRun, isScoped: true)
            .WithMetadata(new BodyLimit(submission.BytesMax))
            .Produces<JobView>(201)
            .Describe(
                "replayJob",
                "Enqueue a finished job again",
                "Makes a new job that names the old one. The body {\"params\":{}} gives it other params, and may be "
                    + "left out.",
                400,
                404,
                409,
                413,
                415,
                503,
                507
            );
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
        var body = await RequestBody.ReadAsync(http, RestJson.Default.JobPatch, submission.BytesMax, cancellationToken);
        if (!body.HasValue)
        {
            return body.Problem!;
        }

        var patch = body.Value;
        if (JobPatchValidator.Instance.Check(patch) is { } problem)
        {
            return problem;
        }

        var changes = new JobChanges
        {
            Priority = patch.Priority,
            RunAt = patch.RunAt?.ToUniversalTime(),
            Params = patch.Params,
            IfVersion = patch.IfVersion,
        };
        return changes.IsPriorityAlone
            ? await ActAsync(ns, id, "jobs:priority", http, Input, cancellationToken)
            : await CheckChangeAsync(ns, id, patch, http, cancellationToken)
                ?? await ActAsync(ns, id, "jobs:change", http, Input, cancellationToken, WordsOf(patch));

        BrokerInput.Request Input(Ticket ticket, JobId job) => new BrokerInput.ChangeJob(ticket, ns, job, changes);
    }

    // Why the job may not get another time, or other params; null when it may, as far as the store can tell.
    private async Task<ProblemAnswer?> CheckChangeAsync(
        string ns,
        string id,
        JobPatch patch,
        HttpContext http,
        CancellationToken cancellationToken
    ) =>
        !JobId.TryParse(id, out var jobId)
        || await reader.FindStoredAsync(ns, jobId, NameScope.Of(http), cancellationToken) is not { Job: var job }
            ? Problems.NoSuchJob
        : job.IsFinished ? Problems.Conflict($"The job has ended: it is {job.State}. Replay it with other params.")
        : drafts.CheckChange(job, patch);

    // What is changed, for the audit log, which holds no params.
    private static string WordsOf(JobPatch patch)
    {
        string?[] parts =
        [
            patch.RunAt is { } runAt ? $"runAt {runAt.ToUniversalTime():yyyy-MM-ddTHH:mm:ssZ}" : null,
            patch.Params.IsEmpty ? null : "other params",
            patch.Priority is { } priority ? $"priority {priority}" : null,
        ];
        return string.Join(", ", parts.OfType<string>());
    }

    private async Task<IResult> ActAsync(
        string ns,
        string id,
        string action,
        HttpContext http,
        Func<Ticket, JobId, BrokerInput.Request> input,
        CancellationToken cancellationToken,
        string? reason = null
    )
    {
        // Only callers who are limited to methods pay for an extra read of the job.
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

        var note = AuditNotes.Of(http, action, ns, $"job:{id}") with { Reason = reason };
        return await inputs.AskAsync(ticket => input(ticket, job) with { Audit = note }, cancellationToken) switch
        {
            Answer.JobIs answer => Answers.Json(
                await reader.WithParamsAsync(answer.Job, cancellationToken),
                RestJson.Default.JobView
            ),
            // The loop forgets finished jobs. The store can tell a finished job from one that never existed.
            Answer.Refused { Code: ErrorCodes.NotFound }
                when await store.FindJobAsync(ns, job, cancellationToken) is { Job: { IsFinished: true } ended } =>
                Problems.Conflict($"The job has ended already: it is {ended.State}."),
            Answer.Refused refused => Problems.From(refused),
            var other => throw Answers.Unexpected(other),
        };
    }

    private async Task<IResult> ReplayAsync(string ns, string id, HttpContext http, CancellationToken cancellationToken)
    {
        var body = await RequestBody.ReadOptionalAsync(
            http,
            RestJson.Default.ReplayRequest,
            submission.BytesMax,
            cancellationToken
        );
        if (body.Problem is { } unreadable)
        {
            return unreadable;
        }

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

        var changed = body.Value?.Params ?? default;
        var (parameters, problem) = changed.IsEmpty
            ? (stored.Params, drafts.CheckReplay(stored.Job, stored.Params))
            : (changed, drafts.CheckChangedReplay(stored.Job, changed));
        return problem
            ?? await submission.EnqueueAsync(
                drafts.Replay(stored.Job, parameters, Caller.Of(http).Name),
                "jobs:replay",
                http,
                cancellationToken
            );
    }
}
