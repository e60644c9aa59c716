using System.Buffers.Text;
using System.Security.Cryptography;
using Microsoft.AspNetCore.Identity;
using ScheduleZero.Broker.Core.Access;
using ScheduleZero.Broker.Core.Audit;
using ScheduleZero.Broker.Host.Access;
using ScheduleZero.Broker.Host.Access.SignIn;
using ScheduleZero.Broker.Host.Api.Reference;
using ScheduleZero.Broker.Host.Http;
using ScheduleZero.Contracts.Rest;

namespace ScheduleZero.Broker.Host.Api.Users;

/// <summary>Serves users and their sessions to those who manage users.</summary>
internal sealed class UsersApi(
    UserManager<User> users,
    SignIns signIns,
    Roster roster,
    UserGrants grants,
    BrokerApiOptions options,
    TimeProvider time
)
{
    private static readonly ProblemAnswer Moved = Problems.Conflict(
        "The user has been changed at the same moment: try again."
    );

    public void Map(IEndpointRouteBuilder routes)
    {
        var group = routes
            .MapGroup("/api/users")
            .WithTags("users")
            .WithMetadata(new BodyLimit(BodyLimit.SmallBytesMax));
        group
            .MapPost("", CreateAsync)
            .Demand(Permissions.UsersManage)
            .Accepts<UserRequest>("application/json")
            .Produces<UserCreated>(201)
            .Describe(
                "createUser",
                "Create a user",
                "A password that is not given is made, and shown only this once.",
                400,
                409,
                413,
                415,
                503
            );
        group
            .MapGet("", List)
            .Demand(Permissions.UsersManage)
            .Produces<Page<UserView>>()
            .Describe("listUsers", "List users", "In order of name.", 400);
        group
            .MapGet("/{user}", Get)
            .Demand(Permissions.UsersManage)
            .Conditional()
            .Produces<UserView>()
            .Describe("getUser", "Get a user", "Never a password. ETag is its version.", 404);
        group
            .MapPatch("/{user}", PatchAsync)
            .Demand(Permissions.UsersManage)
            .Conditional()
            .Accepts<UserPatch>("application/json")
            .Produces<UserView>()
            .Describe(
                "patchUser",
                "Change a user",
                "Roles hold at once, also for requests under way; disabling ends every session.",
                400,
                404,
                409,
                413,
                415,
                503
            );
        group
            .MapDelete("/{user}", DeleteAsync)
            .Demand(Permissions.UsersManage)
            .Conditional()
            .Produces(204)
            .Describe(
                "deleteUser",
                "Delete a user",
                "Ends every session. Schedules stay, owned by the name: disable the user to keep it from being "
                    + "given again.",
                404,
                409,
                503
            );
        group
            .MapPost("/{user}/password", ResetAsync)
            .Demand(Permissions.UsersManage)
            .Conditional()
            .Accepts<PasswordReset>("application/json")
            .Produces<PasswordAnswer>()
            .Describe(
                "resetPassword",
                "Reset a user's password",
                "Ends every session; the new password is good for choosing another.",
                400,
                404,
                409,
                413,
                415,
                503
            );
        group
            .MapGet("/{user}/sessions", Sessions)
            .Demand(Permissions.UsersManage)
            .Produces<Page<UserSessionView>>()
            .Describe("listSessions", "List a user's sessions", "The one longest in use first.", 404);
        group
            .MapDelete("/{user}/sessions/{id}", EndSessionAsync)
            .Demand(Permissions.UsersManage)
            .Produces(204)
            .Describe("endSession", "End a session", "Its tokens open nothing from then on.", 404, 503);
    }

    private async Task<IResult> CreateAsync(HttpContext http, CancellationToken cancellationToken)
    {
        var body = await RequestBody.ReadValidAsync(
            http,
            RestJson.Default.UserRequest,
            UserRequestValidator.Instance,
            cancellationToken
        );
        if (!body.HasValue)
        {
            return body.Problem!;
        }

        var request = body.Value;
        if (
            (
                CheckPassword(request.Password, request.UserName)
                ?? grants.CheckBounds(request.RequestsPerMinute, http)
                ?? grants.CheckRoles(request.Roles, http)
            ) is
            { } problem
        )
        {
            return problem;
        }

        var password = request.Password ?? NewPassword();
        var user = Draft(request, http);
        var made = await users.CreateAsync(user, password);
        if (!made.Succeeded)
        {
            return Problems.Conflict($"There is a user \"{request.UserName}\" already.");
        }

        http.Response.Headers.Location = $"/api/users/{request.UserName}";
        return Answers.Json(
            UserViews.Created(user.Record, request.Password is null ? password : null),
            RestJson.Default.UserCreated,
            201
        );
    }

    private User Draft(UserRequest request, HttpContext http)
    {
        var (caller, now) = (Caller.Of(http), time.GetUtcNow());
        var record = new UserRecord
        {
            Id = Guid.CreateVersion7(now).ToString("N"),
            UserName = request.UserName,
            NormalizedName = users.NormalizeName(request.UserName),
            Roles = request.Roles ?? [],
            RequestsPerMinute = OwnBounds
                .Of(caller)
                .RateOf(request.RequestsPerMinute, options.RequestLimits.RequestsPerMinute),
            MustChangePassword = request.MustChangePassword ?? true,
            CreatedAt = now,
            CreatedBy = caller.Name,
            PasswordChangedAt = now,
        };
        return new User(record) { Audit = NoteOf(http, "users:create", request.UserName, request.Roles) };
    }

    private IResult List([AsParameters] PageQuery query) =>
        Paging.Answer(
            query,
            roster.Users,
            user => user.UserName,
            user => UserViews.From(user, time.GetUtcNow()),
            RestJson.Default.PageUserView
        );

    private IResult Get(string user, HttpContext http) =>
        Find(user) is { } found ? Shown(found, http) : UserProblems.NoSuchUser;

    private IResult Shown(UserRecord user, HttpContext http)
    {
        var view = UserViews.From(user, time.GetUtcNow());
        // A lock-out ends without a new version, so the tag says whether there is one.
        var tag = view.LockedUntil is null ? new EntityTag(user.Version) : EntityTag.Of(user.Version, "locked");
        return Conditions.Answer(http, tag, view, RestJson.Default.UserView);
    }

    private async Task<IResult> PatchAsync(string user, HttpContext http, CancellationToken cancellationToken)
    {
        if (Find(user) is not { } found)
        {
            return UserProblems.NoSuchUser;
        }

        var body = await RequestBody.ReadValidAsync(
            http,
            RestJson.Default.UserPatch,
            UserPatchValidator.Instance,
            cancellationToken
        );
        if (!body.HasValue)
        {
            return body.Problem!;
        }

        var refusal =
            (UserGrants.Gives(body.Value, found) ? grants.CheckBounds(body.Value.RequestsPerMinute, http) : null)
            ?? grants.CheckRoles(body.Value.Roles?.Except(found.Roles), http)
            ?? grants.CheckReach(found, http);
        if ((refusal ?? Conditions.Of(http).Check(found.Version)) is { } problem)
        {
            return problem;
        }

        var patched = new User(Patch(found, body.Value))
        {
            Audit = NoteOf(http, ActionOf(body.Value), found.UserName, body.Value.Roles),
        };
        return (await users.UpdateAsync(patched)).Succeeded
            ? Shown(patched.Record, http)
            : Conditions.Of(http).Moved(Moved);
    }

    private static UserRecord Patch(UserRecord user, UserPatch patch)
    {
        user = user with
        {
            Roles = patch.Roles ?? user.Roles,
            Disabled = patch.Disabled ?? user.Disabled,
            RequestsPerMinute = patch.RequestsPerMinute ?? user.RequestsPerMinute,
        };
        if (patch.Locked == false)
        {
            user = user with { LockedUntil = null, FailedSignIns = 0 };
        }

        return patch.TwoFactor == false ? user.WithoutTwoFactor() : user;
    }

    private async Task<IResult> DeleteAsync(string user, HttpContext http)
    {
        if (Find(user) is not { } found)
        {
            return UserProblems.NoSuchUser;
        }

        if ((grants.CheckReach(found, http) ?? Conditions.Of(http).Check(found.Version)) is { } problem)
        {
            return problem;
        }

        var deleted = new User(found) { Audit = NoteOf(http, "users:delete", found.UserName) };
        return (await users.DeleteAsync(deleted)).Succeeded
            ? TypedResults.NoContent()
            : Conditions.Of(http).Moved(Moved);
    }

    private async Task<IResult> ResetAsync(string user, HttpContext http, CancellationToken cancellationToken)
    {
        if (Find(user) is not { } found)
        {
            return UserProblems.NoSuchUser;
        }

        var body = await RequestBody.ReadOptionalAsync(
            http,
            RestJson.Default.PasswordReset,
            BodyLimit.SmallBytesMax,
            cancellationToken
        );
        var given = body.Value?.Password;
        var refusal =
            body.Problem
            ?? CheckPassword(given, found.UserName)
            ?? grants.CheckBounds(null, http)
            ?? grants.CheckReach(found, http);
        if ((refusal ?? Conditions.Of(http).Check(found.Version)) is { } problem)
        {
            return problem;
        }

        var password = given ?? NewPassword();
        var reset = new User(found) { Audit = NoteOf(http, "users:reset-password", found.UserName) };
        reset.Record = found.WithPassword(
            users.PasswordHasher.HashPassword(reset, password),
            mustChange: true,
            time.GetUtcNow()
        ) with
        {
            FailedSignIns = 0,
            LockedUntil = null,
        };
        return (await users.UpdateAsync(reset)).Succeeded
            ? Answers.Json(
                new PasswordAnswer { Password = given is null ? password : null },
                RestJson.Default.PasswordAnswer
            )
            : Conditions.Of(http).Moved(Moved);
    }

    private IResult Sessions(string user) =>
        Find(user) is { } found
            ? Answers.Json(
                UserViews.Sessions(roster.SignInsOf(found.Id), current: null),
                RestJson.Default.PageUserSessionView
            )
            : UserProblems.NoSuchUser;

    private async Task<IResult> EndSessionAsync(
        string user,
        string id,
        HttpContext http,
        CancellationToken cancellationToken
    )
    {
        if (Find(user) is not { } found || roster.FindSignIn(id)?.UserId != found.Id)
        {
            return UserProblems.NoSuchSession;
        }

        if (grants.CheckReach(found, http) is { } problem)
        {
            return problem;
        }

        await signIns.EndAsync(
            id,
            NoteOf(http, "users:end-session", found.UserName) with
            {
                Reason = $"session {id}",
            },
            cancellationToken
        );
        return TypedResults.NoContent();
    }

    private static AuditNote NoteOf(
        HttpContext http,
        string action,
        string userName,
        IReadOnlyList<RoleGrant>? roles = null
    ) =>
        AuditNotes.Of(http, action, null, $"user:{userName}") with
        {
            Reason = roles is null
                ? null
                : $"roles: {string.Join(", ", roles.Select(grant => $"{grant.Role}@{grant.Namespace}"))}",
        };

    private static string ActionOf(UserPatch patch) =>
        patch.Disabled switch
        {
            true => "users:disable",
            false => "users:enable",
            null => "users:change",
        };

    private UserRecord? Find(string name) => roster.FindUserByName(users.NormalizeName(name));

    private static ProblemAnswer? CheckPassword(string? password, string userName) =>
        password is not null && PasswordRules.ProblemOf(password, userName) is { } problem
            ? Problems.Invalid("password", problem)
            : null;

    // Makes a password of 24 characters, 144 random bits.
    private static string NewPassword() => Base64Url.EncodeToString(RandomNumberGenerator.GetBytes(18));
}
