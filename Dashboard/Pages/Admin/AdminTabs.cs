using ScheduleZero.Dashboard.Components;

namespace ScheduleZero.Dashboard.Pages.Admin;

/// <summary>
/// The tabs of the admin's pages. A tab is offered to those who may read it, and what belongs to the whole Broker only
/// to those whose role holds everywhere.
/// </summary>
internal static class AdminTabs
{
    public const string Users = "users";
    public const string Roles = "roles";
    public const string NewRole = "new-role";
    public const string Keys = "keys";
    public const string Enrolments = "enrolments";
    public const string CurveKeys = "curve-keys";
    public const string Namespaces = "namespaces";
    public const string Audit = "audit";
    public const string Versions = "versions";
    public const string Settings = "settings";

    private static readonly Entry[] All =
    [
        new(Users, "Users", "users:manage", OfWholeBroker: true),
        new(Roles, "Roles", "roles:manage", OfWholeBroker: true),
        new(Keys, "Keys", "keys:manage", OfWholeBroker: false),
        new(Enrolments, "Enrolments", "keys:manage", OfWholeBroker: false),
        new(CurveKeys, "CURVE keys", "curve:manage", OfWholeBroker: true),
        new(Namespaces, "Namespaces", "namespaces:read", OfWholeBroker: false),
        new(Audit, "Audit", "audit:read", OfWholeBroker: false),
        new(Versions, "Versions", "handlers:read", OfWholeBroker: false),
        new(Settings, "Settings", "settings:read", OfWholeBroker: true),
    ];

    /// <summary>The permissions of which each opens a tab.</summary>
    public static IReadOnlyList<string> Permissions { get; } =
    [.. All.Select(entry => entry.Permission).Distinct(StringComparer.Ordinal)];

    /// <summary>The tabs that are open in a namespace, in their order.</summary>
    /// <param name="may">Whether a permission is open in a namespace, or on <c>*</c>.</param>
    public static IReadOnlyList<Tab> Open(string ns, string current, Func<string, string, bool> may) =>
        [
            .. All.Where(entry => may(entry.Permission, entry.OfWholeBroker ? "*" : ns))
                .Select(entry => new Tab(entry.Label, PathOf(ns, entry.Path), entry.Path == current)),
        ];

    /// <summary>The address of a tab, relative to the base of pages.</summary>
    public static string PathOf(string ns, string tab) => $"ns/{ns}/admin/{tab}";

    private sealed record Entry(string Path, string Label, string Permission, bool OfWholeBroker);
}
