using ScheduleZero.Broker.Host.Access;
using ScheduleZero.Broker.Host.Api.Reference;
using ScheduleZero.Broker.Host.Http;
using ScheduleZero.Contracts.Ids;
using ScheduleZero.Contracts.Rest;

namespace ScheduleZero.Broker.Host.Api.Jobs;

/// <summary>Shows what a job runs after, and what runs after it.</summary>
internal sealed class JobChainsApi(JobChains chains)
{
    public void Map(RouteGroupBuilder group) =>
        group
            .MapGet("/jobs/{id}/chain", GetAsync)
            .Demand(Permissions.JobsRead, isScoped: true)
            .Produces<Page<ChainedJob>>()
            .Describe(
                "getJobChain",
                "Get a job's neighbours in its chain",
                "The job, the jobs that it runs after, and the jobs that run after it: two steps far, and at most 12 "
                    + "jobs on each side. Each job says how many more there are.",
                404,
                503
            );

    private async Task<IResult> GetAsync(string ns, string id, HttpContext http, CancellationToken cancellationToken) =>
        JobId.TryParse(id, out var job)
        && await chains.FindAsync(ns, job, NameScope.Of(http), cancellationToken) is { } found
            ? Answers.Json(new Page<ChainedJob>(found), RestJson.Default.PageChainedJob)
            : Problems.NoSuchJob;
}
