using Microsoft.AspNetCore.Authorization;
using ScheduleZero.Broker.Core.Audit;
using ScheduleZero.Broker.Host.Access;
using ScheduleZero.Contracts.Rest;

namespace ScheduleZero.Broker.Host.Audit;

/// <summary>What the audit log says of a request.</summary>
internal static class AuditNotes
{
    public const string ApiKeyMethod = "api-key";

    /// <summary>Of what the Broker does by itself.</summary>
    public static AuditNote OfSystem(string action, string subject, string? ns = null) =>
        new() { Actor = AuditNote.System, Action = action, Object = subject, Namespace = ns };

    /// <summary>Of a request that its caller may make.</summary>
    public static AuditNote Of(HttpContext http, string action, string ns, string? subject) => new()
    {
        Actor = Caller.Of(http).Name,
        Method = ApiKeyMethod,
        Action = action,
        Object = subject,
        Namespace = ns,
        Address = AddressOf(http),
        RequestId = http.TraceIdentifier,
    };

    /// <summary>Of a request that was not let in. Its action is the permission that was needed.</summary>
    public static AuditNote OfDenial(HttpContext http, string reason)
    {
        var caller = http.User as Caller;
        return new AuditNote
        {
            Actor = caller?.Name ?? AuditNote.Anonymous,
            Method = caller is null ? null : ApiKeyMethod,
            Action = PermissionOf(http) ?? "requests:make",
            Object = $"{http.Request.Method} {http.Request.Path}",
            Namespace = http.GetRouteValue(PermissionRequirement.NamespaceRouteValue) as string,
            Outcome = AuditOutcomes.Denied,
            Reason = reason,
            Address = AddressOf(http),
            RequestId = http.TraceIdentifier,
        };
    }

    private static string? AddressOf(HttpContext http) =>
        http.Connection.RemoteIpAddress is { } address ? (address.IsIPv4MappedToIPv6 ? address.MapToIPv4() : address).ToString() : null;

    private static string? PermissionOf(HttpContext http)
    {
        foreach (var demand in http.GetEndpoint()?.Metadata.GetMetadata<AuthorizationPolicy>()?.Requirements ?? [])
        {
            if (demand is PermissionRequirement { Permission: var permission })
            {
                return permission;
            }
        }

        return null;
    }
}
