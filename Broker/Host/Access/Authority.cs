using System.Collections.Frozen;
using ScheduleZero.Broker.Core.Access;
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

/// <summary>The one place that answers "may I?".</summary>
internal static class Authority
{
    /// <summary>Stands for all namespaces, those to come included.</summary>
    public const string Everywhere = "*";

    private static readonly FrozenSet<string> Viewer = FrozenSet.Create(
        StringComparer.Ordinal,
        Permissions.JobsRead,
        Permissions.SchedulesRead,
        Permissions.HandlersRead,
        Permissions.ExecutionsRead,
        Permissions.EventsRead,
        Permissions.StatsRead,
        Permissions.ReferenceRead);

    private static readonly FrozenSet<string> Operator = FrozenSet.Create(
        StringComparer.Ordinal,
        [.. Viewer, Permissions.JobsRun, Permissions.SchedulesTrigger]);

    /// <param name="ns">The namespace that the route names; null for a route of the whole Broker.</param>
    public static Verdict Judge(KeyRecord key, string permission, string? ns)
    {
        // A handler's or Bridge's key opens the handler protocol and nothing else.
        if (key.Kind != KeyKind.Service)
        {
            return Verdict.Forbidden;
        }

        if (ns is null)
        {
            return IsWholeBroker(permission) && key.Namespace != Everywhere ? Verdict.Forbidden : ByRole(key, permission);
        }

        return Names.IsNamespace(ns) || (ns == Everywhere && permission == Permissions.KeysManage)
            ? key.Namespace == Everywhere || key.Namespace == ns ? ByRole(key, permission) : Verdict.Hidden
            : Verdict.Hidden;
    }

    // The reference tells the same to everybody; sums over all namespaces are not for the tenant of one.
    private static bool IsWholeBroker(string permission) => permission != Permissions.ReferenceRead;

    private static Verdict ByRole(KeyRecord key, string permission)
    {
        if (key.Roles is { } roles)
        {
            for (var i = 0; i < roles.Count; i++)
            {
                if (Grants(roles[i], permission))
                {
                    return Verdict.Allowed;
                }
            }
        }

        return Verdict.Forbidden;
    }

    private static bool Grants(string role, string permission) => role switch
    {
        Roles.Admin => true,
        Roles.Operator => Operator.Contains(permission),
        Roles.Viewer => Viewer.Contains(permission),
        _ => false,
    };
}
