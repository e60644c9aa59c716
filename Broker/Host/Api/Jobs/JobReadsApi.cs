using ScheduleZero.Broker.Host.Access;
using ScheduleZero.Broker.Host.Api.Reference;
using ScheduleZero.Broker.Host.Http;
using ScheduleZero.Broker.Host.Inputs;
using ScheduleZero.Broker.Storage;
using ScheduleZero.Contracts.Ids;
using ScheduleZero.Contracts.Rest;

namespace ScheduleZero.Broker.Host.Api.Jobs;

/// <summary>Shows jobs and their attempts.</summary>
internal sealed class JobReadsApi(
    IBrokerInputs inputs,
    IHistoryReader store,
    JobReader reader,
    RunningJobs running,
    TimeProvider time
)
{
    public void Map(RouteGroupBuilder group)
    {
        group
            .MapGet("/jobs", ListAsync)
            .Demand(Permissions.JobsRead, isScoped: true)
            .Produces<Page<JobView>>()
            .Describe(
                "listJobs",
                "List and search jobs",
                "Newest first, without params and results unless `include` names them. A page ends early when "
                    + "it grows large; a search for a text, or in params, looks at a bounded number of jobs: such a "
                    + "page may be "
                    + "short, or empty, and still have a next one.",
                400
            );
        group
            .MapGet("/jobs/{id}", GetAsync)
            .Demand(Permissions.JobsRead, isScoped: true)
            .Produces<JobView>()
            .Describe(
                "getJob",
                "Get a job",
                "With its params, result or error, and the progress of a running attempt.",
                404
            );
        group
            .MapGet("/jobs/{id}/attempts", AttemptsAsync)
            .Demand(Permissions.JobsRead, isScoped: true)
            .Produces<Page<AttemptView>>()
            .Describe("listAttempts", "List a job's attempts", "Oldest first, all of them.", 404);
        group
            .MapGet("/jobs/{id}/explain", ExplainAsync)
            .Demand(Permissions.JobsRead, isScoped: true)
            .Produces<JobExplanation>()
            .Describe(
                "explainJob",
                "Explain why a job has not ended",
                "The gates that it has passed, and as the last the one that holds it, with what will open it. "
                    + "409 when the job has ended.",
                404,
                409,
                503
            );
    }

    private Task<IResult> ListAsync(
        string ns,
        [AsParameters] JobListQuery query,
        HttpContext http,
        CancellationToken cancellationToken
    ) =>
        BadCursor.GuardAsync(async () =>
        {
            if (JobListQueryValidator.Instance.Check(query) is { } problem)
            {
                return problem;
            }

            var search = query.ToSearch(ns, time.GetUtcNow()) with { Methods = NameScope.Of(http)?.Patterns };
            if (search.State == JobState.Running)
            {
                return Answers.Json(await running.SearchAsync(search, cancellationToken), RestJson.Default.PageJobView);
            }

            var page = await store.SearchJobsAsync(search, cancellationToken);
            return Answers.Json(
                new Page<JobView>([.. page.Items.Select(reader.View)], page.NextCursor),
                RestJson.Default.PageJobView
            );
        });

    private async Task<IResult> GetAsync(string ns, string id, HttpContext http, CancellationToken cancellationToken) =>
        JobId.TryParse(id, out var job)
        && await reader.FindAsync(ns, job, NameScope.Of(http), cancellationToken) is { } view
            ? Answers.Json(view, RestJson.Default.JobView)
            : Problems.NoSuchJob;

    private async Task<IResult> ExplainAsync(
        string ns,
        string id,
        HttpContext http,
        CancellationToken cancellationToken
    )
    {
        if (
            !JobId.TryParse(id, out var job)
            || await reader.FindStoredAsync(ns, job, NameScope.Of(http), cancellationToken) is not { } stored
        )
        {
            return Problems.NoSuchJob;
        }

        return
            !stored.Job.IsFinished
            && await inputs.ReadAsync(state => state.Explain(ns, job), cancellationToken) is { } explanation
            ? Answers.Json(explanation, RestJson.Default.JobExplanation)
            : Problems.Conflict("The job has ended; nothing holds it.");
    }

    private async Task<IResult> AttemptsAsync(
        string ns,
        string id,
        HttpContext http,
        CancellationToken cancellationToken
    )
    {
        if (
            !JobId.TryParse(id, out var jobId)
            || await reader.FindStoredAsync(ns, jobId, NameScope.Of(http), cancellationToken) is not { } stored
        )
        {
            return Problems.NoSuchJob;
        }

        var attempts = JobViews
            .AttemptsOf(stored.Job)
            .Select(attempt => JobViews.From(stored.Job, attempt, stored.Result));
        return Answers.Json(new Page<AttemptView>([.. attempts]), RestJson.Default.PageAttemptView);
    }
}
