using FluentValidation;
using ScheduleZero.Broker.Core;
using ScheduleZero.Broker.Core.Access;
using ScheduleZero.Broker.Core.Audit;
using ScheduleZero.Broker.Host.Access;
using ScheduleZero.Broker.Host.Api.Reference;
using ScheduleZero.Broker.Host.Http;
using ScheduleZero.Broker.Host.Inputs;
using ScheduleZero.Contracts.Rest;

namespace ScheduleZero.Broker.Host.Api.Users;

/// <summary>Serves roles: shows all, and makes, changes and deletes those that are not built in.</summary>
internal sealed class RolesApi(
    Roster roster,
    Authority authority,
    Denials denials,
    IBrokerInputs inputs,
    TimeProvider time
)
{
    public void Map(IEndpointRouteBuilder routes)
    {
        var group = routes
            .MapGroup("/api/roles")
            .WithTags("roles")
            .WithMetadata(new BodyLimit(BodyLimit.SmallBytesMax));
        group
            .MapPost("", CreateAsync)
            .Demand(Permissions.RolesManage)
            .Accepts<RoleRequest>("application/json")
            .Produces<RoleView>(201)
            .Describe(
                "createRole",
                "Create a role",
                "A set of permissions, on everything or on names that fit a pattern. Where it holds, a grant says.",
                400,
                409,
                413,
                415,
                503
            );
        group
            .MapGet("", List)
            .Demand(Permissions.RolesManage)
            .Produces<Page<RoleView>>()
            .Describe("listRoles", "List roles", "In order of name, the built-in ones among them.", 400);
        group
            .MapGet("/{role}", Get)
            .Demand(Permissions.RolesManage)
            .Conditional()
            .Produces<RoleView>()
            .Describe("getRole", "Get a role", "ETag is its version.", 404);
        group
            .MapPut("/{role}", PutAsync)
            .Demand(Permissions.RolesManage)
            .Conditional()
            .Accepts<RoleRequest>("application/json")
            .Produces<RoleView>()
            .Describe(
                "putRole",
                "Change a role",
                "Holds at once for everybody who has it, also for requests under way.",
                400,
                404,
                409,
                412,
                413,
                415,
                503
            );
        group
            .MapDelete("/{role}", DeleteAsync)
            .Demand(Permissions.RolesManage)
            .Conditional()
            .Produces(204)
            .Describe("deleteRole", "Delete a role", "One that somebody has is a conflict.", 404, 409, 503);
    }

    private async Task<IResult> CreateAsync(HttpContext http, CancellationToken cancellationToken)
    {
        var body = await RequestBody.ReadValidAsync(
            http,
            RestJson.Default.RoleRequest,
            RoleRequestValidator.Instance,
            cancellationToken
        );
        if (!body.HasValue)
        {
            return body.Problem!;
        }

        var record = Record(body.Value, Caller.Of(http).Name, time.GetUtcNow());
        if (CheckReach(record, http) is { } tooMuch)
        {
            return tooMuch;
        }

        if (
            await inputs.AskAsync(
                ticket => new BrokerInput.ChangeAccess(ticket, [AccessChange.Add(record)])
                {
                    Audit = NoteOf(http, "roles:create", record),
                },
                cancellationToken
            ) is Answer.Refused
        )
        {
            return Problems.Conflict($"There is a role \"{record.Name}\" already.");
        }

        http.Response.Headers.Location = $"/api/roles/{record.Name}";
        return Shown(http, new Role(record with { Version = 1 }), 201);
    }

    private IResult List([AsParameters] PageQuery query) =>
        Paging.Answer(
            query,
            Role.BuiltIn.Concat(roster.CustomRoles),
            role => role.Name,
            UserViews.From,
            RestJson.Default.PageRoleView
        );

    private IResult Get(string role, HttpContext http) =>
        roster.FindRole(role) is { } found ? Shown(http, found, 200) : UserProblems.NoSuchRole;

    private async Task<IResult> PutAsync(string role, HttpContext http, CancellationToken cancellationToken)
    {
        if (roster.FindRole(role) is not { } found)
        {
            return UserProblems.NoSuchRole;
        }

        if (found.Record is not { } record)
        {
            return BuiltIn(role);
        }

        if (Conditions.Of(http).Check(record.Version) is { } unlike)
        {
            return unlike;
        }

        var body = await RequestBody.ReadValidAsync(
            http,
            RestJson.Default.RoleRequest,
            RoleRequestValidator.Instance,
            cancellationToken
        );
        if (!body.HasValue)
        {
            return body.Problem!;
        }

        if (body.Value.Name != role)
        {
            return Problems.Invalid("name", $"The address says \"{role}\".");
        }

        var next = Record(body.Value, record.CreatedBy, record.CreatedAt) with { Version = record.Version };
        // The caller must hold the old permissions as well as the new, since nobody takes away what they do not hold.
        if ((CheckBounds(http) ?? CheckReach(next, http) ?? CheckReach(record, http)) is { } tooMuch)
        {
            return tooMuch;
        }

        var change = AccessChange.Replace(next);
        var note = NoteOf(http, "roles:change", next);
        var answer = await inputs.AskAsync(
            ticket => new BrokerInput.ChangeAccess(ticket, [change]) { Audit = note },
            cancellationToken
        );
        return answer is Answer.Refused refused
            ? Conditions.Of(http).Moved(refused)
            : Shown(http, new Role(next with { Version = record.Version + 1 }), 200);
    }

    private async Task<IResult> DeleteAsync(string role, HttpContext http, CancellationToken cancellationToken) =>
        roster.FindRole(role) switch
        {
            null => UserProblems.NoSuchRole,
            { Record: { } record } when Conditions.Of(http).Check(record.Version) is { } unlike => unlike,
            { Record: { } record } => Answers.NoContent(
                await inputs.AskAsync(
                    ticket => new BrokerInput.ChangeAccess(ticket, [AccessChange.Forget(record)])
                    {
                        Audit = NoteOf(http, "roles:delete", record),
                    },
                    cancellationToken
                )
            ),
            _ => BuiltIn(role),
        };

    private static AuditNote NoteOf(HttpContext http, string action, RoleRecord role) =>
        AuditNotes.Of(http, action, null, $"role:{role.Name}") with
        {
            Reason = string.Join("; ", role.Rules.Select(TextOf)),
        };

    private static string TextOf(RoleRule rule) =>
        rule.Names is null
            ? string.Join(", ", rule.Permissions)
            : $"{string.Join(", ", rule.Permissions)} on {string.Join(", ", rule.Names)}";

    // A role outlasts the key that changes it. A key that ends or is bound to addresses would so give away more than it
    // holds itself.
    private ProblemAnswer? CheckBounds(HttpContext http) =>
        denials.NoteIfForbidden(http, OwnBounds.Of(Caller.Of(http)).CheckUnbound("A role that others have"));

    // Which namespaces the role is granted in is not known here, so the caller must hold its permissions everywhere.
    private ProblemAnswer? CheckReach(RoleRecord record, HttpContext http) =>
        authority.MayGrant(Caller.Of(http), new Role(record), Authority.Everywhere, http.Connection.RemoteIpAddress)
            ? null
            : denials.NoteIfForbidden(http, AccessProblems.MoreThanOwn(record.Name, Authority.Everywhere));

    private static RoleRecord Record(RoleRequest request, string by, DateTimeOffset at) =>
        new()
        {
            Name = request.Name,
            Description = request.Description,
            Rules = request.Rules,
            Addresses = request.Addresses,
            CreatedAt = at,
            CreatedBy = by,
        };

    private static ProblemAnswer BuiltIn(string role) =>
        Problems.Conflict($"The role \"{role}\" is built in and stays as it is; make one of your own.");

    private static IResult Shown(HttpContext http, Role role, int status)
    {
        var tag = new EntityTag(role.Record?.Version ?? 1);
        return Conditions.Answer(http, tag, UserViews.From(role), RestJson.Default.RoleView, status);
    }
}

