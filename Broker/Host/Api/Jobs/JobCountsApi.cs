using ScheduleZero.Broker.Host.Access;
using ScheduleZero.Broker.Host.Api.Reference;
using ScheduleZero.Broker.Host.Http;
using ScheduleZero.Contracts.Rest;

namespace ScheduleZero.Broker.Host.Api.Jobs;

/// <summary>Shows how many jobs are in each state.</summary>
internal sealed class JobCountsApi(JobCounting counting, TimeProvider time)
{
    public void Map(RouteGroupBuilder group) =>
        group
            .MapGet("/jobs/counts", CountAsync)
            .Demand(Permissions.JobsRead, isScoped: true)
            .Produces<JobCounts>()
            .Describe(
                "countJobs",
                "Count jobs by state",
                "Exact and cheap for all jobs of the namespace. With filters, or for a caller who is limited to "
                    + "methods, at most 500 of each state are counted: `atLeast` names the states of which there may "
                    + "be more.",
                400,
                503
            );

    private async Task<IResult> CountAsync(
        string ns,
        [AsParameters] JobCountQuery query,
        HttpContext http,
        CancellationToken cancellationToken
    )
    {
        if (JobFilterQueryValidator.Instance.Check(query) is { } problem)
        {
            return problem;
        }

        var search = ((IJobFilterQuery)query).ToSearch(ns, JobCounting.MatchesMax, time.GetUtcNow()) with
        {
            Methods = NameScope.Of(http)?.Patterns,
        };
        return Answers.Json(await counting.CountAsync(search, cancellationToken), RestJson.Default.JobCounts);
    }
}
