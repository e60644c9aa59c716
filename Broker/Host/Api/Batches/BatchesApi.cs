using FluentValidation;
using ScheduleZero.Broker.Core;
using ScheduleZero.Broker.Core.Batches;
using ScheduleZero.Broker.Host.Access;
using ScheduleZero.Broker.Host.Api.Jobs;
using ScheduleZero.Broker.Host.Api.Reference;
using ScheduleZero.Broker.Host.Http;
using ScheduleZero.Broker.Host.Inputs;
using ScheduleZero.Broker.Host.Schemas;
using ScheduleZero.Contracts;
using ScheduleZero.Contracts.Ids;
using ScheduleZero.Contracts.Rest;

namespace ScheduleZero.Broker.Host.Api.Batches;

/// <summary>Serves batches: jobs that are submitted, followed and cancelled together.</summary>
internal sealed class BatchesApi(
    IBrokerInputs inputs,
    BatchReader reader,
    JobSets sets,
    JobDrafts drafts,
    TimeProvider time
)
{
    public void Map(RouteGroupBuilder group)
    {
        group
            .MapPost("/batches", SubmitAsync)
            .Demand(Permissions.JobsRun, isScoped: true)
            .WithMetadata(new BodyLimit(BodyLimit.BatchBytesMax))
            .Accepts<BatchSubmission>("application/json")
            .Produces<BatchCreated>(201)
            .Describe(
                "submitBatch",
                "Submit a batch",
                "Up to 1,000 jobs in one commit, all or none, which are followed as one; and, if asked for, a "
                    + "job that runs when all of them have ended.",
                400,
                413,
                415,
                503,
                507
            );
        group
            .MapGet("/batches", ListAsync)
            .Demand(Permissions.JobsRead)
            .Produces<Page<BatchView>>()
            .Describe("listBatches", "List batches", "Newest first.", 400, 503);
        group
            .MapGet("/batches/{id}", GetAsync)
            .Demand(Permissions.JobsRead)
            .Produces<BatchView>()
            .Describe(
                "getBatch",
                "Get a batch",
                "With its jobs counted by state. The jobs themselves: `GET …/jobs?batch=`.",
                404,
                503
            );
        group
            .MapPost("/batches/{id}/cancel", CancelAsync)
            .Demand(Permissions.JobsRun)
            .Produces<BatchView>()
            .Describe(
                "cancelBatch",
                "Cancel a batch",
                "Cancels its jobs that have not ended, each as a cancel of its own would; a job that completes "
                    + "the batch then runs.",
                404,
                409,
                503
            );
    }

    private async Task<IResult> SubmitAsync(string ns, HttpContext http, CancellationToken cancellationToken)
    {
        var body = await RequestBody.ReadAsync(
            http,
            RestJson.Default.BatchSubmission,
            BodyLimit.BatchBytesMax,
            cancellationToken
        );
        if (!body.HasValue)
        {
            return body.Problem!;
        }

        var submission = body.Value;
        if (
            (BatchSubmissionValidator.Instance.Check(submission) ?? CheckCompletion(submission.OnComplete, ns, http)) is
            { } problem
        )
        {
            return problem;
        }

        var by = Caller.Of(http).Name;
        var id = new BatchId(Guid.CreateVersion7(time.GetUtcNow()));
        var completion = submission.OnComplete is { } last ? drafts.Draft(last, ns, by) : null;
        var note = AuditNotes.Of(http, "jobs:run", ns, $"batch:{id}");
        var (jobs, batch, refusal) = await sets.SubmitAsync(
            submission.Jobs,
            ns,
            new NewBatch(id, submission.Name, by, completion),
            note,
            http,
            cancellationToken
        );
        if (jobs is null)
        {
            return refusal!;
        }

        http.Response.Headers.Location = $"/api/namespaces/{ns}/batches/{id}";
        return Answers.Json(
            new BatchCreated(BatchViews.From(batch!), [.. jobs.Select(job => job.Id)]),
            RestJson.Default.BatchCreated,
            201
        );
    }

    private ProblemAnswer? CheckCompletion(JobRequest? completion, string ns, HttpContext http) =>
        completion is null
            ? null
            : drafts.CheckMember(completion, ns, StepBudget.ForRequest(), "onComplete.")
                ?? JobDrafts.CheckMethod(NameScope.Of(http), ns, completion.Method);

    private Task<IResult> ListAsync(string ns, [AsParameters] PageQuery query, CancellationToken cancellationToken) =>
        BadCursor.GuardAsync(async () =>
        {
            if (PageQueryValidator.Instance.Check(query) is { } problem)
            {
                return problem;
            }

            var page = await reader.SearchAsync(
                ns,
                ((IPageQuery)query).LimitOrDefault(),
                query.Cursor,
                cancellationToken
            );
            return Answers.Json(
                new Page<BatchView>([.. page.Items.Select(BatchViews.From)], page.NextCursor),
                RestJson.Default.PageBatchView
            );
        });

    private async Task<IResult> GetAsync(string ns, string id, CancellationToken cancellationToken) =>
        BatchId.TryParse(id, out var batch) && await reader.FindAsync(ns, batch, cancellationToken) is { } state
            ? Answers.Json(BatchViews.From(state), RestJson.Default.BatchView)
            : Problems.NoSuchBatch;

    private async Task<IResult> CancelAsync(string ns, string id, HttpContext http, CancellationToken cancellationToken)
    {
        if (!BatchId.TryParse(id, out var batch))
        {
            return Problems.NoSuchBatch;
        }

        var note = AuditNotes.Of(http, "jobs:cancel", ns, $"batch:{id}");
        return await inputs.AskAsync(
            ticket => new BrokerInput.CancelBatch(ticket, ns, batch) { Audit = note },
            cancellationToken
        ) switch
        {
            Answer.BatchIs answer => Answers.Json(BatchViews.From(answer.State), RestJson.Default.BatchView),
            Answer.Refused { Code: ErrorCodes.NotFound } => await reader.FindAsync(ns, batch, cancellationToken) is null
                ? Problems.NoSuchBatch
                : Problems.Conflict("The batch is over; all of its jobs have ended."),
            Answer.Refused refused => Problems.From(refused),
            var other => throw Answers.Unexpected(other),
        };
    }
}

