using Microsoft.AspNetCore.Identity;
using ScheduleZero.Broker.Host.Api.Requests;
using ScheduleZero.Contracts;
using ScheduleZero.Contracts.Rest;

namespace ScheduleZero.Broker.Host.Access.SignIn;

/// <summary>What a user changes of their own account. Each asks for the password again: a session that somebody left open must not be enough.</summary>
internal sealed class OwnAccount(PasswordCheck passwords, UserManager<User> users, SignIns signIns, TimeProvider time)
{
    private const int RecoveryCodeCount = 10;

    private static readonly ProblemAnswer WrongPassword =
        new(403, ErrorCodes.Forbidden, "The password is wrong, or there were too many tries: then wait five minutes.");

    private static readonly ProblemAnswer Moved = Problems.Conflict("The user has been changed at the same moment: try again.");

    public async Task<Outcome<TokenAnswer>> ChangePasswordAsync(Caller caller, PasswordChange change, Visitor visitor, CancellationToken cancellationToken)
    {
        if (await ProveAsync(caller, change.CurrentPassword, cancellationToken) is not { } user)
        {
            return WrongPassword;
        }

        var problem = change.NewPassword == change.CurrentPassword
            ? "It is the old one."
            : PasswordRules.ProblemOf(change.NewPassword, user.Record.UserName);
        if (problem is not null)
        {
            return Problems.Invalid("newPassword", problem);
        }

        var changed = user.Record.WithPassword(users.PasswordHasher.HashPassword(user, change.NewPassword), mustChange: false, time.GetUtcNow());
        return await signIns.BeginAsync(changed, caller.SignIn!.Proofs, visitor, cancellationToken) is { } tokens ? tokens : Moved;
    }

    public async Task<Outcome<TotpSecret>> BeginTotpAsync(Caller caller, string password, CancellationToken cancellationToken)
    {
        if (await ProveAsync(caller, password, cancellationToken) is not { } user)
        {
            return WrongPassword;
        }

        if (user.Record.HasTwoFactor)
        {
            return Problems.Conflict("An authenticator app is in use; remove it first.");
        }

        if (!(await users.ResetAuthenticatorKeyAsync(user)).Succeeded)
        {
            return Moved;
        }

        var secret = (await users.GetAuthenticatorKeyAsync(user))!;
        var label = Uri.EscapeDataString($"ScheduleZero:{user.Record.UserName}");
        return new TotpSecret { Secret = secret, Uri = $"otpauth://totp/{label}?secret={secret}&issuer=ScheduleZero" };
    }

    public async Task<Outcome<RecoveryCodes>> ConfirmTotpAsync(Caller caller, string code)
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
        return await CodesAsync(user);
    }

    public async Task<ProblemAnswer?> RemoveTotpAsync(Caller caller, string password, CancellationToken cancellationToken)
    {
        if (await ProveAsync(caller, password, cancellationToken) is not { } user)
        {
            return WrongPassword;
        }

        user.Record = user.Record.WithoutTwoFactor();
        return (await users.UpdateAsync(user)).Succeeded ? null : Moved;
    }

    public async Task<Outcome<RecoveryCodes>> NewCodesAsync(Caller caller, string password, CancellationToken cancellationToken)
    {
        if (await ProveAsync(caller, password, cancellationToken) is not { } user)
        {
            return WrongPassword;
        }

        return user.Record.HasTwoFactor ? await CodesAsync(user) : Problems.Conflict("There is no authenticator app that they could stand in for.");
    }

    private async Task<Outcome<RecoveryCodes>> CodesAsync(User user)
    {
        var version = user.Record.Version;
        var codes = await users.GenerateNewTwoFactorRecoveryCodesAsync(user, RecoveryCodeCount);
        // Null, or a version that stayed: the user was changed at the same moment.
        return codes is null || user.Record.Version == version ? Moved : new RecoveryCodes([.. codes]);
    }

    private async Task<User?> FindAsync(Caller caller) => await users.FindByIdAsync(caller.User!.Id);

    private async Task<User?> ProveAsync(Caller caller, string password, CancellationToken cancellationToken) =>
        (await passwords.CheckAsync(caller.User!.UserName, password, cancellationToken)).User;
}
