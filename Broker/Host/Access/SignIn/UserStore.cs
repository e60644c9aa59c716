using Microsoft.AspNetCore.DataProtection;
using Microsoft.AspNetCore.Identity;
using ScheduleZero.Broker.Core;
using ScheduleZero.Broker.Core.Access;
using ScheduleZero.Broker.Host.Inputs;
using ScheduleZero.Contracts;

namespace ScheduleZero.Broker.Host.Access.SignIn;

/// <summary>
/// The store of users for Identity's manager. Reads come from the roster; writes go through the loop, and are on disk
/// when they return. A write to a user who has changed since it was read fails with
/// <see cref="IdentityErrorDescriber.ConcurrencyFailure"/>.
/// </summary>
internal sealed class UserStore(
    Roster roster,
    IBrokerInputs inputs,
    IDataProtectionProvider protection,
    IdentityErrorDescriber errors
)
    : IUserPasswordStore<User>,
        IUserLockoutStore<User>,
        IUserAuthenticatorKeyStore<User>,
        IUserTwoFactorStore<User>,
        IUserTwoFactorRecoveryCodeStore<User>
{
    private readonly IDataProtector _protector = protection.CreateProtector("ScheduleZero.Users.v1");

    public Task<string> GetUserIdAsync(User user, CancellationToken cancellationToken) =>
        Task.FromResult(user.Record.Id);

    public Task<string?> GetUserNameAsync(User user, CancellationToken cancellationToken) =>
        Task.FromResult<string?>(user.Record.UserName);

    public Task SetUserNameAsync(User user, string? userName, CancellationToken cancellationToken) =>
        throw new NotSupportedException("A user keeps the name: things are named after it.");

    public Task<string?> GetNormalizedUserNameAsync(User user, CancellationToken cancellationToken) =>
        Task.FromResult<string?>(user.Record.NormalizedName);

    public Task SetNormalizedUserNameAsync(User user, string? normalizedName, CancellationToken cancellationToken) =>
        Set(user, user.Record with { NormalizedName = normalizedName ?? "" });

    public Task<IdentityResult> CreateAsync(User user, CancellationToken cancellationToken) =>
        WriteAsync(AccessChange.Add(user.Record), user, cancellationToken);

    public Task<IdentityResult> UpdateAsync(User user, CancellationToken cancellationToken) =>
        WriteAsync(AccessChange.Replace(user.Record), user, cancellationToken);

    public Task<IdentityResult> DeleteAsync(User user, CancellationToken cancellationToken) =>
        WriteAsync(AccessChange.Forget(user.Record), user, cancellationToken);

    public Task<User?> FindByIdAsync(string userId, CancellationToken cancellationToken) =>
        Task.FromResult(From(roster.FindUser(userId)));

    public Task<User?> FindByNameAsync(string normalizedUserName, CancellationToken cancellationToken) =>
        Task.FromResult(From(roster.FindUserByName(normalizedUserName)));

    public Task SetPasswordHashAsync(User user, string? passwordHash, CancellationToken cancellationToken) =>
        Set(user, user.Record with { PasswordHash = passwordHash });

    public Task<string?> GetPasswordHashAsync(User user, CancellationToken cancellationToken) =>
        Task.FromResult(user.Record.PasswordHash);

    public Task<bool> HasPasswordAsync(User user, CancellationToken cancellationToken) =>
        Task.FromResult(user.Record.PasswordHash is not null);

    public Task<DateTimeOffset?> GetLockoutEndDateAsync(User user, CancellationToken cancellationToken) =>
        Task.FromResult(user.Record.LockedUntil);

    public Task SetLockoutEndDateAsync(User user, DateTimeOffset? lockoutEnd, CancellationToken cancellationToken) =>
        Set(user, user.Record with { LockedUntil = lockoutEnd });

    public Task<int> IncrementAccessFailedCountAsync(User user, CancellationToken cancellationToken)
    {
        user.Record = user.Record with { FailedSignIns = user.Record.FailedSignIns + 1 };
        return Task.FromResult(user.Record.FailedSignIns);
    }

    public Task ResetAccessFailedCountAsync(User user, CancellationToken cancellationToken) =>
        Set(user, user.Record with { FailedSignIns = 0 });

    public Task<int> GetAccessFailedCountAsync(User user, CancellationToken cancellationToken) =>
        Task.FromResult(user.Record.FailedSignIns);

    public Task<bool> GetLockoutEnabledAsync(User user, CancellationToken cancellationToken) => Task.FromResult(true);

    public Task SetLockoutEnabledAsync(User user, bool enabled, CancellationToken cancellationToken) =>
        Task.CompletedTask; // Locking out is enabled for every user, always.

    public Task SetAuthenticatorKeyAsync(User user, string key, CancellationToken cancellationToken) =>
        Set(user, user.Record with { AuthenticatorKey = _protector.Protect(key) });

    public Task<string?> GetAuthenticatorKeyAsync(User user, CancellationToken cancellationToken) =>
        Task.FromResult(user.Record.AuthenticatorKey is { } key ? _protector.Unprotect(key) : null);

    public Task SetTwoFactorEnabledAsync(User user, bool enabled, CancellationToken cancellationToken) =>
        Set(user, user.Record with { HasTwoFactor = enabled });

    public Task<bool> GetTwoFactorEnabledAsync(User user, CancellationToken cancellationToken) =>
        Task.FromResult(user.Record.HasTwoFactor);

    public Task ReplaceCodesAsync(User user, IEnumerable<string> recoveryCodes, CancellationToken cancellationToken) =>
        Set(user, user.Record with { RecoveryCodes = _protector.Protect(string.Join(';', recoveryCodes)) });

    public Task<bool> RedeemCodeAsync(User user, string code, CancellationToken cancellationToken)
    {
        var codes = CodesOf(user);
        var left = codes.Where(known => !string.Equals(known, code, StringComparison.OrdinalIgnoreCase)).ToArray();
        if (left.Length == codes.Length)
        {
            return Task.FromResult(false);
        }

        user.Record = user.Record with { RecoveryCodes = _protector.Protect(string.Join(';', left)) };
        return Task.FromResult(true);
    }

    public Task<int> CountCodesAsync(User user, CancellationToken cancellationToken) =>
        Task.FromResult(CodesOf(user).Length);

    public void Dispose()
    {
        // Identity asks for this method; the store holds nothing that must be disposed.
    }

    private string[] CodesOf(User user) =>
        user.Record.RecoveryCodes is { } codes
            ? _protector.Unprotect(codes).Split(';', StringSplitOptions.RemoveEmptyEntries)
            : [];

    private static User? From(UserRecord? record) => record is null ? null : new User(record);

    private static Task Set(User user, UserRecord record)
    {
        user.Record = record;
        return Task.CompletedTask;
    }

    private async Task<IdentityResult> WriteAsync(AccessChange change, User user, CancellationToken cancellationToken)
    {
        var note = user.Audit;
        user.Audit = null;
        switch (
            await inputs.AskAsync(
                ticket => new BrokerInput.ChangeAccess(ticket, [change]) { Audit = note },
                cancellationToken
            )
        )
        {
            case Answer.Done:
                user.Record = user.Record with { Version = change.ExpectedVersion + 1 };
                return IdentityResult.Success;
            case Answer.Refused { Code: ErrorCodes.Conflict } when change.ExpectedVersion == 0:
                return IdentityResult.Failed(errors.DuplicateUserName(user.Record.UserName));
            default:
                return IdentityResult.Failed(errors.ConcurrencyFailure());
        }
    }
}
