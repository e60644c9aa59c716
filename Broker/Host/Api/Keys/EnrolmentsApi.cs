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

namespace ScheduleZero.Broker.Host.Api.Keys;

/// <summary>
/// Serves the tokens with which agents enrol: makes them, and revokes them. A token is valid only in the namespace that
/// it was made in.
/// </summary>
internal sealed class EnrolmentsApi(IBrokerInputs inputs, Roster roster, Denials denials, TimeProvider time)
{
    public const string BridgePlaceholder = "BRIDGE-URL";

    private static readonly TimeSpan Lifetime = TimeSpan.FromMinutes(15);

    public void Map(RouteGroupBuilder group)
    {
        group
            .MapPost("/enrolments", CreateAsync)
            .Demand(Permissions.KeysManage)
            .WithMetadata(new BodyLimit(BodyLimit.SmallBytesMax))
            .Accepts<EnrolmentRequest>("application/json")
            .Produces<EnrolmentCreated>(201)
            .Describe(
                "createEnrolment",
                "Make an enrolment token",
                "One agent may make a key of its own with it, once. The token is shown in this answer and "
                    + "never again. Neither it nor that key lasts longer, or opens from more addresses, than the key "
                    + "that asks.",
                400,
                413,
                415,
                503
            );
        group
            .MapGet("/enrolments", List)
            .Demand(Permissions.KeysManage)
            .Produces<Page<EnrolmentView>>()
            .Describe("listEnrolments", "List enrolment tokens", "Used ones too, until they expire.", 400);
        group
            .MapDelete("/enrolments/{id}", DeleteAsync)
            .Demand(Permissions.KeysManage)
            .Produces(204)
            .Describe(
                "deleteEnrolment",
                "Take an enrolment token back",
                "A key that was made with it stays: revoke that.",
                404,
                409,
                503
            );
    }

    private async Task<IResult> CreateAsync(string ns, HttpContext http, CancellationToken cancellationToken)
    {
        var body = await RequestBody.ReadValidAsync(
            http,
            RestJson.Default.EnrolmentRequest,
            EnrolmentRequestValidator.Instance,
            cancellationToken
        );
        if (!body.HasValue)
        {
            return body.Problem!;
        }

        if (ns == Authority.Everywhere)
        {
            return Problems.Invalid("namespace", "A handler lives in one namespace.");
        }

        var caller = Caller.Of(http);
        if (denials.NoteIfForbidden(http, OwnBounds.Of(caller).Check(null, body.Value.Addresses, null)) is { } beyond)
        {
            return beyond;
        }

        var token = EnrolmentToken.Generate();
        var record = Record(body.Value, token, ns, caller, time.GetUtcNow());
        var answer = await inputs.AskAsync(
            ticket => new BrokerInput.ChangeAccess(ticket, [AccessChange.Add(record)])
            {
                Audit = NoteOf(http, "enrolments:create", record),
            },
            cancellationToken
        );
        return answer is Answer.Refused refused ? Problems.From(refused) : Created(http, record, token);
    }

    private static AuditNote NoteOf(HttpContext http, string action, EnrolmentRecord token) =>
        AuditNotes.Of(http, action, token.Namespace, $"enrolment:{token.Id}") with
        {
            Reason = $"for handler {token.Handler ?? token.Handlers}",
        };

    private static EnrolmentRecord Record(
        EnrolmentRequest request,
        EnrolmentToken token,
        string ns,
        Caller caller,
        DateTimeOffset now
    ) =>
        new()
        {
            Id = token.Id,
            SecretHash = token.SecretHash(),
            Namespace = ns,
            Handler = request.Handler,
            Handlers = request.Handlers,
            Methods = request.Methods,
            Groups = request.Groups,
            Addresses = request.Addresses ?? OwnBounds.Of(caller).Addresses,
            MaxCapacity = request.MaxCapacity,
            CreatedAt = now,
            CreatedBy = caller.Name,
            ExpiresAt =
                now + (request.ExpiresIn ?? Lifetime) is var end && OwnBounds.Of(caller).EndsAt < end
                    ? OwnBounds.Of(caller).EndsAt!.Value
                    : end,
            KeyExpiresAt = OwnBounds.Of(caller).EndsAt,
        };

