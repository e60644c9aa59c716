using Microsoft.AspNetCore.Mvc;
using ScheduleZero.Broker.Host.Access;
using ScheduleZero.Broker.Host.Api.Reference;
using ScheduleZero.Broker.Host.Http;
using ScheduleZero.Contracts;
using ScheduleZero.Contracts.Rest;

namespace ScheduleZero.Broker.Host.Api.Jobs.Bulk;

/// <summary>
/// Serves bulk acts, each of which acts on every job that matches a filter. A caller whose roles are limited to methods
/// acts only on jobs of those methods, and sees only its own acts.
/// </summary>
internal sealed class BulkActsApi(BulkActs acts, LiveAccess access, TimeProvider time)
{
    private static readonly ProblemAnswer _noSuchAct = new(
        404,
        ErrorCodes.NotFound,
        "There is no such bulk act. A Broker that has restarted has forgotten those that it had; what they had "
            + "done stays."
    );

    public void Map(RouteGroupBuilder group)
    {
        group
            .MapPost("/jobs/bulk", BeginAsync)
            .Demand(Permissions.JobsRun, isScoped: true)
            .WithMetadata(new BodyLimit(BodyLimit.SmallBytesMax))
            .Accepts<BulkActRequest>("application/json")
            .Produces<BulkActView>()
            .Produces<BulkActView>(202)
            .Describe(
                "beginBulkAct",
                "Cancel, retry, replay or prioritise all jobs that match",
                "202 at once; the act goes on in slices. With `dryRun` 200 with `matched`, and nothing is "
                    + "done. Jobs enqueued later are not touched, nor those that no longer match when their turn "
                    + "comes. One at a time in a namespace.",
                400,
                409,
                413,
                415,
                503
            );
        group
            .MapGet("/jobs/bulk", List)
            .Demand(Permissions.JobsRead, isScoped: true)
            .Produces<Page<BulkActView>>()
            .Describe("listBulkActs", "List bulk acts", "Those since the Broker started, newest first.");
        group
            .MapGet("/jobs/bulk/{id}", GetAsync)
            .Demand(Permissions.JobsRead, isScoped: true)
            .Produces<BulkActView>()
            .Describe(
                "getBulkAct",
                "Get a bulk act",
                "How far it has come. With `wait` the answer comes when it has ended, or when the wait is over.",
                400,
                404
            );
        group
            .MapDelete("/jobs/bulk/{id}", Stop)
            .Demand(Permissions.JobsRun, isScoped: true)
            .Produces<BulkActView>()
            .Describe("stopBulkAct", "Stop a bulk act", "Before its next slice; what it has done stays.", 404);
    }

    private async Task<IResult> BeginAsync(string ns, HttpContext http, CancellationToken cancellationToken)
    {
        var body = await RequestBody.ReadValidAsync(
            http,
            RestJson.Default.BulkActRequest,
            BulkActRequestValidator.Instance,
            cancellationToken
        );
        if (!body.HasValue)
        {
            return body.Problem!;
        }

        var asked = body.Value;
        if (BulkActRequestValidator.CheckId(asked.Id, time.GetUtcNow()) is { } badId)
        {
            return badId;
        }

        var verb = System.Text.Json.JsonNamingPolicy.CamelCase.ConvertName(asked.Action.ToString());
        var note = AuditNotes.Of(http, $"jobs:{verb}", ns, "jobs:matching");
        var (act, problem) = acts.Begin(ns, asked, NameScope.Of(http)?.Patterns, note);
        if (act is null)
        {
            return problem!;
        }

        if (asked.DryRun)
        {
            await act.Ended.WaitAsync(cancellationToken);
            return access.StillHolds(http)
                ? Answers.Json(act.View, RestJson.Default.BulkActView)
                : Problems.Unauthenticated;
        }

        http.Response.Headers.Location = $"/api/namespaces/{ns}/jobs/bulk/{act.Id}";
        return Answers.Json(act.View, RestJson.Default.BulkActView, 202);
    }

    private IResult List(string ns, HttpContext http) =>
        Answers.Json(new Page<BulkActView>(acts.List(ns, OnlyBy(http))), RestJson.Default.PageBulkActView);

    private async Task<IResult> GetAsync(
        string ns,
        string id,
        [FromQuery] string? wait,
        HttpContext http,
        CancellationToken cancellationToken
    )
    {
        if (wait is not null && WaitValidator.Instance.Check(new WaitQuery(wait)) is { } badWait)
        {
            return badWait;
        }

        if (Find(ns, id, http) is not { } act)
        {
            return _noSuchAct;
        }

        if (wait is not null && act.IsUnderWay)
        {
            using var over = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
            await Task.WhenAny(act.Ended, Task.Delay(QueryText.Duration(wait)!.Value, time, over.Token));
            await over.CancelAsync();
            cancellationToken.ThrowIfCancellationRequested();
            if (!access.StillHolds(http))
            {
                return Problems.Unauthenticated; // The caller's rights were taken away while the request waited.
            }
        }

        return Answers.Json(act.View, RestJson.Default.BulkActView);
    }

    private IResult Stop(string ns, string id, HttpContext http)
    {
        if (Find(ns, id, http) is not { } act)
        {
            return _noSuchAct;
        }

        act.Stop(Caller.Of(http).Name);
        return Answers.Json(act.View, RestJson.Default.BulkActView);
    }

    private BulkAct? Find(string ns, string id, HttpContext http) =>
        Guid.TryParseExact(id, "D", out var act) ? acts.Find(ns, act, OnlyBy(http)) : null;

    // A caller who is limited to methods sees only its own acts, since the filters of others may name hidden methods.
    private static string? OnlyBy(HttpContext http) => NameScope.Of(http) is null ? null : Caller.Of(http).Name;
}
