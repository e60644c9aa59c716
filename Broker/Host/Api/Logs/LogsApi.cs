using ScheduleZero.Broker.Host.Access;
using ScheduleZero.Broker.Host.Api.Jobs;
using ScheduleZero.Broker.Host.Api.Reference;
using ScheduleZero.Broker.Host.Api.Streams;
using ScheduleZero.Broker.Host.Committed;
using ScheduleZero.Broker.Host.Http;
using ScheduleZero.Contracts.Rest;

namespace ScheduleZero.Broker.Host.Api.Logs;

/// <summary>Shows the lines of all job logs of a namespace: the newest ones, or as they are written.</summary>
internal sealed class LogsApi(
    NewestLines newest,
    EventStream events,
    LiveAccess access,
    TimeProvider time,
    IHostApplicationLifetime lifetime,
    BrokerApiOptions options
)
{
    // The oldest end that history still holds: jobs that ended earlier are deleted, and their logs with them.
    private DateTimeOffset Beginning => time.GetUtcNow() - options.Retention.FinishedJobs;

    public void Map(RouteGroupBuilder group) =>
        group
            .MapGet("/logs", ReadAsync)
            .Demand(Permissions.JobsRead, isScoped: true)
            .Produces<NewestLogs>()
            .Produces<JobLine>(200, "text/event-stream")
            .Describe(
                "readAllLogs",
                "Read the logs of all jobs",
                "The newest lines that match, oldest first, of the jobs that may still log and of those that ended "
                    + "last; since says from which instant on every one is there. With follow=true server-sent "
                    + "events: these lines, one of type since, and then each line as it is written. An event of type "
                    + "lost says that some in between are missing. Last-Event-ID resumes, as after does.",
                400
            );

    private async Task<IResult> ReadAsync(
        string ns,
        [AsParameters] LogsQuery query,
        HttpContext http,
        CancellationToken cancellationToken
    )
    {
        if (LogsQueryValidator.Instance.Check(query) is { } problem)
        {
            return problem;
        }

        var choice = query.ToChoice(ns, NameScope.Of(http));
        var after = QueryText.LongNumber(query.After);
        if (QueryText.Flag(query.Follow) == true)
        {
            await FollowAsync(choice, after, query.LimitOrDefault(), http);
            return TypedResults.Empty;
        }

        var found = await newest.FindAsync(choice, LogPlace.Stored(after), query.LimitOrDefault(), cancellationToken);
        var lines = found.Take();
        return Answers.Json(new NewestLogs(lines, found.WholeSince(Beginning)), RestJson.Default.NewestLogs);
    }

    private async Task FollowAsync(LogChoice choice, long? after, int limit, HttpContext http)
    {
        // A browser that reconnects names the last line that it received.
        var last = QueryText.LongNumber(http.Request.Headers["Last-Event-ID"]) ?? after;
        using var stream = new ServerSentEvents(http, access, time, lifetime.ApplicationStopping);
        if (await stream.BeginAsync())
        {
            await new LogFollower(newest, events, choice, stream, http, last).RunAsync(limit, Beginning);
        }
    }
}
