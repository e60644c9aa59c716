using Microsoft.AspNetCore.Identity;
using ScheduleZero.Broker.Core.Audit;
using ScheduleZero.Broker.Host.Http;
using ScheduleZero.Contracts;
using ScheduleZero.Contracts.Audit;
using ScheduleZero.Contracts.Rest;

namespace ScheduleZero.Broker.Host.Access.SignIn;

/// <summary>
/// Changes that users make to their own account. Each change asks for the password again, so that a session that
/// somebody left open is not enough.
/// </summary>
internal sealed class OwnAccount(
    PasswordCheck passwords,
    UserManager<User> users,
    SignIns signIns,
    Denials denials,
    TimeProvider time
)
{
    private const int RecoveryCodeCount = 10;

    private static readonly ProblemAnswer WrongPassword = new(
        403,
        ErrorCodes.Forbidden,
        "The password is wrong, or there were too many tries: then wait five minutes."
    );

    private static readonly ProblemAnswer Moved = Problems.Conflict(
        "The user has been changed at the same moment: try again."
    );

    public async Task<Outcome<TokenAnswer>> ChangePasswordAsync(
        Caller caller,
        PasswordChange change,
        HttpContext http,
        CancellationToken cancellationToken
    )
    {
        if (await ProveAsync(caller, change.CurrentPassword, http, cancellationToken) is not { } user)
        {
            return WrongPassword;
        }

        var problem =
            change.NewPassword == change.CurrentPassword
                ? "It is the old one."
                : PasswordRules.ProblemOf(change.NewPassword, user.Record.UserName);
        if (problem is not null)
        {
            return Problems.Invalid("newPassword", problem);
        }

        var changed = user.Record.WithPassword(
            users.PasswordHasher.HashPassword(user, change.NewPassword),
            mustChange: false,
            time.GetUtcNow()
        );
        return
            await signIns.BeginAsync(
                changed,
                caller.SignIn!.Proofs,
                NoteOf(http, "users:password"),
                http,
                cancellationToken
            )
                is { } tokens
            ? tokens
            : Moved;
    }

    public async Task<Outcome<TotpSecret>> BeginTotpAsync(
        Caller caller,
        string password,
        HttpContext http,
        CancellationToken cancellationToken
    )
    {
        if (await ProveAsync(caller, password, http, cancellationToken) is not { } user)
        {
            return WrongPassword;
        }

        if (user.Record.HasTwoFactor)
        {
            return Problems.Conflict("An authenticator app is in use; remove it first.");
        }

        user.Audit = NoteOf(http, "users:totp-begin");
        if (!(await users.ResetAuthenticatorKeyAsync(user)).Succeeded)
        {
            return Moved;
        }

        var secret = (await users.GetAuthenticatorKeyAsync(user))!;
        var label = Uri.EscapeDataString($"ScheduleZero:{user.Record.UserName}");
        return new TotpSecret { Secret = secret, Uri = $"otpauth://totp/{label}?secret={secret}&issuer=ScheduleZero" };
    }

    public async Task<Outcome<RecoveryCodes>> ConfirmTotpAsync(Caller caller, string code, HttpContext http)
    {
        if (await FindAsync(caller) is not { Record: { HasTwoFactor: false, AuthenticatorKey: not null } } user)
        {
            return Problems.Conflict("There is no authenticator app to confirm; begin with one first.");
        }

        if (!await users.VerifyTwoFactorTokenAsync(user, Totp.Provider, code))
        {
            return Problems.Invalid("code", "The app shows another code now. If it never fits, look at its clock.");
        }

        user.Record = user.Record with { HasTwoFactor = true };
        user.Audit = NoteOf(http, "users:totp-confirm");
        return await CodesAsync(user);
    }

    public async Task<ProblemAnswer?> RemoveTotpAsync(
        Caller caller,
        string password,
        HttpContext http,
        CancellationToken cancellationToken
    )
    {
        if (await ProveAsync(caller, password, http, cancellationToken) is not { } user)
        {
            return WrongPassword;
        }

        user.Record = user.Record.WithoutTwoFactor();
        user.Audit = NoteOf(http, "users:totp-remove");
        return (await users.UpdateAsync(user)).Succeeded ? null : Moved;
    }

    public async Task<Outcome<RecoveryCodes>> NewCodesAsync(
        Caller caller,
        string password,
        HttpContext http,
        CancellationToken cancellationToken
    )
    {
        if (await ProveAsync(caller, password, http, cancellationToken) is not { } user)
        {
            return WrongPassword;
        }

        user.Audit = NoteOf(http, "users:recovery-codes");
        return user.Record.HasTwoFactor
            ? await CodesAsync(user)
            : Problems.Conflict("There is no authenticator app that they could stand in for.");
    }

    private async Task<Outcome<RecoveryCodes>> CodesAsync(User user)
    {
        var version = user.Record.Version;
        var codes = await users.GenerateNewTwoFactorRecoveryCodesAsync(user, RecoveryCodeCount);
        // Codes that are null, or an unchanged version, mean that the user was changed at the same moment.
        return codes is null || user.Record.Version == version ? Moved : new RecoveryCodes([.. codes]);
    }

    private async Task<User?> FindAsync(Caller caller) => await users.FindByIdAsync(caller.User!.Id);

    private async Task<User?> ProveAsync(
        Caller caller,
        string password,
        HttpContext http,
        CancellationToken cancellationToken
    )
    {
        var (user, reason) = await passwords.CheckAsync(
            caller.User!.UserName,
            password,
            http.Connection.RemoteIpAddress,
            cancellationToken
        );
        if (user is null)
        {
            denials.Note(http, NoteOf(http, "users:prove") with { Outcome = AuditOutcomes.Denied, Reason = reason });
        }

        return user;
    }

    private static AuditNote NoteOf(HttpContext http, string action) =>
        AuditNotes.Of(http, action, null, Caller.Of(http).Name);
}
