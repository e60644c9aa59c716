using System.Net;
using ScheduleZero.Contracts;
using ScheduleZero.Contracts.Rest;

namespace ScheduleZero.Broker.Host.Access;

internal enum Verdict
{
    Allowed,
    Forbidden,

    /// <summary>The caller has no role in the namespace, so it must look as if it did not exist.</summary>
    Hidden,
}

/// <summary>The verdict about one request.</summary>
/// <param name="Names">
/// The names that the permission is limited to; null when it is not limited, and for other verdicts than
/// <see cref="Verdict.Allowed"/>.
/// </param>
internal readonly record struct Judgement(Verdict Verdict, NameScope? Names = null)
{
    public bool IsFull => Verdict == Verdict.Allowed && Names is null;

    public bool Opens(string name) => Verdict == Verdict.Allowed && Names.Opens(name);
}

/// <summary>Decides what a caller may do. No other class decides that.</summary>
internal sealed class Authority(Roster roster)
{
    /// <summary>Stands for all namespaces, those to come included.</summary>
    public const string Everywhere = "*";

    /// <summary>Decides whether a caller may use a permission.</summary>
    /// <param name="ns">The namespace that the route names; null for a route of the whole Broker.</param>
    /// <param name="address">The caller's address, since a role may be bound to addresses.</param>
    public Judgement Judge(Caller caller, string permission, string? ns, IPAddress? address)
    {
        // A handler's or Bridge's key opens the handler protocol and nothing else. A user whose password was set by
        // somebody else may only change it.
        if (!caller.MayCall)
        {
            return new Judgement(Verdict.Forbidden);
        }

        return ns is null || IsOpen(ns, address) || (ns == Everywhere && permission == Permissions.KeysManage)
            ? Find(caller, permission, ns, address)
            : new Judgement(Verdict.Hidden);
    }

    /// <summary>Whether the caller has any role in the namespace.</summary>
    public static bool HasPlaceIn(Caller caller, string ns) =>
        caller.Grants.Any(grant => grant.Namespace == Everywhere || grant.Namespace == ns);

    /// <summary>What the roles of a caller open, for callers who want to know before they ask.</summary>
    public IReadOnlyList<GrantedRule> RulesOf(Caller caller, IPAddress? address)
    {
        if (!caller.MayCall)
        {
            return [];
        }

        return
        [
            .. from grant in caller.Grants
            let role = roster.FindRole(grant.Role)
            where role is not null && Admits(role, address)
            from rule in role.ResolvedRules
            let permissions = rule
                .Permitted.Where(permission =>
                    grant.Namespace == Everywhere || !Permissions.IsOfWholeBroker(permission)
                )
                .Order(StringComparer.Ordinal)
                .ToArray()
            where permissions.Length > 0
            select new GrantedRule(grant.Namespace, permissions, rule.Names),
        ];
    }

    /// <summary>
    /// Whether the caller may give a role: everything that the role opens must be open to the caller too, from every
    /// address that the role will be used from.
    /// </summary>
    /// <param name="keyAddresses">
    /// Addresses of the key that is to have the role; null for a key that may be used from anywhere, and for a user.
    /// </param>
    public bool MayGrant(
        Caller caller,
        RoleGrant grant,
        IPAddress? address,
        IReadOnlyList<string>? keyAddresses = null
    ) => roster.FindRole(grant.Role) is { } role && MayGrant(caller, role, grant.Namespace, address, keyAddresses);

    /// <inheritdoc cref="MayGrant(Caller, RoleGrant, IPAddress, IReadOnlyList{string})"/>
    public bool MayGrant(
        Caller caller,
        Role role,
        string ns,
        IPAddress? address,
        IReadOnlyList<string>? keyAddresses = null
    )
    {
        var reach = new Reach(keyAddresses, role.Record?.Addresses);
        // Permissions on the whole Broker have no effect in a namespace, so a grant in one does not hand them out.
        return role.ResolvedRules.All(rule =>
            rule.Permitted.Where(permission => ns == Everywhere || !Permissions.IsOfWholeBroker(permission))
                .All(permission => Covers(Find(caller, permission, ns, address, reach), rule.Names))
        );
    }

    private static bool Covers(Judgement own, IReadOnlyList<string>? names) =>
        own.IsFull
        || (own is { Verdict: Verdict.Allowed, Names: { } scope } && names?.All(scope.Patterns.Contains) == true);

    /// <summary>Joins what all roles of a caller say of a permission.</summary>
    /// <param name="reach">Counts only roles that hold at all addresses of the reach; null counts all roles.</param>
    private Judgement Find(Caller caller, string permission, string? ns, IPAddress? address, Reach? reach = null)
    {
        var isHidden = ns is not null;
        List<string>? names = null;
        for (var i = 0; i < caller.Grants.Count; i++)
        {
            var grant = caller.Grants[i];
            if (!IsAbout(grant, permission, ns))
            {
                continue;
            }

            isHidden = false;
            if (grant.Namespace != Everywhere && Permissions.IsOfWholeBroker(permission))
            {
                continue;
            }

            if (
                roster.FindRole(grant.Role) is not { } role
                || !Admits(role, address)
                || reach?.FitsIn(role.Record?.Addresses) == false
            )
            {
                continue;
            }

            foreach (var rule in role.ResolvedRules)
            {
                if (!rule.Grants(permission))
                {
                    continue;
                }

                if (rule.Names is null)
                {
                    return new Judgement(Verdict.Allowed);
                }

                (names ??= []).AddRange(rule.Names);
            }
        }

        return names is not null
            ? new Judgement(Verdict.Allowed, new NameScope(names))
            : new Judgement(isHidden ? Verdict.Hidden : Verdict.Forbidden);
    }

    // A namespace is open when it exists (or is "default", which always does), is not being deleted, and takes callers
    // from that address.
    private bool IsOpen(string ns, IPAddress? address) =>
        roster.FindNamespace(ns) is { } record
            ? record.DeletedAt is null
                && (record.Addresses is null || AddressRange.AnyHolds(record.Addresses, address?.ToString()))
            : ns == Names.DefaultNamespace;

    // A grant in one namespace does not open routes of the whole Broker, whose sums cover other tenants. The API
    // reference is an exception: it is the same for everybody.
    private static bool IsAbout(RoleGrant grant, string permission, string? ns) =>
        grant.Namespace == Everywhere || (ns is null ? permission == Permissions.ReferenceRead : grant.Namespace == ns);

    /// <summary>
    /// The addresses at which a grant will hold: those that are in both lists. A list that is null means anywhere.
    /// </summary>
    private readonly record struct Reach(IReadOnlyList<string>? One, IReadOnlyList<string>? Other)
    {
        public bool FitsIn(IReadOnlyList<string>? addresses) =>
            OwnBounds.IsWithin(One, addresses) || OwnBounds.IsWithin(Other, addresses);
    }

    private static bool Admits(Role role, IPAddress? address) =>
        role.Record?.Addresses is not { } addresses || AddressRange.AnyHolds(addresses, address?.ToString());
}
