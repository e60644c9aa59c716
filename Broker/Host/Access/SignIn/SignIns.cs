using Microsoft.AspNetCore.Identity;
using ScheduleZero.Broker.Core;
using ScheduleZero.Broker.Core.Access;
using ScheduleZero.Broker.Core.Audit;
using ScheduleZero.Broker.Host.Http;
using ScheduleZero.Broker.Host.Inputs;
using ScheduleZero.Contracts;
using ScheduleZero.Contracts.Audit;
using ScheduleZero.Contracts.Rest;
using ScheduleZero.Edges;

namespace ScheduleZero.Broker.Host.Access.SignIn;

/// <summary>Begins user sessions, refreshes them, and ends them.</summary>
internal sealed class SignIns(
    PasswordCheck passwords,
    UserManager<User> users,
    Roster roster,
    AccessTokens accessTokens,
    RefreshTokens refreshTokens,
    IBrokerInputs inputs,
    Denials denials,
    SignInOptions options,
    StrangerLines lines,
    TimeProvider time,
    ILogger<SignIns> logger
)
{
    /// <summary>How many sessions one user may have; the one longest unused ends when another begins.</summary>
    public const int PerUserMax = 20;

    private const int EndTries = 20;
    private const int UserAgentLengthMax = 200;

    private static readonly ProblemAnswer Refused = new(
        401,
        ErrorCodes.Unauthenticated,
        "The user name, the password or the code is wrong, or there were too many tries: then wait five minutes."
    );

    private static readonly ProblemAnswer CodeNeeded = new(
        401,
        ErrorCodes.Unauthenticated,
        "A code is needed too.",
        new Dictionary<string, string[]>
        {
            ["totp"] = ["The six digits of the authenticator app, or a recovery code, are needed."],
        }
    );

    private static readonly ProblemAnswer BadRefresh = new(
        401,
        ErrorCodes.Unauthenticated,
        "The refresh token is not valid: it was used before, has expired, or its session has ended. Sign in again."
    );

    public async Task<Outcome<TokenAnswer>> LoginAsync(
        LoginRequest request,
        HttpContext http,
        CancellationToken cancellationToken
    )
    {
        var (user, reason) = await passwords.CheckAsync(
            request.UserName,
            request.Password,
            http.Connection.RemoteIpAddress,
            cancellationToken
        );
        if (user is null)
        {
            return Refuse(http, request.UserName, reason!);
        }

        var proofs = new List<string> { "pwd" };
        if (user.Record.HasTwoFactor)
        {
            if (request.Totp is null)
            {
                Refuse(http, request.UserName, "right password, no code");
                return CodeNeeded;
            }

            if (!await IsSecondFactorAsync(user, request.Totp))
            {
                await passwords.NoteFailureAsync(user.Record.Id);
                return Refuse(http, request.UserName, "wrong code");
            }

            proofs.Add("otp");
        }

        var note = AuditNotes.OfSignIn(http, user.Record.UserName, AuditNotes.PasswordMethod, "sessions:begin");
        return await BeginAsync(user.Record, proofs, note, http, cancellationToken) is { } tokens ? tokens : Refused;
    }

    /// <summary>
    /// Saves the user as given and begins a session, both in one commit. Null if the user has changed meanwhile.
    /// </summary>
    public async Task<TokenAnswer?> BeginAsync(
        UserRecord user,
        IReadOnlyList<string> proofs,
        AuditNote note,
        HttpContext http,
        CancellationToken cancellationToken
    )
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
            Address = AddressOf(http),
            UserAgent = AgentOf(http),
            Proofs = proofs,
        };
        var changes = new List<AccessChange>();
        user = user with { FailedSignIns = 0, LockedUntil = null };
        if (user != roster.FindUser(user.Id))
        {
            changes.Add(AccessChange.Replace(user));
        }

        changes.AddRange(
            roster
                .SignInsOf(user.Id)
                .OrderByDescending(other => other.LastUsedAt)
                .Skip(PerUserMax - 1)
                .Select(AccessChange.Forget)
        );
        changes.Add(AccessChange.Add(signIn));
        note = note with { Session = id };
        return
            await inputs.AskAsync(
                ticket => new BrokerInput.ChangeAccess(ticket, changes) { Audit = note },
                cancellationToken
            ) is Answer.Done
            ? Tokens(user, signIn, refresh.Text)
            : null;
    }

    public async Task<Outcome<TokenAnswer>> RefreshAsync(
        string text,
        HttpContext http,
        CancellationToken cancellationToken
    )
    {
        if (
            refreshTokens.Read(text) is not var (id, hash)
            || roster.FindSignIn(id) is not { } signIn
            || signIn.ExpiresAt <= time.GetUtcNow()
            || roster.FindUser(signIn.UserId) is not { } user
        )
        {
            return RefuseRefresh(http);
        }

        var note = AuditNotes.OfSignIn(http, user.UserName, AuditNotes.RefreshMethod, "sessions:refresh") with
        {
            Session = id,
        };
        var next = refreshTokens.Make(id);
        var moved = signIn with
        {
            RefreshHash = next.Hash,
            Refreshes = signIn.Refreshes + 1,
            LastUsedAt = time.GetUtcNow(),
            Address = AddressOf(http),
        };
        if (
            RefreshTokens.IsCurrent(signIn, hash)
            && await inputs.AskAsync(
                ticket => new BrokerInput.ChangeAccess(ticket, [AccessChange.Replace(moved)]) { Audit = note },
                cancellationToken
            ) is Answer.Done
        )
        {
            return Tokens(user, moved, next.Text);
        }

        return await EndStolenAsync(id, user.UserName, note, http, cancellationToken);
    }

    private ProblemAnswer RefuseRefresh(HttpContext http)
    {
        denials.Note(
            http,
            AuditNotes.OfSignIn(http, null, AuditNotes.RefreshMethod, "sessions:refresh") with
            {
                Outcome = AuditOutcomes.Denied,
                Reason = "unknown or expired",
            }
        );
        return BadRefresh;
    }

    // Ends a session that two parties have a token of, one of whom may have stolen it: neither may use the session on
    // (RFC 9700, 4.14.2).
    private async Task<ProblemAnswer> EndStolenAsync(
        string id,
        string userName,
        AuditNote note,
        HttpContext http,
        CancellationToken cancellationToken
    )
    {
        if (lines.MayWrite("refresh tokens used twice", http.Connection.RemoteIpAddress))
        {
            logger.RefreshReused(userName, id, AddressOf(http));
        }

        await EndAsync(
            id,
            note with
            {
                Action = "sessions:end",
                Outcome = AuditOutcomes.Denied,
                Reason = "its refresh token was used twice",
            },
            cancellationToken
        );
        return BadRefresh;
    }

    /// <summary>Ends a session. Tries again when the session was refreshed at the same moment.</summary>
    public async Task EndAsync(string id, AuditNote note, CancellationToken cancellationToken)
    {
        for (var tries = 0; tries < EndTries && roster.FindSignIn(id) is { } signIn; tries++)
        {
            await inputs.AskAsync(
                ticket => new BrokerInput.ChangeAccess(ticket, [AccessChange.Forget(signIn)]) { Audit = note },
                cancellationToken
            );
        }
    }

    /// <summary>
    /// Whether the code is one of the authenticator app, or a recovery code. A code that is used up is marked as used
    /// on the user's record.
    /// </summary>
    public async Task<bool> IsSecondFactorAsync(User user, string code) =>
        await users.VerifyTwoFactorTokenAsync(user, Totp.Provider, code)
        || (await users.RedeemTwoFactorRecoveryCodeAsync(user, code)).Succeeded;

    private ProblemAnswer Refuse(HttpContext http, string userName, string reason)
    {
        if (lines.MayWrite("refused sign-ins", http.Connection.RemoteIpAddress))
        {
            logger.SignInRefused(userName, AddressOf(http), reason);
        }

        var note = AuditNotes.OfSignIn(http, null, AuditNotes.PasswordMethod, "sessions:begin");
        denials.Note(http, note with { Object = $"user:{userName}", Outcome = AuditOutcomes.Denied, Reason = reason });
        return Refused;
    }

    private static string? AddressOf(HttpContext http) => http.Connection.RemoteIpAddress?.ToString();

    private static string AgentOf(HttpContext http)
    {
        var agent = http.Request.Headers.UserAgent.ToString();
        return agent.Length > UserAgentLengthMax ? agent[..UserAgentLengthMax] : agent;
    }

    private TokenAnswer Tokens(UserRecord user, SignInRecord signIn, string refreshToken) =>
        new()
        {
            AccessToken = accessTokens.Issue(user, signIn),
            TokenType = "Bearer",
            ExpiresIn = (int)AccessTokens.Lifetime.TotalSeconds,
            RefreshToken = refreshToken,
            SessionExpiresAt = signIn.ExpiresAt,
            MustChangePassword = user.MustChangePassword ? true : null,
        };
}
