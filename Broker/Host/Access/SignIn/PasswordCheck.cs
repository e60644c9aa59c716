using System.Net;
using Microsoft.AspNetCore.Identity;
using ScheduleZero.Broker.Core.Access;
using ScheduleZero.Edges;

namespace ScheduleZero.Broker.Host.Access.SignIn;

/// <summary>
/// Looks at passwords, few at a time, and locks users out who are guessed at. An unknown, a disabled and a locked user
/// take as long as any other and end the same way, so that nobody learns which there are. A crowd that guesses names
/// keeps no user out: beyond a few, those whom no password lets in share one look.
/// </summary>
internal sealed class PasswordCheck(UserManager<User> users, TimeProvider time) : IDisposable
{
    public const int FailuresMax = 10;
    public static readonly TimeSpan LockOut = TimeSpan.FromMinutes(5);

    /// <summary>OWASP Password Storage Cheat Sheet, for PBKDF2 with HMAC-SHA-512.</summary>
    public const int Iterations = 210_000;

    private const int AtOnceMax = 2;
    private const int WaitingMax = 32;

    /// <summary>
    /// Sign-ins under way from one address, or (with its /64) one IPv6 network; and with one name, whether there is
    /// such a user or not.
    /// </summary>
    public const int PlacesMax = AtOnceMax + WaitingMax;

    /// <summary>Sign-ins under way in all: a bound on memory.</summary>
    public const int PlacesInAllMax = 4_096;

    /// <summary>Looks that wait their turn for those whom no password lets in.</summary>
    public const int IdleLooksMax = 8;

    private const int WriteTries = 20;

    private readonly SemaphoreSlim _turns = new(AtOnceMax);
    private readonly string _nobodysHash = users.PasswordHasher.HashPassword(NewNobody(), "nobody has this password");
    private readonly Lock _gate = new();
    private readonly Dictionary<object, int> _places = [];
    private readonly List<TaskCompletionSource> _idleLooks = [];
    private int _placesTaken;

    /// <summary>The user, if the password is right and they may sign in. The second factor is not looked at.</summary>
    /// <param name="address">Where the caller is.</param>
    /// <exception cref="TooManySignInsException">More wait than is sensible.</exception>
    public async Task<(User? User, string? Reason)> CheckAsync(
        string userName,
        string password,
        IPAddress? address,
        CancellationToken cancellationToken
    )
    {
        object[] places = [ClientNetwork.Of(address), users.NormalizeName(userName)];
        TakePlace(places);
        try
        {
            if (ReasonOf(await users.FindByNameAsync(userName)) is { } reason)
            {
                await LookIdlyAsync(password, cancellationToken);
                return (null, reason);
            }

            return await LookAsync(userName, password, cancellationToken);
        }
        finally
        {
            GiveBack(places);
        }
    }

    // Why no password lets the user in; null when the right one does.
    private string? ReasonOf(User? user) =>
        user switch
        {
            null => "unknown user",
            { Record.Disabled: true } => "disabled",
            _ when user.Record.LockedUntil > time.GetUtcNow() => "locked out",
            { Record.PasswordHash: null } => "no password",
            _ => null,
        };

    private async Task<(User? User, string? Reason)> LookAsync(
        string userName,
        string password,
        CancellationToken cancellationToken
    )
    {
        // Each takes a tenth of a second of a core: unbounded, a flood of sign-ins would stop everything else.
        await _turns.WaitAsync(cancellationToken);
        try
        {
            // Again: while this one waited, others may have failed so often that the user is locked out.
            var user = await users.FindByNameAsync(userName);
            if (ReasonOf(user) is { } reason)
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
            if (failures < FailuresMax)
            {
                user.Record = record with { FailedSignIns = failures };
            }
            else
            {
                user.Record = record with { FailedSignIns = 0, LockedUntil = time.GetUtcNow() + LockOut };
                user.Audit = AuditNotes.OfSystem("users:lock", $"user:{record.UserName}") with
                {
                    Reason = $"{failures} wrong passwords or codes in a row",
                };
            }

            if ((await users.UpdateAsync(user)).Succeeded)
            {
                return;
            }
        }
    }

    public void Dispose() => _turns.Dispose();

    private static User NewNobody() =>
        new(
            new UserRecord
            {
                Id = "",
                UserName = "",
                NormalizedName = "",
                CreatedAt = default,
                CreatedBy = "",
            }
        );

    // The look that a user's password gets, for one whom no password lets in: the same turn, the same work. When
    // several such looks wait, the newest of them stands for whoever comes, who so waits about as long as a user who
    // comes at that moment, and takes no turn from one.
    private async Task LookIdlyAsync(string password, CancellationToken cancellationToken)
    {
        TaskCompletionSource? own = null;
        Task shared;
        lock (_gate)
        {
            if (_idleLooks.Count < IdleLooksMax)
            {
                own = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
                _idleLooks.Add(own);
            }

            shared = _idleLooks[^1].Task;
        }

        if (own is null)
        {
            await shared.WaitAsync(cancellationToken);
            return;
        }

        // Whoever shares the look needs it, also when the one who began it has gone.
        await _turns.WaitAsync(CancellationToken.None);
        lock (_gate)
        {
            _idleLooks.Remove(own);
        }

        try
        {
            users.PasswordHasher.VerifyHashedPassword(NewNobody(), _nobodysHash, password);
        }
        finally
        {
            _turns.Release();
            own.SetResult();
        }
    }

    private void TakePlace(object[] places)
    {
        lock (_gate)
        {
            if (_placesTaken == PlacesInAllMax || places.Any(place => _places.GetValueOrDefault(place) == PlacesMax))
            {
                throw new TooManySignInsException();
            }

            _placesTaken++;
            foreach (var place in places)
            {
                _places[place] = _places.GetValueOrDefault(place) + 1;
            }
        }
    }

    private void GiveBack(object[] places)
    {
        lock (_gate)
        {
            _placesTaken--;
            foreach (var place in places)
            {
                if (--_places[place] == 0)
                {
                    _places.Remove(place);
                }
            }
        }
    }
}

internal sealed class TooManySignInsException() : Exception("Too many sign-ins wait for their turn.");
