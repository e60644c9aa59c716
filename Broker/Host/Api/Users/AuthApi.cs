using FluentValidation;
using ScheduleZero.Broker.Host.Access;
using ScheduleZero.Broker.Host.Access.SignIn;
using ScheduleZero.Broker.Host.Api.Reference;
using ScheduleZero.Broker.Host.Http;
using ScheduleZero.Contracts.Rest;

namespace ScheduleZero.Broker.Host.Api.Users;

/// <summary>Serves sign-in, refresh and sign-out, and what callers may see and change of their own account.</summary>
internal sealed class AuthApi(
    SignIns signIns,
    OwnAccount account,
    Roster roster,
    SigningKeys keys,
    Authority authority,
    BrokerApiOptions options
)
{
    public void Map(IEndpointRouteBuilder routes)
    {
        var auth = routes.MapGroup("/api/auth").WithTags("auth").WithMetadata(new BodyLimit(BodyLimit.SmallBytesMax));
        auth.MapPost("/login", LoginAsync)
            .AllowAnonymous()
            .Accepts<LoginRequest>("application/json")
            .Produces<TokenAnswer>()
            .Describe(
                "login",
                "Sign in",
                "Begins a session. After ten wrong passwords in a row a user is locked out for five minutes.",
                400,
                413,
                415,
                503
            );
        auth.MapPost("/refresh", RefreshAsync)
            .AllowAnonymous()
            .Accepts<RefreshRequest>("application/json")
            .Produces<TokenAnswer>()
            .Describe(
                "refresh",
                "Get the next tokens",
                "A refresh token is good once; one that is shown again ends the session.",
                400,
                413,
                415,
                503
            );
        auth.MapGet("/keys", () => Answers.Json(keys.Published(), RestJson.Default.JsonWebKeys))
            .AllowAnonymous()
            .Produces<JsonWebKeys>()
            .Describe(
                "tokenKeys",
                "Public keys of access tokens",
                "A JSON Web Key Set (RFC 7517), for those who verify tokens themselves."
            );
        auth.MapPost("/logout", LogoutAsync)
            .DemandOwn()
            .Produces(204)
            .Describe("logout", "End this session", "Its tokens open nothing from then on.", 409, 503);
        auth.MapGet("/me", Me)
            .DemandOwn()
            .Produces<MeView>()
            .Describe("me", "Who am I", "The caller's name, roles and limits.");
        auth.MapGet("/sessions", Sessions)
            .DemandOwn()
            .Produces<Page<UserSessionView>>()
            .Describe("listOwnSessions", "List my sessions", "The one longest in use first.", 400, 409);
        auth.MapDelete("/sessions/{id}", EndSessionAsync)
            .DemandOwn()
            .Produces(204)
            .Describe(
                "endOwnSession",
                "End one of my sessions",
                "Its tokens open nothing from then on.",
                404,
                409,
                503
            );
        auth.MapPost("/password", ChangePasswordAsync)
            .DemandOwn()
            .Accepts<PasswordChange>("application/json")
            .Produces<TokenAnswer>()
            .Describe(
                "changePassword",
                "Change my password",
                "Ends every session of the user, and begins a new one.",
                400,
                409,
                413,
                415,
                503
            );
        auth.MapPost("/totp", BeginTotpAsync)
            .DemandOwn()
            .Accepts<PasswordProof>("application/json")
            .Produces<TotpSecret>()
            .Describe(
                "beginTotp",
                "Begin with an authenticator app",
                "In force once a code has been confirmed.",
                400,
                409,
                413,
                415,
                503
            );
        auth.MapPost("/totp/confirm", ConfirmTotpAsync)
            .DemandOwn()
            .Accepts<TotpProof>("application/json")
            .Produces<RecoveryCodes>()
            .Describe(
                "confirmTotp",
                "Confirm the authenticator app",
                "From now on a code is asked for. The recovery codes are shown only this once.",
                400,
                409,
                413,
                415,
                503
            );
        auth.MapPost("/totp/remove", RemoveTotpAsync)
            .DemandOwn()
            .Accepts<PasswordProof>("application/json")
            .Produces(204)
            .Describe(
                "removeTotp",
                "Do without the authenticator app",
                "No code is asked for any more.",
                400,
                409,
                413,
                415,
                503
            );
        auth.MapPost("/recovery-codes", NewCodesAsync)
            .DemandOwn()
            .Accepts<PasswordProof>("application/json")
            .Produces<RecoveryCodes>()
            .Describe(
                "newRecoveryCodes",
                "Make new recovery codes",
                "Those before are good no more.",
                400,
                409,
                413,
                415,
                503
            );
    }

    private async Task<IResult> LoginAsync(HttpContext http, CancellationToken cancellationToken)
    {
        var body = await RequestBody.ReadValidAsync(
            http,
            RestJson.Default.LoginRequest,
            LoginRequestValidator.Instance,
            cancellationToken
        );
        return body.HasValue ? ToResult(await signIns.LoginAsync(body.Value, http, cancellationToken)) : body.Problem!;
    }

    private async Task<IResult> RefreshAsync(HttpContext http, CancellationToken cancellationToken)
    {
        var body = await RequestBody.ReadAsync(
            http,
            RestJson.Default.RefreshRequest,
            BodyLimit.SmallBytesMax,
            cancellationToken
        );
        return body.HasValue
            ? ToResult(await signIns.RefreshAsync(body.Value.RefreshToken, http, cancellationToken))
            : body.Problem!;
    }

    private async Task<IResult> LogoutAsync(HttpContext http, CancellationToken cancellationToken)
    {
        if (Caller.Of(http).SignIn is not { } signIn)
        {
            return NoSession;
        }

        await signIns.EndAsync(
            signIn.Id,
            AuditNotes.Of(http, "sessions:end", null, $"session:{signIn.Id}"),
            cancellationToken
        );
        return TypedResults.NoContent();
    }

    private IResult Me(HttpContext http)
    {
        var caller = Caller.Of(http);
        return Answers.Json(
            new MeView
            {
                Name = caller.Name,
                Kind = caller.User is null ? "key" : "user",
                Roles = caller.Grants,
                Rules = authority.RulesOf(caller, http.Connection.RemoteIpAddress),
                SessionId = caller.SignIn?.Id,
                TwoFactor = caller.User?.HasTwoFactor,
                MustChangePassword = caller.User?.MustChangePassword,
                RequestsPerMinute = caller.RequestsPerMinute ?? options.RequestLimits.RequestsPerMinute,
                ExpiresAt = caller.SignIn?.ExpiresAt ?? caller.Key?.ExpiresAt,
            },
            RestJson.Default.MeView
        );
    }

    private IResult Sessions(HttpContext http)
    {
        var caller = Caller.Of(http);
        return caller.User is { } user
            ? Answers.Json(
                UserViews.Sessions(roster.SignInsOf(user.Id), caller.SignIn),
                RestJson.Default.PageUserSessionView
            )
            : NoSession;
    }

    private async Task<IResult> EndSessionAsync(string id, HttpContext http, CancellationToken cancellationToken)
    {
        if (Caller.Of(http).User is not { } user)
        {
            return NoSession;
        }

        if (roster.FindSignIn(id)?.UserId != user.Id)
        {
            return UserProblems.NoSuchSession;
        }

        await signIns.EndAsync(id, AuditNotes.Of(http, "sessions:end", null, $"session:{id}"), cancellationToken);
        return TypedResults.NoContent();
    }

    private Task<IResult> ChangePasswordAsync(HttpContext http, CancellationToken cancellationToken) =>
        ActAsync(
            http,
            RestJson.Default.PasswordChange,
            PasswordChangeValidator.Instance,
            async (user, change) => ToResult(await account.ChangePasswordAsync(user, change, http, cancellationToken)),
            cancellationToken
        );

    private Task<IResult> BeginTotpAsync(HttpContext http, CancellationToken cancellationToken) =>
        ActAsync(
            http,
            RestJson.Default.PasswordProof,
            PasswordProofValidator.Instance,
            async (user, proof) =>
                await account.BeginTotpAsync(user, proof.Password, http, cancellationToken) is var outcome
                && outcome.IsGood
                    ? Answers.Json(outcome.Value, RestJson.Default.TotpSecret)
                    : outcome.Problem!,
            cancellationToken
        );

    private Task<IResult> ConfirmTotpAsync(HttpContext http, CancellationToken cancellationToken) =>
        ActAsync(
            http,
            RestJson.Default.TotpProof,
            TotpProofValidator.Instance,
            async (user, proof) => ToResult(await account.ConfirmTotpAsync(user, proof.Code, http)),
            cancellationToken
        );

    private Task<IResult> RemoveTotpAsync(HttpContext http, CancellationToken cancellationToken) =>
        ActAsync(
            http,
            RestJson.Default.PasswordProof,
            PasswordProofValidator.Instance,
            async (user, proof) =>
                await account.RemoveTotpAsync(user, proof.Password, http, cancellationToken) is { } problem
                    ? problem
                    : TypedResults.NoContent(),
            cancellationToken
        );

    private Task<IResult> NewCodesAsync(HttpContext http, CancellationToken cancellationToken) =>
        ActAsync(
            http,
            RestJson.Default.PasswordProof,
            PasswordProofValidator.Instance,
            async (user, proof) => ToResult(await account.NewCodesAsync(user, proof.Password, http, cancellationToken)),
            cancellationToken
        );

    private static async Task<IResult> ActAsync<T>(
        HttpContext http,
        System.Text.Json.Serialization.Metadata.JsonTypeInfo<T> type,
        IValidator<T> validator,
        Func<Caller, T, Task<IResult>> act,
        CancellationToken cancellationToken
    )
        where T : class
    {
        var caller = Caller.Of(http);
        if (caller.User is null)
        {
            return NoSession;
        }

        var body = await RequestBody.ReadValidAsync(http, type, validator, cancellationToken);
        return body.HasValue ? await act(caller, body.Value) : body.Problem!;
    }

    private static ProblemAnswer NoSession =>
        Problems.Conflict("This is for users who have signed in; an API key has no session.");

    private static IResult ToResult(Outcome<TokenAnswer> outcome) =>
        outcome.IsGood ? Answers.Json(outcome.Value, RestJson.Default.TokenAnswer) : outcome.Problem;

    private static IResult ToResult(Outcome<RecoveryCodes> outcome) =>
        outcome.IsGood ? Answers.Json(outcome.Value, RestJson.Default.RecoveryCodes) : outcome.Problem;
}

