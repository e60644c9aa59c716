using System.Net;
using ScheduleZero.Contracts;
using ScheduleZero.Contracts.Rest;

namespace ScheduleZero.Broker.Host.Access;

internal enum Verdict
{
    Allowed,
    Forbidden,

    /// <summary>The namespace is none of the caller's: to them it does not exist.</summary>
    Hidden,
}

/// <param name="Names">Only with <see cref="Verdict.Allowed"/>: what the permission is limited to; null for
/// everything.</param>
internal readonly record struct Judgement(Verdict Verdict, NameScope? Names = null)
{
    public bool IsFull => Verdict == Verdict.Allowed && Names is null;

    public bool Opens(string name) => Verdict == Verdict.Allowed && Names.Opens(name);
}

/// <summary>The one place that answers "may I?".</summary>
internal sealed class Authority(Roster roster)
{
    /// <summary>Stands for all namespaces, those to come included.</summary>
    public const string Everywhere = "*";

    /// <param name="ns">The namespace that the route names; null for a route of the whole Broker.</param>
    /// <param name="address">Where the caller is: a role may be bound to addresses.</param>
    public Judgement Judge(Caller caller, string permission, string? ns, IPAddress? address)
    {
        // A handler's or Bridge's key opens the handler protocol and nothing else; a password that was given out opens
        // its own change.
        if (!caller.MayCall)
        {
            return new Judgement(Verdict.Forbidden);
        }

        return ns is null || IsOpen(ns, address) || (ns == Everywhere && permission == Permissions.KeysManage)
            ? Find(caller, permission, ns, address)
            : new Judgement(Verdict.Hidden);
    }

    /// <summary>Whether the caller has any role there at all.</summary>
    public static bool HasPlaceIn(Caller caller, string ns) =>
        caller.Grants.Any(grant => grant.Namespace == Everywhere || grant.Namespace == ns);

    /// <summary>
    /// Nobody hands out what they do not have: whether all that the role opens there is open to the caller, wherever it
    /// will be used from.
    /// </summary>
    /// <param name="keyAddresses">Of the key that is to have the role; null for one that may be used from anywhere, and
    /// for a user.</param>
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
        // The Broker's own affairs are worth nothing in a namespace, so they are not handed out there either.
        return role.Ready.All(rule =>
            rule.Permitted.Where(permission => ns == Everywhere || !Permissions.IsOfWholeBroker(permission))
                .All(permission => Covers(Find(caller, permission, ns, address, reach), rule.Names))
        );
    }

    private static bool Covers(Judgement own, IReadOnlyList<string>? names) =>
        own.IsFull
        || (own is { Verdict: Verdict.Allowed, Names: { } scope } && names?.All(scope.Patterns.Contains) == true);

    /// <param name="reach">Only roles that hold wherever this does are counted; null counts all.</param>
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

            foreach (var rule in role.Ready)
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

    // It exists, or is "default", which always does; is not on its way out; and takes callers from there.
    private bool IsOpen(string ns, IPAddress? address) =>
        roster.FindNamespace(ns) is { } record
            ? record.DeletedAt is null
                && (record.Addresses is null || AddressRange.AnyHolds(record.Addresses, address?.ToString()))
            : ns == Names.DefaultNamespace;

    // The reference tells the same to everybody; sums over all namespaces are not for the tenant of one.
    private static bool IsAbout(RoleGrant grant, string permission, string? ns) =>
        grant.Namespace == Everywhere || (ns is null ? permission == Permissions.ReferenceRead : grant.Namespace == ns);

    /// <summary>
    /// Where something that is granted will hold: at addresses that are in both lists. Null is anywhere.
    /// </summary>
    private readonly record struct Reach(IReadOnlyList<string>? One, IReadOnlyList<string>? Other)
    {
        public bool FitsIn(IReadOnlyList<string>? addresses) =>
            OwnBounds.IsWithin(One, addresses) || OwnBounds.IsWithin(Other, addresses);
    }

    private static bool Admits(Role role, IPAddress? address) =>
        role.Record?.Addresses is not { } addresses || AddressRange.AnyHolds(addresses, address?.ToString());
}