internal sealed class RoleRequestValidator : AbstractValidator<RoleRequest>
{
    private const int DescriptionLengthMax = 200;
    private const int RulesMax = 32;
    private const int PerRuleMax = 64;

    public RoleRequestValidator()
    {
        RuleFor(role => role.Name).Name();
        RuleFor(role => role.Name)
            .Must(static name => Role.FindBuiltIn(name) is null)
            .WithMessage("A built-in role has this name.");
        RuleFor(role => role.Description).Text(DescriptionLengthMax);
        RuleFor(role => role.Rules)
            .Must(static rules => rules is { Count: > 0 and <= RulesMax })
            .WithMessage($"1 to {RulesMax} rules are needed.");
        RuleForEach(role => role.Rules)
            .NotNull()
            .WithMessage("A rule is needed; null is none.")
            .SetValidator(new RuleValidator());
        this.AddressList(role => role.Addresses, "leave them out for a role that holds anywhere.");
    }

    public static RoleRequestValidator Instance { get; } = new();

    private sealed class RuleValidator : AbstractValidator<RoleRule>
    {
        public RuleValidator()
        {
            RuleFor(rule => rule.Permissions)
                .Must(static list => list is { Count: > 0 and <= PerRuleMax })
                .WithMessage($"1 to {PerRuleMax} permissions are needed.");
            RuleForEach(rule => rule.Permissions)
                .Must(static permission => permission is not null && Permissions.Matching(permission).Any())
                .WithMessage(
                    "One of these is needed, or jobs:* and its like, or *: "
                        + $"{string.Join(", ", Permissions.All.Order(StringComparer.Ordinal))}."
                );
            RuleFor(rule => rule.Names)
                .Must(static list => list is null or { Count: > 0 and <= PerRuleMax })
                .WithMessage($"1 to {PerRuleMax} patterns are taken; leave them out for everything.");
            RuleForEach(rule => rule.Names).Pattern();
        }
    }
}
