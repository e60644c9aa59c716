using System.Collections.Frozen;

namespace ScheduleZero.Broker.Host.Access;

/// <summary>
/// The permissions that a route may demand of its caller, as <c>resource:verb</c>. The words are permanent: custom
/// roles are written in them.
/// </summary>
internal static class Permissions
{
    public const string JobsRead = "jobs:read";
    public const string JobsRun = "jobs:run";
    public const string SchedulesRead = "schedules:read";

    /// <summary>The permission to make schedules, and to change the caller's own.</summary>
    public const string SchedulesWrite = "schedules:write";

    /// <summary>
    /// The permission to change schedules of others too; has effect only together with <see cref="SchedulesWrite"/>.
    /// </summary>
    public const string SchedulesWriteAny = "schedules:write-any";

    public const string SchedulesTrigger = "schedules:trigger";

    /// <summary>The permission to pause and resume schedules, also those of others.</summary>
    public const string SchedulesPause = "schedules:pause";
    public const string CalendarsRead = "calendars:read";
    public const string CalendarsWrite = "calendars:write";
    public const string HandlersRead = "handlers:read";
    public const string HandlersManage = "handlers:manage";

    /// <summary>
    /// The permission to drain, resume and disconnect handlers, all of which can be undone.
    /// <see cref="HandlersManage"/> includes it.
    /// </summary>
    public const string HandlersOperate = "handlers:operate";

    /// <summary>The permission to pause and resume methods, which can be undone.</summary>
    public const string MethodsPause = "methods:pause";
    public const string AlertsRead = "alerts:read";

    /// <summary>The permission to let rules of alerts tell nobody for a time, which can be undone.</summary>
    public const string AlertsMute = "alerts:mute";

    /// <summary>The permission to make and change rules and channels of alerts.</summary>
    public const string AlertsManage = "alerts:manage";
    public const string KeysManage = "keys:manage";
    public const string ExecutionsRead = "executions:read";
    public const string EventsRead = "events:read";
    public const string AuditRead = "audit:read";
    public const string StatsRead = "stats:read";
    public const string ReferenceRead = "reference:read";
    public const string LinksRead = "links:read";
    public const string SettingsRead = "settings:read";
    public const string CurveManage = "curve:manage";
    public const string UsersManage = "users:manage";
    public const string RolesManage = "roles:manage";
    public const string NamespacesRead = "namespaces:read";
    public const string NamespacesManage = "namespaces:manage";

    /// <summary>The word for every permission, also for those of later versions.</summary>
    public const string Everything = "*";

    public static FrozenSet<string> All { get; } =
        FrozenSet.Create(
            StringComparer.Ordinal,
            JobsRead,
            JobsRun,
            SchedulesRead,
            SchedulesWrite,
            SchedulesWriteAny,
            SchedulesTrigger,
            SchedulesPause,
            CalendarsRead,
            CalendarsWrite,
            HandlersRead,
            HandlersManage,
            HandlersOperate,
            MethodsPause,
            AlertsRead,
            AlertsMute,
            AlertsManage,
            KeysManage,
            ExecutionsRead,
            EventsRead,
            AuditRead,
            StatsRead,
            LinksRead,
            SettingsRead,
            CurveManage,
            ReferenceRead,
            UsersManage,
            RolesManage,
            NamespacesRead,
            NamespacesManage
        );

    /// <summary>
    /// Whether a permission is about the whole Broker, and so has effect only when it is granted everywhere.
    /// </summary>
    public static bool IsOfWholeBroker(string permission) =>
        permission is UsersManage or RolesManage or NamespacesManage or LinksRead or SettingsRead or CurveManage;

    /// <summary>
    /// The permissions that a pattern stands for. A pattern is the name of a permission, <c>resource:*</c>, or
    /// <c>*</c>; any other text stands for none.
    /// </summary>
    public static IEnumerable<string> Matching(string pattern) =>
        pattern == Everything ? All
        : pattern.EndsWith(":*", StringComparison.Ordinal)
            ? All.Where(permission => permission.StartsWith(pattern[..^1], StringComparison.Ordinal))
        : All.Where(permission => permission == pattern);
}
