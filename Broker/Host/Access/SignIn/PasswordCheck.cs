using Microsoft.AspNetCore.Identity;
using ScheduleZero.Broker.Core.Access;

namespace ScheduleZero.Broker.Host.Access.SignIn;

/// <summary>
/// Looks at passwords, few at a time, and locks users out who are guessed at. An unknown, a disabled and a locked user take as long as any other and end the
/// same way, so that nobody learns which there are.
/// </summary>
internal sealed class PasswordCheck(UserManager<User> users, TimeProvider time) : IDisposable
{
    public const int FailuresMax = 10;
    public static readonly TimeSpan LockOut = TimeSpan.FromMinutes(5);

    /// <summary>OWASP Password Storage Cheat Sheet, for PBKDF2 with HMAC-SHA-512.</summary>
    public const int Iterations = 210_000;

    private const int AtOnceMax = 2;
    private const int WaitingMax = 32;
    private const int WriteTries = 20;

    private readonly SemaphoreSlim _turns = new(AtOnceMax);
    private readonly string _nobodysHash = users.PasswordHasher.HashPassword(NewNobody(), "nobody has this password");
    private int _waiting;

    /// <summary>The user, if the password is right and they may sign in. The second factor is not looked at.</summary>
    /// <exception cref="TooManySignInsException">More wait than is sensible.</exception>
    public async Task<(User? User, string? Reason)> CheckAsync(string userName, string password, CancellationToken cancellationToken)
    {
        await EnterAsync(cancellationToken);
        try
        {
            var user = await users.FindByNameAsync(userName);
            var reason = user switch
            {
                null => "unknown user",
                { Record.Disabled: true } => "disabled",
                _ when user.Record.LockedUntil > time.GetUtcNow() => "locked out",
                { Record.PasswordHash: null } => "no password",
                _ => null,
            };
            if (reason is not null)
            {
                users.PasswordHasher.VerifyHashedPassword(NewNobody(), _nobodysHash, password);
                return (null, reason);
            }

            if (await users.CheckPasswordAsync(user!, password))
            {
                return (user, null);
            }

            await NoteFailureAsync(user!.Record.Id);
            return (null, "wrong password");
        }
        finally
        {
            _turns.Release();
        }
    }

    /// <summary>A wrong password or code. After ten in a row nobody is let in for five minutes.</summary>
    public async Task NoteFailureAsync(string userId)
    {
        for (var tries = 0; tries < WriteTries; tries++)
        {
            // Read again each time: others may be failing at the same moment, and every one counts.
            if (await users.FindByIdAsync(userId) is not { } user)
            {
                return;
            }

            var record = user.Record;
            var failures = record.FailedSignIns + 1;
            user.Record = failures >= FailuresMax
                ? record with { FailedSignIns = 0, LockedUntil = time.GetUtcNow() + LockOut }
                : record with { FailedSignIns = failures };
            if ((await users.UpdateAsync(user)).Succeeded)
            {
                return;
            }
        }
    }

    public void Dispose() => _turns.Dispose();

    private static User NewNobody() =>
        new(new UserRecord { Id = "", UserName = "", NormalizedName = "", CreatedAt = default, CreatedBy = "" });

    // Each takes a tenth of a second of a core: unbounded, a flood of sign-ins would stop everything else.
    private async Task EnterAsync(CancellationToken cancellationToken)
    {
        if (Interlocked.Increment(ref _waiting) > WaitingMax)
        {
            Interlocked.Decrement(ref _waiting);
            throw new TooManySignInsException();
        }

        try
        {
            await _turns.WaitAsync(cancellationToken);
        }
        finally
        {
            Interlocked.Decrement(ref _waiting);
        }
    }
}

internal sealed class TooManySignInsException() : Exception("Too many sign-ins wait for their turn.");
