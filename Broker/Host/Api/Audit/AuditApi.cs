using ScheduleZero.Broker.Host.Access;
using ScheduleZero.Broker.Host.Api.Reference;
using ScheduleZero.Broker.Host.Audit;
using ScheduleZero.Broker.Host.Http;
using ScheduleZero.Broker.Storage;
using ScheduleZero.Contracts.Audit;
using ScheduleZero.Contracts.Rest;

namespace ScheduleZero.Broker.Host.Api.Audit;

/// <summary>Serves the audit log: searches it, and exports it for verification.</summary>
internal sealed class AuditApi(IAuditReader store, IAuditSigner signer, AuditTailWatch watch)
{
    /// <summary>Maps the routes of the whole Broker's log.</summary>
    public void Map(IEndpointRouteBuilder routes)
    {
        var group = routes.MapGroup("/api/audit").WithTags("audit");
        group
            .MapGet("", ListAsync)
            .Demand(Permissions.AuditRead)
            .Produces<Page<AuditEvent>>()
            .Describe("listAudit", "List audit events", "Newest first, of all namespaces and of none.", 400);
        group
            .MapGet("/export", ExportAsync)
            .Demand(Permissions.AuditRead)
            .Produces<AuditEvent>(200, "application/x-ndjson")
            .Describe(
                "exportAudit",
                "Export the audit log",
                "Oldest first and without gaps, as the very lines that were hashed: `schedulezero audit "
                    + "verify` checks them. A connection that is cut means that it is not whole.",
                400
            );
        group
            .MapGet("/chain", Chain)
            .Demand(Permissions.AuditRead)
            .Produces<AuditChainView>()
            .Describe(
                "getAuditChain",
                "Get the state of the audit log's chain",
                "How long the log is, and up to which event this start of the Broker has signed it. It is no proof: "
                    + "`schedulezero audit verify` checks every line."
            );
        group
            .MapGet("/keys", () => Answers.Json(new AuditKeySet([signer.PublicKey]), RestJson.Default.AuditKeySet))
            .Demand(Permissions.AuditRead)
            .Produces<AuditKeySet>()
            .Describe(
                "listAuditKeys",
                "List the audit log's public keys",
                "Those that sign its checkpoints, as a JWK set. Keep them elsewhere."
            );
    }

    private IResult Chain()
    {
        var (tail, signed, problem) = watch.State;
        return Answers.Json(
            new AuditChainView
            {
                Events = tail.Sequence,
                Hash = tail.Point.Hash,
                SignedThrough = signed?.Through,
                SignedAt = signed?.At,
                KeyId = signer.KeyId,
                Problem = problem,
            },
            RestJson.Default.AuditChainView
        );
    }

    /// <summary>Maps the route of one namespace's events.</summary>
    public void MapIn(RouteGroupBuilder ns) =>
        ns.MapGet("/audit", ListInAsync)
            .Demand(Permissions.AuditRead)
            .Produces<Page<AuditEvent>>()
            .Describe("listNamespaceAudit", "List a namespace's audit events", "Newest first.", 400);

    private Task<IResult> ListAsync([AsParameters] AuditQuery query, CancellationToken cancellationToken) =>
        SearchAsync(null, query, cancellationToken);

    private Task<IResult> ListInAsync(
        string ns,
        [AsParameters] AuditQuery query,
        CancellationToken cancellationToken
    ) => SearchAsync(ns, query, cancellationToken);

    private Task<IResult> SearchAsync(string? ns, AuditQuery query, CancellationToken cancellationToken) =>
        BadCursor.GuardAsync(async () =>
            AuditQueryValidator.Instance.Check(query) is { } problem
                ? problem
                : Answers.Json(
                    await store.SearchAuditAsync(query.ToSearch(ns), cancellationToken),
                    RestJson.Default.PageAuditEvent
                )
        );

    private async Task<IResult> ExportAsync(
        [AsParameters] AuditExportQuery query,
        HttpContext http,
        CancellationToken cancellationToken
    )
    {
        if (AuditExportQueryValidator.Instance.Check(query) is { } problem)
        {
            return problem;
        }

        var export = new AuditExport(store, QueryText.Instant(query.From), QueryText.Instant(query.To));
        var isBegun = false;
        await foreach (var lines in export.ReadAsync(cancellationToken))
        {
            if (!isBegun)
            {
                // Headers are sent only with the first lines, so that a read that fails at once is answered with a
                // problem.
                isBegun = true;
                Begin(http.Response);
            }

            if (HeadRequests.Is(http))
            {
                break;
            }

            await http.Response.Body.WriteAsync(lines, cancellationToken);
        }

        if (!isBegun)
        {
            Begin(http.Response);
        }

        return TypedResults.Empty;
    }

    private static void Begin(HttpResponse response)
    {
        response.ContentType = "application/x-ndjson";
        response.Headers.ContentDisposition = "attachment; filename=\"audit.ndjson\"";
    }
}
