using System.Net;
using Microsoft.AspNetCore.Identity;
using ScheduleZero.Broker.Core.Access;
using ScheduleZero.Edges;

namespace ScheduleZero.Broker.Host.Access.SignIn;

/// <summary>
/// Checks passwords, few at a time, and locks users out whose passwords are guessed at. A check takes as long for an
/// unknown, disabled or locked user as for any other and ends the same way, so that nobody learns which users there
/// are. A crowd that guesses user names shuts no user out: beyond a few, checks for users whom no password lets in
/// share one computation (an idle check).
/// </summary>
internal sealed class PasswordCheck(UserManager<User> users, TimeProvider time) : IDisposable
{
    public const int FailuresMax = 10;
    public static readonly TimeSpan LockOut = TimeSpan.FromMinutes(5);

    /// <summary>
    /// The number of iterations, by the OWASP Password Storage Cheat Sheet, for PBKDF2 with HMAC-SHA-512.
    /// </summary>
    public const int Iterations = 210_000;

    private const int AtOnceMax = 2;
    private const int WaitingMax = 32;

    /// <summary>
    /// How many sign-ins may be under way from one address (of IPv6: one /64 network), and with one user name, whether
    /// there is such a user or not.
    /// </summary>
    public const int PlacesMax = AtOnceMax + WaitingMax;

    /// <summary>How many sign-ins may be under way in all; bounds memory.</summary>
    public const int PlacesInAllMax = 4_096;

    /// <summary>How many idle checks may wait for their turn.</summary>
    public const int IdleChecksMax = 8;

    private const int WriteTries = 20;

    private readonly SemaphoreSlim _turns = new(AtOnceMax);
    private readonly string _nobodysHash = users.PasswordHasher.HashPassword(NewNobody(), "nobody has this password");
    private readonly Lock _gate = new();

    /// <summary>The number of sign-ins under way for each address and each user name.</summary>
    private readonly Dictionary<object, int> _places = [];

    /// <summary>The idle checks that wait for their turn or run, the newest last.</summary>
    private readonly List<TaskCompletionSource> _idleChecks = [];

    /// <summary>The number of sign-ins under way in all.</summary>
    private int _placesOccupied;

    /// <summary>
    /// The user, if the password is right and the user may sign in; otherwise the reason. The second factor is not
    /// checked here.
    /// </summary>
    /// <param name="address">The caller's address.</param>
    /// <exception cref="TooManySignInsException">More wait than is sensible.</exception>
    public async Task<(User? User, string? Reason)> CheckAsync(
        string userName,
        string password,
        IPAddress? address,
        CancellationToken cancellationToken
    )
    {
        object[] places = [ClientNetwork.Of(address), users.NormalizeName(userName)];
        OccupyPlaces(places);
        try
        {
            if (ReasonOf(await users.FindByNameAsync(userName)) is { } reason)
            {
                await CheckIdlyAsync(password, cancellationToken);
                return (null, reason);
            }

            return await CheckUserAsync(userName, password, cancellationToken);
        }
        finally
        {
            GiveBack(places);
        }
    }

    // The reason why no password lets the user in; null when the right password does.
    private string? ReasonOf(User? user) =>
        user switch
        {
            null => "unknown user",
            { Record.Disabled: true } => "disabled",
            _ when user.Record.LockedUntil > time.GetUtcNow() => "locked out",
            { Record.PasswordHash: null } => "no password",
            _ => null,
        };

    private async Task<(User? User, string? Reason)> CheckUserAsync(
        string userName,
        string password,
        CancellationToken cancellationToken
    )
    {
        // A check takes a tenth of a second of a core, so a flood of unbounded checks would stop everything else.
        await _turns.WaitAsync(cancellationToken);
        try
        {
            // The user is read again: while this check waited, others may have failed so often that the user is locked.
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

    /// <summary>
    /// Counts a wrong password or code against a user. After ten in a row the user is locked for five minutes.
    /// </summary>
    public async Task NoteFailureAsync(string userId)
    {
        for (var tries = 0; tries < WriteTries; tries++)
        {
            // The user is read again for each try, since others may be failing at the same moment and every failure
            // counts.
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

    // Does for somebody whom no password lets in what a check of a user's password does: waits for a turn and does the
    // same work. When several such checks wait already, a newcomer shares the newest of them, so that it takes about as
    // long as a user's check at that moment, and takes no turn away from users.
    private async Task CheckIdlyAsync(string password, CancellationToken cancellationToken)
    {
        TaskCompletionSource? own = null;
        Task shared;
        lock (_gate)
        {
            if (_idleChecks.Count < IdleChecksMax)
            {
                own = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
                _idleChecks.Add(own);
            }

            shared = _idleChecks[^1].Task;
        }

        if (own is null)
        {
            await shared.WaitAsync(cancellationToken);
            return;
        }

        // Others may share this check, so it goes on also when the request that began it is gone.
        await _turns.WaitAsync(CancellationToken.None);
        lock (_gate)
        {
            _idleChecks.Remove(own);
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

    private void OccupyPlaces(object[] places)
    {
        lock (_gate)
        {
            if (_placesOccupied == PlacesInAllMax || places.Any(place => _places.GetValueOrDefault(place) == PlacesMax))
            {
                throw new TooManySignInsException();
            }

            _placesOccupied++;
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
            _placesOccupied--;
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
