using Microsoft.AspNetCore.Identity;
using ScheduleZero.Broker.Core;
using ScheduleZero.Broker.Core.Access;
using ScheduleZero.Broker.Host.Api;
using ScheduleZero.Broker.Host.Api.Requests;
using ScheduleZero.Broker.Host.Loop;
using ScheduleZero.Contracts;
using ScheduleZero.Contracts.Rest;

namespace ScheduleZero.Broker.Host.Access.SignIn;

/// <summary>Where a request to sign in comes from.</summary>
internal sealed record Visitor(string? Address, string? UserAgent)
{
    private const int UserAgentLengthMax = 200;

    public static Visitor Of(HttpContext http)
    {
        var agent = http.Request.Headers.UserAgent.ToString();
        return new Visitor(http.Connection.RemoteIpAddress?.ToString(), agent.Length > UserAgentLengthMax ? agent[..UserAgentLengthMax] : agent);
    }
}

/// <summary>Begins sessions, carries them on, and ends them.</summary>
internal sealed class SignIns(
    PasswordCheck passwords, UserManager<User> users, Roster roster, AccessTokens accessTokens, RefreshTokens refreshTokens, IBrokerInputs inputs,
    BrokerApiOptions options, TimeProvider time, ILogger<SignIns> logger)
{
    /// <summary>Sessions of one user; the one longest unused goes when another begins.</summary>
    public const int PerUserMax = 20;

    private const int EndTries = 20;

    private static readonly ProblemAnswer Refused =
        new(401, ErrorCodes.Unauthenticated, "The user name, the password or the code is wrong, or there were too many tries: then wait five minutes.");

    private static readonly ProblemAnswer CodeNeeded = new(
        401,
        ErrorCodes.Unauthenticated,
        "A code is needed too.",
        new Dictionary<string, string[]> { ["totp"] = ["The six digits of the authenticator app, or a recovery code, are needed."] });

    private static readonly ProblemAnswer BadRefresh =
        new(401, ErrorCodes.Unauthenticated, "The refresh token is not valid: it was used before, has expired, or its session has ended. Sign in again.");

    public async Task<Outcome<TokenAnswer>> LoginAsync(LoginRequest request, Visitor visitor, CancellationToken cancellationToken)
    {
        var (user, reason) = await passwords.CheckAsync(request.UserName, request.Password, cancellationToken);
        if (user is null)
        {
            logger.SignInRefused(request.UserName, visitor.Address, reason!);
            return Refused;
        }

        var proofs = new List<string> { "pwd" };
        if (user.Record.HasTwoFactor)
        {
            if (request.Totp is null)
            {
                return CodeNeeded;
            }

            if (!await IsSecondFactorAsync(user, request.Totp))
            {
                await passwords.NoteFailureAsync(user.Record.Id);
                logger.SignInRefused(request.UserName, visitor.Address, "wrong code");
                return Refused;
            }

            proofs.Add("otp");
        }

        return await BeginAsync(user.Record, proofs, visitor, cancellationToken) is { } tokens ? tokens : Refused;
    }

    /// <summary>Saves the user as given, and begins a session, in one. Null if the user has changed meanwhile.</summary>
    public async Task<TokenAnswer?> BeginAsync(UserRecord user, IReadOnlyList<string> proofs, Visitor visitor, CancellationToken cancellationToken)
    {
        var now = time.GetUtcNow();
        var id = Guid.CreateVersion7(now).ToString("N");
        var refresh = refreshTokens.Make(id);
        var signIn = new SignInRecord
        {
            Id = id,
            UserId = user.Id,
            RefreshHash = refresh.Hash,
            CreatedAt = now,
            ExpiresAt = now + options.SessionLifetime,
            LastUsedAt = now,
            Address = visitor.Address,
            UserAgent = visitor.UserAgent,
            Proofs = proofs,
        };
        var changes = new List<AccessChange>();
        user = user with { FailedSignIns = 0, LockedUntil = null };
        if (user != roster.FindUser(user.Id))
        {
            changes.Add(AccessChange.Replace(user));
        }

        changes.AddRange(roster.SignInsOf(user.Id).OrderByDescending(other => other.LastUsedAt).Skip(PerUserMax - 1).Select(AccessChange.Forget));
        changes.Add(AccessChange.Add(signIn));
        return await inputs.AskAsync(ticket => new BrokerInput.ChangeAccess(ticket, changes), cancellationToken) is Answer.Done
            ? Tokens(user, signIn, refresh.Text)
            : null;
    }

    public async Task<Outcome<TokenAnswer>> RefreshAsync(string text, Visitor visitor, CancellationToken cancellationToken)
    {
        if (refreshTokens.Read(text) is not var (id, hash) || roster.FindSignIn(id) is not { } signIn || signIn.ExpiresAt <= time.GetUtcNow()
            || roster.FindUser(signIn.UserId) is not { } user)
        {
            return BadRefresh;
        }

        var next = refreshTokens.Make(id);
        var moved = signIn with { RefreshHash = next.Hash, Refreshes = signIn.Refreshes + 1, LastUsedAt = time.GetUtcNow(), Address = visitor.Address };
        if (RefreshTokens.IsCurrent(signIn, hash)
            && await inputs.AskAsync(ticket => new BrokerInput.ChangeAccess(ticket, [AccessChange.Replace(moved)]), cancellationToken) is Answer.Done)
        {
            return Tokens(user, moved, next.Text);
        }

        // Two have the same token, and one of them may have stolen it: neither keeps the session (RFC 9700, 4.14.2).
        logger.RefreshReused(user.UserName, id, visitor.Address);
        await EndAsync(id, cancellationToken);
        return BadRefresh;
    }

    /// <summary>Ends a session, whatever state it is in.</summary>
    public async Task EndAsync(string id, CancellationToken cancellationToken)
    {
        for (var tries = 0; tries < EndTries && roster.FindSignIn(id) is { } signIn; tries++)
        {
            await inputs.AskAsync(ticket => new BrokerInput.ChangeAccess(ticket, [AccessChange.Forget(signIn)]), cancellationToken);
        }
    }

    /// <summary>A code of the app, or a recovery code. What is used up is noted on the user, or saved.</summary>
    public async Task<bool> IsSecondFactorAsync(User user, string code) =>
        await users.VerifyTwoFactorTokenAsync(user, Totp.Provider, code)
        || (await users.RedeemTwoFactorRecoveryCodeAsync(user, code)).Succeeded;

    private TokenAnswer Tokens(UserRecord user, SignInRecord signIn, string refreshToken) => new()
    {
        AccessToken = accessTokens.Issue(user, signIn),
        TokenType = "Bearer",
        ExpiresIn = (int)AccessTokens.Lifetime.TotalSeconds,
        RefreshToken = refreshToken,
        SessionExpiresAt = signIn.ExpiresAt,
        MustChangePassword = user.MustChangePassword ? true : null,
    };
}