internal sealed class LoginRequestValidator : AbstractValidator<LoginRequest>
{
    public LoginRequestValidator()
    {
        RuleFor(login => login.UserName).UserName();
        RuleFor(login => login.Password)
            .MaximumLength(PasswordRules.LengthMax)
            .WithMessage($"No password is longer than {PasswordRules.LengthMax} characters.");
        RuleFor(login => login.Totp).Text(64);
    }

    public static LoginRequestValidator Instance { get; } = new();
}

internal sealed class PasswordChangeValidator : AbstractValidator<PasswordChange>
{
    public PasswordChangeValidator()
    {
        RuleFor(change => change.CurrentPassword)
            .MaximumLength(PasswordRules.LengthMax)
            .WithMessage($"No password is longer than {PasswordRules.LengthMax} characters.");
    }

    public static PasswordChangeValidator Instance { get; } = new();
}

internal sealed class PasswordProofValidator : AbstractValidator<PasswordProof>
{
    public PasswordProofValidator()
    {
        RuleFor(proof => proof.Password)
            .MaximumLength(PasswordRules.LengthMax)
            .WithMessage($"No password is longer than {PasswordRules.LengthMax} characters.");
    }

    public static PasswordProofValidator Instance { get; } = new();
}

internal sealed class TotpProofValidator : AbstractValidator<TotpProof>
{
    public TotpProofValidator()
    {
        RuleFor(proof => proof.Code).Text(64);
    }

    public static TotpProofValidator Instance { get; } = new();
}
