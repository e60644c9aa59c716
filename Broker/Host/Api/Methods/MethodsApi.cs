using ScheduleZero.Broker.Core;
using ScheduleZero.Broker.Host.Access;
using ScheduleZero.Broker.Host.Api.Reference;
using ScheduleZero.Broker.Host.Http;
using ScheduleZero.Broker.Host.Inputs;
using ScheduleZero.Broker.Host.Schemas;
using ScheduleZero.Contracts;
using ScheduleZero.Contracts.Rest;

namespace ScheduleZero.Broker.Host.Api.Methods;

/// <summary>
/// Serves methods: shows who offers them, what waits and runs of them, and their limits; pauses and resumes them.
/// </summary>
internal sealed class MethodsApi(IBrokerInputs inputs, MethodSchemas schemas, Authority authority)
{
    /// <summary>How many different things that handlers publish of one method are shown at most.</summary>
    private const int OffersMax = 20;

    // The path says {method} and not {name}: roles for handlers are limited by the names of handlers.
    public void Map(RouteGroupBuilder group)
    {
        group
            .MapGet("/methods", ListAsync)
            .Demand(Permissions.HandlersRead)
            .Produces<Page<MethodView>>()
            .Describe(
                "listMethods",
                "List methods",
                "Those that handlers offer now or that are paused, in order of name. With `all`, also those that a "
                    + "handler offered when it was connected last, that an unfinished job or a schedule asks for, "
                    + "or that have limits.",
                400,
                503
            );
        group
            .MapGet("/methods/{method}", GetAsync)
            .Demand(Permissions.HandlersRead)
            .Produces<MethodView>()
            .Describe(
                "getMethod",
                "Get a method",
                "With what its handlers publish. A method is no stored thing: a name that nothing knows is answered "
                    + "as a method that nobody offers.",
                404,
                503
            );
        MapPauses(group);
    }

    private void MapPauses(RouteGroupBuilder group)
    {
        group
            .MapPost("/methods/{method}/pause", PauseAsync)
            .Demand(Permissions.MethodsPause, isScoped: true)
            .WithMetadata(new BodyLimit(BodyLimit.SmallBytesMax))
            .Accepts<MethodPauseRequest>("application/json")
            .Produces(204)
            .Describe(
                "pauseMethod",
                "Pause a method",
                "No attempt of the method begins until the pause ends, at `until` or by a resume; attempts that run "
                    + "go on, retries wait, and schedules go on making jobs. A second pause takes the place of the "
                    + "first.",
                400,
                404,
                409,
                413,
                415,
                503
            );
        group
            .MapPost("/methods/{method}/resume", ResumeAsync)
            .Demand(Permissions.MethodsPause, isScoped: true)
            .Produces(204)
            .Describe("resumeMethod", "Resume a method", "Ends a pause. What waited begins in its order.", 404, 503);
    }

    private async Task<IResult> ListAsync(
        string ns,
        [AsParameters] MethodListQuery query,
        HttpContext http,
        CancellationToken cancellationToken
    )
    {
        if (MethodListQueryValidator.Instance.Check(query) is { } problem)
        {
            return problem;
        }

        var known = await inputs.ReadAsync(state => state.Methods(ns), cancellationToken);
        var jobs = Judge(Permissions.JobsRead, ns, http);
        var found = query.WithAll
            ? known
                .Where(method => IsKnownWithoutJobs(method) || jobs.Opens(method.Name))
                .UnionBy(await OfSchedulesAsync(ns, http, cancellationToken), method => method.Name)
            : known.Where(method => method.Handlers.Count > 0 || method.Pause is not null);
        var page = Paging.Cut(
            found.Where(method => query.Matches(method.Name, method.Description)),
            method => method.Name,
            query
        );
        return Answers.Json(
            page with
            {
                Items = [.. page.Items.Select(method => schemas.Judge(ns, Open(method, jobs)))],
            },
            RestJson.Default.PageMethodView
        );
    }

    private async Task<IResult> GetAsync(
        string ns,
        string method,
        HttpContext http,
        CancellationToken cancellationToken
    )
    {
        if (!Names.IsName(method))
        {
            return Problems.NoSuchMethod;
        }

        var (view, published) = await inputs.ReadAsync(
            state => (state.Method(ns, method), state.Published(ns, method)),
            cancellationToken
        );
        return Answers.Json(
            schemas.Judge(ns, Open(view, Judge(Permissions.JobsRead, ns, http))) with
            {
                Offers = OffersOf(ns, published),
            },
            RestJson.Default.MethodView
        );
    }

