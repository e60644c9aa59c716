using ScheduleZero.Broker.Core;
using ScheduleZero.Broker.Core.Audit;
using ScheduleZero.Broker.Core.Schedules;
using ScheduleZero.Broker.Host.Access;
using ScheduleZero.Broker.Host.Api.Jobs;
using ScheduleZero.Broker.Host.Api.Reference;
using ScheduleZero.Broker.Host.Http;
using ScheduleZero.Broker.Host.Inputs;
using ScheduleZero.Broker.Host.Schemas;
using ScheduleZero.Contracts;
using ScheduleZero.Contracts.Ids;
using ScheduleZero.Contracts.Rest;

namespace ScheduleZero.Broker.Host.Api.Schedules;

/// <summary>Serves schedules: saves, pauses, resumes, triggers and deletes them.</summary>
internal sealed class SchedulesApi(
    IBrokerInputs inputs,
    ScheduleDrafts drafts,
    JobReader jobs,
    BrokerApiOptions options,
    TimeProvider time
)
{
    public void Map(RouteGroupBuilder group)
    {
        group
            .MapPost("/schedules", CreateAsync)
            .Demand(Permissions.SchedulesWrite, isScoped: true)
            .WithMetadata(new BodyLimit(BytesMax))
            .Accepts<ScheduleRequest>("application/json")
            .Produces<ScheduleView>(201)
            .Describe(
                "createSchedule",
                "Create a schedule",
                "A schedule of that name is a conflict.",
                400,
                409,
                413,
                415,
                503,
                507
            );
        group
            .MapGet("/schedules", ListAsync)
            .Demand(Permissions.SchedulesRead, isScoped: true)
            .Produces<Page<ScheduleView>>()
            .Describe(
                "listSchedules",
                "List schedules",
                "In order of name, or of the next instant. A schedule must pass every filter that is given.",
                400,
                503
            );
        group
            .MapGet("/schedules/{name}", GetAsync)
            .Demand(Permissions.SchedulesRead)
            .Conditional()
            .Produces<ScheduleView>()
            .Describe(
                "getSchedule",
                "Get a schedule",
                "ETag is its version, and moves with what the Broker notes of it.",
                404,
                503
            );
        group
            .MapPut("/schedules/{name}", PutAsync)
            .Demand(Permissions.SchedulesWrite)
            .Conditional()
            .WithMetadata(new BodyLimit(BytesMax))
            .Accepts<ScheduleRequest>("application/json")
            .Produces<ScheduleView>()
            .Produces<ScheduleView>(201)
            .Describe(
                "putSchedule",
                "Save a schedule",
                "Makes a new version, or the schedule.",
                400,
                412,
                413,
                415,
                503,
                507
            );
        group
            .MapDelete("/schedules/{name}", DeleteAsync)
            .Demand(Permissions.SchedulesWrite)
            .Conditional()
            .Produces(204)
            .Describe("deleteSchedule", "Delete a schedule", "The jobs that it made stay.", 404, 503);
        group
            .MapPost("/schedules/{name}/pause", PauseAsync)
            .Demand(Permissions.SchedulesPause, or: Permissions.SchedulesWrite)
            .Conditional()
            .WithMetadata(new BodyLimit(BodyLimit.SmallBytesMax))
            .Produces<ScheduleView>()
            .Describe(
                "pauseSchedule",
                "Pause a schedule",
                "The body {\"note\":…,\"resumeAt\":…} may be left out.",
                400,
                404,
                413,
                415,
                503
            );
        group
            .MapPost("/schedules/{name}/resume", ResumeAsync)
            .Demand(Permissions.SchedulesPause, or: Permissions.SchedulesWrite)
            .Conditional()
            .Produces<ScheduleView>()
            .Describe("resumeSchedule", "Resume a schedule", "Misfires are dealt with as the schedule says.", 404, 503);
        group
            .MapPost("/schedules/{name}/trigger", TriggerAsync)
            .Demand(Permissions.SchedulesTrigger)
            .Conditional()
            .WithMetadata(new BodyLimit(BytesMax))
            .Produces<JobView>(201)
            .Describe(
                "triggerSchedule",
                "Run now",
                "Makes one job, outside the trigger. The body {\"params\":…} may be left out; with it the job "
                    + "has other params than the schedule, and the caller needs jobs:run on the method too.",
                400,
                404,
                409,
                413,
                415,
                503,
                507
            );
    }

    private long BytesMax => options.ParamsBytesMax + BodyLimit.SmallBytesMax;

    private async Task<IResult> CreateAsync(string ns, HttpContext http, CancellationToken cancellationToken)
    {
        var (draft, problem) = await ReadDraftAsync(ns, name: null, http, cancellationToken);
        return problem
            ?? (
                await SaveAsync(draft!, isNew: true, http, cancellationToken) switch
                {
                    Answer.ScheduleIs saved => Saved(http, saved.Schedule, 201),
                    Answer.Refused refused => Problems.From(refused),
                    var other => throw Answers.Unexpected(other),
                }
            );
    }

    private async Task<IResult> PutAsync(string ns, string name, HttpContext http, CancellationToken cancellationToken)
    {
        var (draft, problem) = await ReadDraftAsync(ns, name, http, cancellationToken);
        if (problem is not null)
        {
            return problem;
        }

        return await SaveAsync(draft!, isNew: false, http, cancellationToken) switch
        {
            Answer.ScheduleIs saved => Saved(http, saved.Schedule, saved.Schedule.Id == draft!.Id ? 201 : 200),
            Answer.Refused refused => Problems.From(refused),
            var other => throw Answers.Unexpected(other),
        };
    }

    private async Task<(Schedule? Draft, ProblemAnswer? Problem)> ReadDraftAsync(
        string ns,
        string? name,
        HttpContext http,
        CancellationToken cancellationToken
    )
    {
        var body = await RequestBody.ReadAsync(http, RestJson.Default.ScheduleRequest, BytesMax, cancellationToken);
        if (!body.HasValue)
        {
            return (null, body.Problem);
        }

        var request = body.Value;
        var now = time.GetUtcNow();
        var problem =
            drafts.Check(request, ns, StepBudget.ForRequest(), now)
            ?? (name is null || name == request.Name ? null : Problems.Invalid("name", $"The address says \"{name}\"."))
            ?? (
                name is null && !NameScope.Of(http).Opens(request.Name)
                    ? AccessProblems.MissingPermission(Permissions.SchedulesWrite, ns, request.Name)
                    : null
            )
            ?? drafts.CheckMayRun(request, ns, http);
        return problem is null ? (drafts.Draft(request, ns, Caller.Of(http).Name, now), null) : (null, problem);
    }

    private Task<Answer> SaveAsync(Schedule draft, bool isNew, HttpContext http, CancellationToken cancellationToken)
    {
        var by = drafts.By(http, draft.Namespace, draft.Name);
        var note = NoteOf(http, "schedules:save", draft.Namespace, draft.Name);
        var condition = isNew ? null : Conditions.Of(http).Version;
        return inputs.AskAsync(
            ticket => new BrokerInput.SaveSchedule(ticket, by, draft, isNew, ExpectedVersion: null)
            {
                Audit = note,
                Condition = condition,
            },
            cancellationToken
        );
    }

    private static AuditNote NoteOf(HttpContext http, string action, string ns, string name) =>
        AuditNotes.Of(http, action, ns, $"schedule:{name}");

    private static IResult Saved(HttpContext http, Schedule schedule, int status)
    {
        if (status == 201)
        {
            http.Response.Headers.Location = $"/api/namespaces/{schedule.Namespace}/schedules/{schedule.Name}";
        }

        return Conditions.Answer(
            http,
            ScheduleViews.TagOf(schedule),
            ScheduleViews.From(schedule),
            RestJson.Default.ScheduleView,
            status
        );
    }

    private Task<IResult> ListAsync(
        string ns,
        [AsParameters] ScheduleListQuery query,
        HttpContext http,
        CancellationToken cancellationToken
    ) =>
        BadCursor.GuardAsync(async () =>
        {
            if (ScheduleListQueryValidator.Instance.Check(query) is { } problem)
            {
                return problem;
            }

            var scope = NameScope.Of(http);
            var all = await inputs.ReadAsync(state => state.Schedules(ns), cancellationToken);
            var page = ScheduleListing.Page(all.Where(schedule => scope.Opens(schedule.Name)), query);
            return Answers.Json(page, RestJson.Default.PageScheduleView);
        });

    private async Task<IResult> GetAsync(
        string ns,
        string name,
        HttpContext http,
        CancellationToken cancellationToken
    ) =>
        await inputs.ReadAsync(state => state.FindSchedule(ns, name), cancellationToken) is { } schedule
            ? Saved(http, schedule, 200)
            : Problems.NoSuchSchedule;

    private async Task<IResult> DeleteAsync(
        string ns,
        string name,
        HttpContext http,
        CancellationToken cancellationToken
    )
    {
        var by = drafts.By(http, ns, name);
        var note = NoteOf(http, "schedules:delete", ns, name);
        var condition = Conditions.Of(http).Version;
        return Answers.NoContent(
            await inputs.AskAsync(
                ticket => new BrokerInput.DeleteSchedule(ticket, by, ns, name) { Audit = note, Condition = condition },
                cancellationToken
            )
        );
    }

    private async Task<IResult> PauseAsync(
        string ns,
        string name,
        HttpContext http,
        CancellationToken cancellationToken
    )
    {
        var body = await RequestBody.ReadOptionalAsync(
            http,
            RestJson.Default.PauseRequest,
            BodyLimit.SmallBytesMax,
            cancellationToken
        );
        if (body.Problem is { } unreadable)
        {
            return unreadable;
        }

        var pause = body.Value ?? new PauseRequest();
        var by = drafts.PausedBy(http, ns, name);
        return PauseRequestValidator.Instance.Check(pause)
            ?? await ActAsync(
                http,
                NoteOf(http, "schedules:pause", ns, name),
                ticket => new BrokerInput.PauseSchedule(
                    ticket,
                    by,
                    ns,
                    name,
                    pause.Note,
                    pause.ResumeAt?.ToUniversalTime()
                ),
                cancellationToken
            );
    }

    private Task<IResult> ResumeAsync(string ns, string name, HttpContext http, CancellationToken cancellationToken)
    {
        var by = drafts.PausedBy(http, ns, name);
        return ActAsync(
            http,
            NoteOf(http, "schedules:resume", ns, name),
            ticket => new BrokerInput.ResumeSchedule(ticket, by, ns, name),
            cancellationToken
        );
    }

    private async Task<IResult> ActAsync(
        HttpContext http,
        AuditNote note,
        Func<Ticket, BrokerInput.Request> input,
        CancellationToken cancellationToken
    ) =>
        await inputs.AskAsync(
            ticket => input(ticket) with { Audit = note, Condition = Conditions.Of(http).Version },
            cancellationToken
        ) switch
        {
            Answer.ScheduleIs answer => Saved(http, answer.Schedule, 200),
            Answer.Refused refused => Problems.From(refused),
            var other => throw Answers.Unexpected(other),
        };

    private async Task<IResult> TriggerAsync(
        string ns,
        string name,
        HttpContext http,
        CancellationToken cancellationToken
    )
    {
        var body = await RequestBody.ReadOptionalAsync(
            http,
            RestJson.Default.RunNowRequest,
            BytesMax,
            cancellationToken
        );
        if (body.Problem is { } unreadable)
        {
            return unreadable;
        }

        if (body.Value is not { Params.IsEmpty: false } run)
        {
            return await RunAsync(ns, name, parameters: null, method: null, http, cancellationToken);
        }

        if (await inputs.ReadAsync(state => state.FindSchedule(ns, name), cancellationToken) is not { } schedule)
        {
            return Problems.NoSuchSchedule;
        }

        return drafts.CheckRun(schedule, run.Params, http)
            ?? await RunAsync(ns, name, run.Params, schedule.Job.Method, http, cancellationToken);
    }

    private async Task<IResult> RunAsync(
        string ns,
        string name,
        RawJson? parameters,
        string? method,
        HttpContext http,
        CancellationToken cancellationToken
    )
    {
        var id = new JobId(Guid.CreateVersion7(time.GetUtcNow()));
        var by = Caller.Of(http).Name;
        var note = NoteOf(http, "schedules:trigger", ns, name);
        var condition = Conditions.Of(http).Version;
        switch (
            await inputs.AskAsync(
                ticket => new BrokerInput.TriggerSchedule(ticket, ns, name, id, by, parameters, method)
                {
                    Audit = note,
                    Condition = condition,
                },
                cancellationToken
            )
        )
        {
            case Answer.JobIs answer:
                http.Response.Headers.Location = $"/api/namespaces/{ns}/jobs/{answer.Job.Id}";
                return Answers.Json(
                    await jobs.WithParamsAsync(answer.Job, cancellationToken),
                    RestJson.Default.JobView,
                    201
                );
            case Answer.Refused refused:
                return Problems.From(refused);
            case var other:
                throw Answers.Unexpected(other);
        }
    }
}