    private static IResult Created(HttpContext http, EnrolmentRecord record, EnrolmentToken token)
    {
        http.Response.Headers.Location = $"/api/namespaces/{record.Namespace}/enrolments/{record.Id}";
        var choice = record.Handler is null ? " --handler NAME" : "";
        var created = new EnrolmentCreated
        {
            Id = record.Id,
            Token = token.Reveal(),
            Command = $"schedulezero agent enroll {BridgePlaceholder} {token.Reveal()}{choice}",
            Namespace = record.Namespace,
            Handler = record.Handler,
            Handlers = record.Handlers,
            Methods = record.Methods,
            Groups = record.Groups,
            Addresses = record.Addresses,
            MaxCapacity = record.MaxCapacity,
            CreatedAt = record.CreatedAt,
            CreatedBy = record.CreatedBy,
            ExpiresAt = record.ExpiresAt,
            KeyExpiresAt = record.KeyExpiresAt,
        };
        return Answers.Json(created, RestJson.Default.EnrolmentCreated, 201);
    }

    private IResult List(string ns, [AsParameters] PageQuery query) =>
        Paging.Answer(
            query,
            roster.Enrolments.Where(row => row.Namespace == ns && row.ExpiresAt > time.GetUtcNow()),
            row => row.Id,
            View,
            RestJson.Default.PageEnrolmentView
        );

    private static EnrolmentView View(EnrolmentRecord record) =>
        new()
        {
            Id = record.Id,
            Namespace = record.Namespace,
            Handler = record.Handler,
            Handlers = record.Handlers,
            Methods = record.Methods,
            Groups = record.Groups,
            Addresses = record.Addresses,
            MaxCapacity = record.MaxCapacity,
            CreatedAt = record.CreatedAt,
            CreatedBy = record.CreatedBy,
            ExpiresAt = record.ExpiresAt,
            KeyExpiresAt = record.KeyExpiresAt,
            UsedAt = record.UsedAt,
            KeyId = record.KeyId,
        };

    private async Task<IResult> DeleteAsync(
        string ns,
        string id,
        HttpContext http,
        CancellationToken cancellationToken
    ) =>
        roster.FindEnrolment(id) is { } record && record.Namespace == ns
            ? Answers.NoContent(
                await inputs.AskAsync(
                    ticket => new BrokerInput.ChangeAccess(ticket, [AccessChange.Forget(record)])
                    {
                        Audit = NoteOf(http, "enrolments:delete", record),
                    },
                    cancellationToken
                )
            )
            : new ProblemAnswer(404, ErrorCodes.NotFound, "There is no such enrolment token in this namespace.");
}

internal sealed class EnrolmentRequestValidator : AbstractValidator<EnrolmentRequest>
{
    private const int PatternsMax = 1000;

    public EnrolmentRequestValidator()
    {
        RuleFor(enrolment => enrolment.Handler).Name();
        RuleFor(enrolment => enrolment.Handler)
            .NotNull()
            .WithMessage("Name the handler, or give a pattern as handlers.")
            .When(enrolment => enrolment.Handlers is null);
        RuleFor(enrolment => enrolment.Handlers)
            .Null()
            .WithMessage("Give a name or a pattern, not both.")
            .When(enrolment => enrolment.Handler is not null);
        RuleFor(enrolment => enrolment.Handlers)
            .Pattern()
            .When(enrolment => enrolment.Handlers is not null && enrolment.Handler is null);
        RuleFor(enrolment => enrolment.Methods)
            .Must(static list => list is null or { Count: <= PatternsMax })
            .WithMessage($"At most {PatternsMax} are taken.");
        RuleForEach(enrolment => enrolment.Methods).Pattern();
        RuleFor(enrolment => enrolment.Groups)
            .Must(static list => list is null or { Count: <= PatternsMax })
            .WithMessage($"At most {PatternsMax} are taken.");
        RuleForEach(enrolment => enrolment.Groups).Pattern();
        this.AddressList(enrolment => enrolment.Addresses, "leave them out for a handler that may be anywhere.");
        RuleFor(enrolment => enrolment.MaxCapacity).Within(1, Limits.CapacityMax);
        RuleFor(enrolment => enrolment.ExpiresIn).Within(TimeSpan.FromMinutes(1), TimeSpan.FromHours(1));
    }

    public static EnrolmentRequestValidator Instance { get; } = new();
}
