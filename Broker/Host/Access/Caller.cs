using System.Runtime.CompilerServices;
using System.Security.Claims;
using ScheduleZero.Broker.Core.Access;
using ScheduleZero.Contracts.Rest;

namespace ScheduleZero.Broker.Host.Access;

/// <summary>The caller of a request: the holder of a key, or a user in a session.</summary>
internal sealed class Caller : ClaimsPrincipal
{
    // The caller of each key that is in use, shared by all the key's requests: so a million waiting jobs share the one
    // text that names their maker.
    private static readonly ConditionalWeakTable<KeyRecord, Caller> OfKeys = [];
    private static readonly ConditionalWeakTable<SignInRecord, Caller> OfSignIns = [];

    private readonly object? _partition;

    private Caller(string name)
        : base(new ClaimsIdentity([new Claim(ClaimTypes.Name, name)], BearerAuthentication.Scheme))
    {
        Name = name;
    }

    /// <summary>The caller's name as <c>createdBy</c> shows it.</summary>
    public string Name { get; }

    /// <summary>The key that was shown; null for a user.</summary>
    public KeyRecord? Key { get; private init; }

    /// <summary>The user who is signed in; null for a key.</summary>
    public UserRecord? User { get; private init; }

    /// <summary>The user's session; null for a key.</summary>
    public SignInRecord? SignIn { get; private init; }

    public required IReadOnlyList<RoleGrant> Grants { get; init; }

    public required int? RequestsPerMinute { get; init; }

    /// <summary>
    /// Whether the caller may use REST; false for keys of handlers and Bridges, and for a user who must change the
    /// password first.
    /// </summary>
    public required bool MayCall { get; init; }

    /// <summary>An object that is equal for all requests that are counted together against limits.</summary>
    public object Partition
    {
        get => _partition ?? this;
        private init => _partition = value;
    }

    public static Caller For(KeyRecord key) =>
        OfKeys.GetValue(
            key,
            static key =>
            {
                return new Caller($"key:{key.AccountOrId}")
                {
                    Key = key,
                    Grants =
                        key.Kind == KeyKind.Service
                            ? [.. (key.Roles ?? []).Select(role => new RoleGrant(role, key.Namespace))]
                            : [],
                    RequestsPerMinute = key.RequestsPerMinute,
                    MayCall = key.Kind == KeyKind.Service,
                };
            }
        );

    /// <summary>The caller of a session.</summary>
    /// <param name="user">The session's user as last committed.</param>
    public static Caller For(SignInRecord signIn, UserRecord user)
    {
        if (OfSignIns.TryGetValue(signIn, out var known) && ReferenceEquals(known.User, user))
        {
            return known;
        }

        var caller = new Caller($"user:{user.UserName}")
        {
            User = user,
            SignIn = signIn,
            Grants = user.Roles,
            RequestsPerMinute = user.RequestsPerMinute,
            MayCall = !user.MustChangePassword,
            // The same for all sessions of the user, and another once the limit is changed.
            Partition = new UserPartition(user.Id, user.RequestsPerMinute),
        };
        OfSignIns.AddOrUpdate(signIn, caller);
        return caller;
    }

    /// <summary>Makes all sessions of a user count together against limits.</summary>
    internal sealed record UserPartition(string UserId, int? RequestsPerMinute);

    /// <summary>The caller of a request, whose route demands one.</summary>
    public static Caller Of(HttpContext http) =>
        http.User as Caller
        ?? throw new InvalidOperationException($"Route {http.Request.Path} is served without a caller.");
}
