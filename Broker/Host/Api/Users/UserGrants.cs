using ScheduleZero.Broker.Core.Access;
using ScheduleZero.Broker.Host.Access;
using ScheduleZero.Broker.Host.Http;
using ScheduleZero.Contracts.Rest;

namespace ScheduleZero.Broker.Host.Api.Users;

/// <summary>
/// Decides what a caller may give to a user: nothing that the caller does not have. Refusals are noted for the audit
/// log.
/// </summary>
internal sealed class UserGrants(Roster roster, Authority authority, Denials denials)
{
    /// <summary>Whether a change lets the user do more than before.</summary>
    public static bool Gives(UserPatch patch, UserRecord user) =>
        patch.Disabled == false
        || patch.TwoFactor == false
        || patch.RequestsPerMinute is not null
        || patch.Roles?.Except(user.Roles).Any() == true;

    /// <summary>Why the caller may make no user, nor let one do more; null when they may.</summary>
    public ProblemAnswer? CheckBounds(int? requestsPerMinute, HttpContext http)
    {
        // A user has no end and signs in from anywhere, which a key that ends or is bound to addresses may not hand
        // out.
        var own = OwnBounds.Of(Caller.Of(http));
        return denials.NoteIfForbidden(http, own.CheckUnbound("A user") ?? own.Check(null, null, requestsPerMinute));
    }

    /// <summary>Why the caller may not give one of the roles; null when they may.</summary>
    public ProblemAnswer? CheckRoles(IEnumerable<RoleGrant>? roles, HttpContext http)
    {
        foreach (var grant in roles ?? [])
        {
            if (roster.FindRole(grant.Role) is null)
            {
                return Problems.Invalid("roles", $"There is no role \"{grant.Role}\".");
            }

            if (!authority.MayGrant(Caller.Of(http), grant, http.Connection.RemoteIpAddress))
            {
                return denials.NoteIfForbidden(http, AccessProblems.MoreThanOwn(grant.Role, grant.Namespace));
            }
        }

        return null;
    }

    /// <summary>
    /// Why the caller may not act on the user; null when they may. Whoever may set another's password may become that
    /// other, so a user is in reach only of callers who may do at least as much.
    /// </summary>
    public ProblemAnswer? CheckReach(UserRecord user, HttpContext http) =>
        CheckRoles(user.Roles.Where(grant => roster.FindRole(grant.Role) is not null), http);
}
