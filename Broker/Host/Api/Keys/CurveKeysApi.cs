using FluentValidation;
using ScheduleZero.Broker.Core;
using ScheduleZero.Broker.Core.Access;
using ScheduleZero.Broker.Core.Audit;
using ScheduleZero.Broker.Host.Access;
using ScheduleZero.Broker.Host.Api.Reference;
using ScheduleZero.Broker.Host.Http;
using ScheduleZero.Broker.Host.Inputs;
using ScheduleZero.Contracts;
using ScheduleZero.Contracts.Rest;
using ScheduleZero.Zmtp.Curve;

namespace ScheduleZero.Broker.Host.Api.Keys;

/// <summary>Serves the public CURVE keys that may connect to the ROUTER: allows and revokes them.</summary>
internal sealed class CurveKeysApi(
    IBrokerInputs inputs,
    Roster roster,
    AllowedCurveKeys allowed,
    Denials denials,
    BrokerApiOptions options,
    TimeProvider time
)
{
    private const string NothingToAllow =
        "Every CURVE key may connect (--curve-allow any), so allowing one changes nothing. To let in those on a list "
        + "only, start the Broker with --curve-allow FILE, or without --curve-allow.";

    private const string NothingToRevoke =
        "Every CURVE key may connect (--curve-allow any), so revoking one keeps nobody out: its holder comes back with "
        + "a new one. Revoke the API key of that handler or Bridge, which ends its connections within a second "
        + "(schedulezero keys revoke ID). To let in those on a list only, start the Broker with --curve-allow FILE, or "
        + "without --curve-allow.";

    private const string StillListed =
        "The file of --curve-allow has this CURVE key, so revoking it here keeps nobody out. Take its line off the "
        + "file; if `schedulezero curve list` shows the key too, revoke it then. Its connections are cut within a "
        + "second.";

    public void Map(IEndpointRouteBuilder routes)
    {
        var group = routes
            .MapGroup("/api/curve/keys")
            .WithTags("keys")
            .WithMetadata(new BodyLimit(BodyLimit.SmallBytesMax));
        group
            .MapPost("", AllowAsync)
            .Demand(Permissions.CurveManage)
            .Accepts<CurveKeyRequest>("application/json")
            .Produces<CurveKeyView>(201)
            .Describe(
                "allowCurveKey",
                "Allow a CURVE key",
                "A peer with this public key may connect to the ROUTER, where the ROUTER has CURVE. What it may do "
                    + "there, its API key says. It lasts no longer than the key that asks. With `--curve-allow any` "
                    + "the answer is 409, since every key may connect.",
                400,
                409,
                413,
                415,
                503
            );
        group
            .MapGet("", List)
            .Demand(Permissions.CurveManage)
            .Produces<Page<CurveKeyView>>()
            .Describe("listCurveKeys", "List CURVE keys", "Without those of the file of `--curve-allow`.", 400);
        group
            .MapDelete("/{id}", RevokeAsync)
            .Demand(Permissions.CurveManage)
            .Produces(204)
            .Describe(
                "revokeCurveKey",
                "Revoke a CURVE key",
                "Its connections are cut within a second. The answer is 409 where that would keep nobody out: with "
                    + "`--curve-allow any`, and while the file of `--curve-allow` has the key.",
                404,
                409,
                503
            );
    }

    private async Task<IResult> AllowAsync(HttpContext http, CancellationToken cancellationToken)
    {
        var body = await RequestBody.ReadValidAsync(
            http,
            RestJson.Default.CurveKeyRequest,
            CurveKeyRequestValidator.Instance,
            cancellationToken
        );
        if (!body.HasValue)
        {
            return body.Problem!;
        }

        var caller = Caller.Of(http);
        var bounds = OwnBounds.Of(caller);
        if (denials.NoteIfForbidden(http, bounds.Check(body.Value.ExpiresAt, null, null)) is { } beyond)
        {
            return beyond;
        }

        if (WhyNoneIsAllowed() is { } reason)
        {
            return Problems.Conflict(reason);
        }

        var record = new CurveKeyRecord
        {
            PublicKey = body.Value.PublicKey,
            Name = body.Value.Name,
            CreatedAt = time.GetUtcNow(),
            CreatedBy = caller.Name,
            ExpiresAt = bounds.EndOf(body.Value.ExpiresAt),
        };
        var answer = await inputs.AskAsync(
            ticket => new BrokerInput.ChangeAccess(ticket, [AccessChange.Add(record)])
            {
                Audit = NoteOf(http, "curve:allow", record),
            },
            cancellationToken
        );
        if (answer is Answer.Refused)
        {
            return Problems.Conflict("This CURVE key is on the list already; revoke it first.");
        }

        http.Response.Headers.Location = $"/api/curve/keys/{record.Key}";
        return Answers.Json(View(record), RestJson.Default.CurveKeyView, 201);
    }

    private string? WhyNoneIsAllowed() =>
        options.AdmitsAnyCurveKey ? NothingToAllow
        : roster.CurveKeys.Count >= Limits.CurveKeysMax
            ? $"{Limits.CurveKeysMax} CURVE keys are allowed already; revoke some."
        : null;

    private IResult List([AsParameters] PageQuery query) =>
        Paging.Answer(query, roster.CurveKeys, record => record.Key, View, RestJson.Default.PageCurveKeyView);

    private async Task<IResult> RevokeAsync(string id, HttpContext http, CancellationToken cancellationToken)
    {
        // Never an answer that says revoked while the key still comes in.
        if (options.AdmitsAnyCurveKey)
        {
            return Problems.Conflict(NothingToRevoke);
        }

        if (options.ListsCurveKey(id))
        {
            return Problems.Conflict(StillListed);
        }

        return roster.CurveKeys.FirstOrDefault(record => record.Key == id) is { } record
            ? Answers.NoContent(
                await inputs.AskAsync(
                    ticket => new BrokerInput.ChangeAccess(ticket, [AccessChange.Forget(record)])
                    {
                        Audit = NoteOf(http, "curve:revoke", record),
                    },
                    cancellationToken
                )
            )
            : new ProblemAnswer(404, ErrorCodes.NotFound, "There is no such CURVE key.");
    }

    private static AuditNote NoteOf(HttpContext http, string action, CurveKeyRecord record) =>
        AuditNotes.Of(http, action, null, $"curve:{record.Key}") with
        {
            Reason = $"{record.Name}, {record.PublicKey}",
        };

    private CurveKeyView View(CurveKeyRecord record) =>
        new()
        {
            Id = record.Key,
            PublicKey = record.PublicKey,
            Name = record.Name,
            Allowed = allowed.IsAllowed(record),
            Namespace = record.Namespace,
            Handler = record.Handler,
            CreatedAt = record.CreatedAt,
            CreatedBy = record.CreatedBy,
            ExpiresAt = record.ExpiresAt,
        };
}

internal sealed class CurveKeyRequestValidator : AbstractValidator<CurveKeyRequest>
{
    public CurveKeyRequestValidator()
    {
        RuleFor(key => key.PublicKey)
            .Must(static text => CurvePublicKey.TryParse(text, out _))
            .WithMessage("A public CURVE key is needed: 40 characters, as `schedulezero curve show` prints them.");
        RuleFor(key => key.Name).Name();
    }

    public static CurveKeyRequestValidator Instance { get; } = new();
}