/// <summary>The rules on a batch as posted, without the rules on each of its jobs.</summary>
internal sealed class BatchSubmissionValidator : AbstractValidator<BatchSubmission>
{
    private const string NoKey =
        "A job belongs to one batch, and a key might answer with one that is in none, or in another.";

    public BatchSubmissionValidator()
    {
        RuleFor(batch => batch.Jobs)
            .Must(static jobs => jobs is { Count: >= 1 and <= Limits.BatchJobsMax })
            .WithMessage($"1 to {Limits.BatchJobsMax} jobs are needed.");
        RuleForEach(batch => batch.Jobs)
            .Must(static job => job?.DeduplicationKey is null)
            .WithMessage(NoKey)
            .When(batch => batch.Jobs is { Count: <= Limits.BatchJobsMax });
        RuleFor(batch => batch.Name).Text(Limits.NameLengthMax);
        RuleFor(batch => batch.OnComplete!.DeduplicationKey)
            .Null()
            .WithMessage(NoKey)
            .When(batch => batch.OnComplete is not null);
        RuleFor(batch => batch.OnComplete!.After)
            .Null()
            .WithMessage("It runs after the jobs of its batch, and after no others.")
            .When(batch => batch.OnComplete is not null);
        RuleFor(batch => batch.OnComplete!.Ref)
            .Null()
            .WithMessage("Nobody can run after it in its own batch; it has no ref.")
            .When(batch => batch.OnComplete is not null);
    }

    public static BatchSubmissionValidator Instance { get; } = new();
}
