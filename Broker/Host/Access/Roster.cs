using System.Collections.Concurrent;
using ScheduleZero.Broker.Core.Access;
using ScheduleZero.Contracts;

namespace ScheduleZero.Broker.Host.Access;

/// <summary>
/// The users, roles, sign-ins, signing keys, namespaces and CURVE keys as last committed. Safe from any thread.
/// </summary>
internal sealed class Roster
{
    private readonly ConcurrentDictionary<string, UserRecord> _users = new(StringComparer.Ordinal);
    private readonly ConcurrentDictionary<string, string> _userIds = new(StringComparer.Ordinal);
    private readonly ConcurrentDictionary<string, Role> _roles = new(StringComparer.Ordinal);
    private readonly ConcurrentDictionary<string, SignInRecord> _signIns = new(StringComparer.Ordinal);
    private readonly ConcurrentDictionary<string, SigningKeyRecord> _signingKeys = new(StringComparer.Ordinal);
    private readonly ConcurrentDictionary<string, EnrolmentRecord> _enrolments = new(StringComparer.Ordinal);

    private readonly ConcurrentDictionary<string, NamespaceRecord> _namespaces = new(StringComparer.Ordinal);
    private readonly ConcurrentDictionary<string, CurveKeyRecord> _curveKeys = new(StringComparer.Ordinal);
    private long _curveKeyChanges;

    public IEnumerable<NamespaceRecord> Namespaces => _namespaces.Values;

    public ICollection<CurveKeyRecord> CurveKeys => _curveKeys.Values;

    /// <summary>How often a CURVE key was added, changed or deleted.</summary>
    public long CurveKeyChanges => Interlocked.Read(ref _curveKeyChanges);

    public IEnumerable<UserRecord> Users => _users.Values;

    public IEnumerable<Role> CustomRoles => _roles.Values;

    public IEnumerable<SigningKeyRecord> SigningKeys => _signingKeys.Values;

    /// <summary>Stores one row that was committed.</summary>
    /// <param name="record">The row; null when it was deleted.</param>
    public void Put(AccessKind kind, string key, AccessRecord? record)
    {
        switch (kind)
        {
            case AccessKind.User:
                PutUser(key, (UserRecord?)record);
                break;
            case AccessKind.Role:
                Put(_roles, key, record is RoleRecord role ? new Role(role) : null);
                break;
            case AccessKind.SignIn:
                Put(_signIns, key, (SignInRecord?)record);
                break;
            case AccessKind.SigningKey:
                Put(_signingKeys, key, (SigningKeyRecord?)record);
                break;
            case AccessKind.Enrolment:
                Put(_enrolments, key, (EnrolmentRecord?)record);
                break;
            case AccessKind.Namespace:
                Put(_namespaces, key, (NamespaceRecord?)record);
                break;
            case AccessKind.CurveKey:
                Put(_curveKeys, key, (CurveKeyRecord?)record);
                Interlocked.Increment(ref _curveKeyChanges);
                break;
            default:
                throw new ArgumentOutOfRangeException(
                    nameof(kind),
                    kind,
                    "A kind of row that the roster does not know."
                );
        }
    }

    public IEnumerable<EnrolmentRecord> Enrolments => _enrolments.Values;

    public EnrolmentRecord? FindEnrolment(string id) => _enrolments.GetValueOrDefault(id);

    public UserRecord? FindUser(string id) => _users.GetValueOrDefault(id);

    /// <summary>The user of a name; null when there is none.</summary>
    /// <param name="normalizedName">The name in the form of <see cref="UserRecord.NormalizedName"/>.</param>
    public UserRecord? FindUserByName(string normalizedName) =>
        _userIds.TryGetValue(normalizedName, out var id) ? FindUser(id) : null;

    /// <summary>The role; null for one that does not exist, whose grants then give nothing.</summary>
    public Role? FindRole(string name) => Role.FindBuiltIn(name) ?? _roles.GetValueOrDefault(name);

    public SignInRecord? FindSignIn(string id) => _signIns.GetValueOrDefault(id);

    public SigningKeyRecord? FindSigningKey(string id) => _signingKeys.GetValueOrDefault(id);

    public NamespaceRecord? FindNamespace(string name) => _namespaces.GetValueOrDefault(name);

    /// <summary>The row of a public CURVE key; null for a key that is on no list.</summary>
    public CurveKeyRecord? FindCurveKey(string publicKey) =>
        _curveKeys.GetValueOrDefault(CurveKeyId.Of(publicKey)) is { } record && record.PublicKey == publicKey
            ? record
            : null;

    public IReadOnlyList<SignInRecord> SignInsOf(string userId) =>
        [.. _signIns.Values.Where(signIn => signIn.UserId == userId)];

    private void PutUser(string id, UserRecord? user)
    {
        if (_users.TryGetValue(id, out var old) && old.NormalizedName != user?.NormalizedName)
        {
            _userIds.TryRemove(KeyValuePair.Create(old.NormalizedName, id));
        }

        Put(_users, id, user);
        if (user is not null)
        {
            _userIds[user.NormalizedName] = id;
        }
    }

    private static void Put<T>(ConcurrentDictionary<string, T> rows, string key, T? row)
        where T : class
    {
        if (row is null)
        {
            rows.TryRemove(key, out _);
        }
        else
        {
            rows[key] = row;
        }
    }
}
