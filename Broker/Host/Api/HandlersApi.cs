using System.Globalization;
using ScheduleZero.Broker.Core;
using ScheduleZero.Broker.Core.Audit;
using ScheduleZero.Broker.Host.Access;
using ScheduleZero.Broker.Host.Api.Reference;
using ScheduleZero.Broker.Host.Http;
using ScheduleZero.Broker.Host.Inputs;
using ScheduleZero.Contracts.Rest;

namespace ScheduleZero.Broker.Host.Api;

/// <summary>Serves handlers: shows them, and drains, resumes and disconnects them.</summary>
internal sealed class HandlersApi(IBrokerInputs inputs)
{
    public void Map(RouteGroupBuilder group)
    {
        group
            .MapGet("/handlers", ListAsync)
            .Demand(Permissions.HandlersRead, isScoped: true)
            .Produces<Page<HandlerView>>()
            .Describe(
                "listHandlers",
                "List handlers",
                "In order of name, connected or not. Labels, software and Bridges are known of handlers that have a "
                    + "session.",
                400,
                503
            );
        group
            .MapGet("/handlers/{name}", GetAsync)
            .Demand(Permissions.HandlersRead)
            .Produces<HandlerView>()
            .Describe("getHandler", "Get a handler", "With its live sessions.", 404, 503);
        group
            .MapGet("/handlers/{name}/connections", ConnectionsAsync)
            .Demand(Permissions.HandlersRead)
            .Produces<Page<HandlerConnectionView>>()
            .Describe(
                "listHandlerConnections",
                "List a handler's connections",
                "Newest first: those that stand, and the last 20 that have ended since the Broker started, with the "
                    + "reason of each end.",
                400,
                404,
                503
            );
        group
            .MapDelete("/handlers/{name}", DeleteAsync)
            .Demand(Permissions.HandlersManage)
            .Produces(204)
            .Describe(
                "deleteHandler",
                "Forget a handler",
                "Only one that is not connected. Its key stays valid: revoke that to keep it out.",
                404,
                409,
                503
            );
        group
            .MapPost("/handlers/{name}/drain", DrainAsync)
            .Demand(Permissions.HandlersOperate, or: Permissions.HandlersManage)
            .Produces(204)
            .Describe("drainHandler", "Give a handler no new work", "What runs goes on.", 404, 503);
        group
            .MapPost("/handlers/{name}/resume", ResumeAsync)
            .Demand(Permissions.HandlersOperate, or: Permissions.HandlersManage)
            .Produces(204)
            .Describe("resumeHandler", "Give a drained handler work again", "Ends a drain.", 404, 503);
        group
            .MapPost("/handlers/{name}/disconnect", DisconnectAsync)
            .Demand(Permissions.HandlersOperate, or: Permissions.HandlersManage)
            .Produces(204)
            .Describe(
                "disconnectHandler",
                "Close a handler's connections",
                "It may come back, and resume its attempts.",
                404,
                503
            );
    }

    private async Task<IResult> ListAsync(
        string ns,
        [AsParameters] HandlerListQuery query,
        HttpContext http,
        CancellationToken cancellationToken
    )
    {
        if (HandlerListQueryValidator.Instance.Check(query) is { } problem)
        {
            return problem;
        }

        var scope = NameScope.Of(http);
        var handlers = await inputs.ReadAsync(state => state.Handlers(ns), cancellationToken);
        // The loop only makes the views: a search through thousands of handlers takes none of its time.
        var found = handlers.Where(handler => scope.Opens(handler.Name) && query.Matches(handler));
        return Answers.Json(Paging.Cut(found, handler => handler.Name, query), RestJson.Default.PageHandlerView);
    }

    private async Task<IResult> GetAsync(string ns, string name, CancellationToken cancellationToken) =>
        await inputs.ReadAsync(state => state.FindHandler(ns, name), cancellationToken) is { } handler
            ? Answers.Json(handler, RestJson.Default.HandlerView)
            : Problems.NoSuchHandler;

    private async Task<IResult> ConnectionsAsync(
        string ns,
        string name,
        [AsParameters] PageQuery query,
        CancellationToken cancellationToken
    ) =>
        await inputs.ReadAsync(state => state.Connections(ns, name), cancellationToken) is { } connections
            ? Paging.Answer(query, connections, KeyOf, row => row.View, RestJson.Default.PageHandlerConnectionView)
            : Problems.NoSuchHandler;

    /// <summary>
    /// The key of a connection's row for paging. Keys ascend, and the newest connection has the greatest number. A
    /// connection that became another instance has a row for each of its sessions, the newest of which comes first.
    /// </summary>
    private static string KeyOf((long Number, HandlerConnectionView View) row) =>
        string.Create(
            CultureInfo.InvariantCulture,
            $"{long.MaxValue - row.Number:D19}-{long.MaxValue - row.View.ConnectedAt.UtcTicks:D19}-{row.View.SessionId}"
        );

    private Task<IResult> DeleteAsync(string ns, string name, HttpContext http, CancellationToken cancellationToken) =>
        ActAsync(
            AuditNotes.Of(http, "handlers:delete", ns, $"handler:{name}"),
            ticket => new BrokerInput.DeleteHandler(ticket, ns, name),
            cancellationToken
        );

    private Task<IResult> DrainAsync(string ns, string name, HttpContext http, CancellationToken cancellationToken) =>
        ActAsync(
            AuditNotes.Of(http, "handlers:drain", ns, $"handler:{name}"),
            ticket => new BrokerInput.DrainHandler(ticket, ns, name, Drained: true),
            cancellationToken
        );

    private Task<IResult> ResumeAsync(string ns, string name, HttpContext http, CancellationToken cancellationToken) =>
        ActAsync(
            AuditNotes.Of(http, "handlers:resume", ns, $"handler:{name}"),
            ticket => new BrokerInput.DrainHandler(ticket, ns, name, Drained: false),
            cancellationToken
        );

    private Task<IResult> DisconnectAsync(
        string ns,
        string name,
        HttpContext http,
        CancellationToken cancellationToken
    ) =>
        ActAsync(
            AuditNotes.Of(http, "handlers:disconnect", ns, $"handler:{name}"),
            ticket => new BrokerInput.DisconnectHandler(ticket, ns, name),
            cancellationToken
        );

    private async Task<IResult> ActAsync(
        AuditNote note,
        Func<Ticket, BrokerInput.Request> input,
        CancellationToken cancellationToken
    ) => Answers.NoContent(await inputs.AskAsync(ticket => input(ticket) with { Audit = note }, cancellationToken));
}
