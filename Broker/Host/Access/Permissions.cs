namespace ScheduleZero.Broker.Host.Access;

/// <summary>What a route may ask of its caller, as <c>resource:verb</c>. Permanent words: custom roles are written in them.</summary>
internal static class Permissions
{
    public const string JobsRead = "jobs:read";
    public const string JobsRun = "jobs:run";
    public const string SchedulesRead = "schedules:read";
    public const string SchedulesWrite = "schedules:write";
    public const string SchedulesTrigger = "schedules:trigger";
    public const string HandlersRead = "handlers:read";
    public const string HandlersManage = "handlers:manage";
    public const string KeysManage = "keys:manage";
    public const string ExecutionsRead = "executions:read";
    public const string EventsRead = "events:read";
    public const string AuditRead = "audit:read";
    public const string StatsRead = "stats:read";
    public const string ReferenceRead = "reference:read";
}
