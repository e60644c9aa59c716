using ScheduleZero.Broker.Core.Access;
using ScheduleZero.Broker.Host.Access;
using ScheduleZero.Broker.Host.Http;
using ScheduleZero.Contracts.Rest;

namespace ScheduleZero.Broker.Host.Api.Keys;

/// <summary>
/// Decides what a caller may give to a key: nothing that the caller does not have. Refusals are noted for the audit
/// log.
/// </summary>
internal sealed class KeyGrants(Roster roster, Authority authority, Denials denials, BrokerApiOptions options)
{
    // The refusal of a Bridge's key: a Bridge carries the handlers of every namespace.
    private static ProblemAnswer BridgeKeysNeedEverywhere { get; } =
        AccessProblems.MissingPermission(Permissions.KeysManage, null);

    /// <summary>
    /// Whether a request in a namespace also reaches the keys that hold everywhere. Such keys are seen, changed and
    /// revoked only by callers who may do so everywhere.
    /// </summary>
    public bool MayReachKeysOfEverywhere(string ns, HttpContext http) =>
        ns != Authority.Everywhere && MayEverywhere(http);

    /// <summary>Why the caller may not make the key; null when they may.</summary>
    public ProblemAnswer? CheckCreation(KeyRequest request, string ns, HttpContext http)
    {
        var own = OwnBounds.Of(Caller.Of(http));
        return CheckBridge(request.Kind, http)
            ?? denials.NoteIfForbidden(http, own.Check(request.ExpiresAt, request.Addresses, request.RequestsPerMinute))
            // The address of a Bridge cannot be seen on its link, so its key cannot be bound to the caller's addresses.
            ?? (
                request.Kind == KeyKind.Bridge && own.Addresses is not null
                    ? denials.NoteIfForbidden(http, (own with { EndsAt = null }).CheckUnbound("A Bridge's key"))
                    : null
            )
            ?? CheckRoles(request.Roles, ns, request.Addresses ?? own.Addresses, http);
    }

    /// <summary>Why the caller may not have a new key in the place of this one; null when they may.</summary>
    public ProblemAnswer? CheckRotation(KeyRecord old, string scope, HttpContext http) =>
        // The caller sees the new key's secret, so the key must not open more than the caller may give.
        CheckBridge(old.Kind, http)
        ?? denials.NoteIfForbidden(
            http,
            OwnBounds.Of(Caller.Of(http)).CheckHolding(old, options.RequestLimits.RequestsPerMinute)
        )
        ?? CheckRoles(old.Roles, scope, old.Addresses, http);

    /// <summary>Why the caller may not change the key so; null when they may.</summary>
    public ProblemAnswer? CheckChange(KeyRecord old, KeyPatch patch, string scope, HttpContext http) =>
        denials.NoteIfForbidden(
            http,
            OwnBounds.Of(Caller.Of(http)).Check(null, patch.Addresses, patch.RequestsPerMinute)
        ) ?? (patch.RequestsPerMinute is null ? null : CheckRoles(old.Roles, scope, old.Addresses, http));

    private bool MayEverywhere(HttpContext http) =>
        authority
            .Judge(Caller.Of(http), Permissions.KeysManage, Authority.Everywhere, http.Connection.RemoteIpAddress)
            .IsFull;

    private ProblemAnswer? CheckBridge(KeyKind kind, HttpContext http) =>
        kind == KeyKind.Bridge && !MayEverywhere(http) ? denials.NoteIfForbidden(http, BridgeKeysNeedEverywhere) : null;

    /// <summary>Why the caller may not give the roles; null when they may.</summary>
    /// <param name="addresses">The addresses that the key may be used from; null for anywhere.</param>
    private ProblemAnswer? CheckRoles(
        IReadOnlyList<string>? roles,
        string ns,
        IReadOnlyList<string>? addresses,
        HttpContext http
    )
    {
        foreach (var (i, role) in (roles ?? []).Index())
        {
            if (roster.FindRole(role) is null)
            {
                return Problems.Invalid($"roles[{i}]", $"There is no role \"{role}\".");
            }

            if (
                !authority.MayGrant(
                    Caller.Of(http),
                    new RoleGrant(role, ns),
                    http.Connection.RemoteIpAddress,
                    addresses
                )
            )
            {
                return denials.NoteIfForbidden(http, AccessProblems.MoreThanOwn(role, ns));
            }
        }

        return null;
    }
}