    private async Task<IResult> PauseAsync(
        string ns,
        string method,
        HttpContext http,
        CancellationToken cancellationToken
    )
    {
        if (RefusalOf(method, http) is { } refusal)
        {
            return refusal;
        }

        var body = await RequestBody.ReadValidAsync(
            http,
            RestJson.Default.MethodPauseRequest,
            MethodPauseRequestValidator.Instance,
            cancellationToken
        );
        if (!body.HasValue)
        {
            return body.Problem!;
        }

        var (pause, by) = (body.Value, Caller.Of(http).Name);
        var note = AuditNotes.Of(http, "methods:pause", ns, $"method:{method}") with { Reason = pause.Reason };
        return await ActAsync(
            ticket => new BrokerInput.PauseMethod(ticket, ns, method, pause.Reason, by, pause.Until?.ToUniversalTime())
            {
                Audit = note,
            },
            cancellationToken
        );
    }

    private async Task<IResult> ResumeAsync(
        string ns,
        string method,
        HttpContext http,
        CancellationToken cancellationToken
    )
    {
        var note = AuditNotes.Of(http, "methods:resume", ns, $"method:{method}");
        return RefusalOf(method, http) as IResult
            ?? await ActAsync(
                ticket => new BrokerInput.ResumeMethod(ticket, ns, method) { Audit = note },
                cancellationToken
            );
    }

    private async Task<IResult> ActAsync(
        Func<Ticket, BrokerInput.Request> input,
        CancellationToken cancellationToken
    ) => Answers.NoContent(await inputs.AskAsync(input, cancellationToken));

    private static ProblemAnswer? RefusalOf(string method, HttpContext http) =>
        !Names.IsName(method) || !NameScope.Of(http).Opens(method) ? Problems.NoSuchMethod : null;

    /// <summary>The methods that schedules ask for, as far as the caller may read the schedules.</summary>
    private async Task<IEnumerable<MethodView>> OfSchedulesAsync(
        string ns,
        HttpContext http,
        CancellationToken cancellationToken
    )
    {
        var readable = Judge(Permissions.SchedulesRead, ns, http);
        return readable.Verdict != Verdict.Allowed
            ? []
            : (await inputs.ReadAsync(state => state.Schedules(ns), cancellationToken))
                .Where(schedule => readable.Opens(schedule.Name))
                .Select(schedule => schedule.Job.Method)
                .Distinct(StringComparer.Ordinal)
                .Select(name => new MethodView(name, null, default, []) { WaitingJobs = 0, RunningJobs = 0 });
    }

    /// <summary>What the sessions publish, one row for those that publish the same; the most common first.</summary>
    private List<MethodOffer> OffersOf(string ns, IReadOnlyList<PublishedMethod> published) =>
        [
            .. published
                .GroupBy(row => (row.Method.ParamsSchema, row.Method.Description, row.Method.MaxConcurrent))
                .OrderByDescending(rows => rows.Count())
                .Take(OffersMax)
                .Select(rows => new MethodOffer
                {
                    Handlers = Sorted(rows.Select(row => row.Handler)),
                    Agents = Sorted(rows.Select(row => row.Agent).OfType<string>()),
                    Description = rows.Key.Description,
                    ParamsSchema = rows.Key.ParamsSchema,
                    ParamsSchemaProblem = schemas.ProblemOf(ns, rows.First().Handler, rows.First().Method),
                    MaxConcurrent = rows.Key.MaxConcurrent,
                }),
        ];

    private Judgement Judge(string permission, string ns, HttpContext http) =>
        authority.Judge(Caller.Of(http), permission, ns, http.Connection.RemoteIpAddress);

    /// <summary>Whether something else than jobs names the method.</summary>
    private static bool IsKnownWithoutJobs(MethodView method) =>
        method.Handlers.Count > 0 || method.AwayHandlers > 0 || method.Limits is not null || method.Pause is not null;

    /// <summary>Takes the numbers of jobs away where the caller may not read the jobs.</summary>
    private static MethodView Open(MethodView method, Judgement jobs) =>
        jobs.Opens(method.Name) ? method : method with { WaitingJobs = null, RunningJobs = null };

    private static List<string> Sorted(IEnumerable<string> names) =>
        [.. names.Distinct(StringComparer.Ordinal).Order(StringComparer.Ordinal)];
}
