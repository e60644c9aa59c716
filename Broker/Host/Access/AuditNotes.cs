using ScheduleZero.Broker.Core.Audit;
using ScheduleZero.Contracts.Audit;

namespace ScheduleZero.Broker.Host.Access;

/// <summary>Makes the audit log's notes of requests.</summary>
internal static class AuditNotes
{
    public const string ApiKeyMethod = "api-key";
    public const string PasswordMethod = "password";
    public const string RefreshMethod = "refresh-token";

    /// <summary>The note of something that the Broker does by itself.</summary>
    public static AuditNote OfSystem(string action, string subject, string? ns = null) =>
        new()
        {
            Actor = AuditNote.System,
            Action = action,
            Object = subject,
            Namespace = ns,
        };

    /// <summary>The note of a request that its caller may make.</summary>
    /// <param name="ns">The namespace that is changed; null for something of the whole Broker.</param>
    public static AuditNote Of(HttpContext http, string action, string? ns, string? subject)
    {
        var caller = Caller.Of(http);
        return new AuditNote
        {
            Actor = caller.Name,
            Method = MethodOf(caller),
            Session = caller.SignIn?.Id,
            Action = action,
            Object = subject,
            Namespace = ns,
            Address = AddressOf(http),
            RequestId = http.TraceIdentifier,
        };
    }

    /// <summary>The note of somebody who shows a password or a refresh token.</summary>
    /// <param name="userName">The user who was recognized; null when none was.</param>
    public static AuditNote OfSignIn(HttpContext http, string? userName, string method, string action) =>
        new()
        {
            Actor = userName is null ? AuditNote.Anonymous : $"user:{userName}",
            Method = method,
            Action = action,
            Address = AddressOf(http),
            RequestId = http.TraceIdentifier,
        };

    /// <summary>
    /// The note of a request that was refused. The action of the note is the permission that was needed.
    /// </summary>
    public static AuditNote OfDenial(HttpContext http, string reason)
    {
        var caller = http.User as Caller;
        return new AuditNote
        {
            Actor = caller?.Name ?? AuditNote.Anonymous,
            Method = caller is null ? null : MethodOf(caller),
            Session = caller?.SignIn?.Id,
            Action = PermissionOf(http) ?? "requests:make",
            Object = $"{http.Request.Method} {http.Request.Path}",
            Namespace = http.GetRouteValue(PermissionRequirement.NamespaceRouteValue) as string,
            Outcome = AuditOutcomes.Denied,
            Reason = reason,
            Address = AddressOf(http),
            RequestId = http.TraceIdentifier,
        };
    }

    private static string MethodOf(Caller caller) => caller.User is null ? ApiKeyMethod : PasswordMethod;

    private static string? AddressOf(HttpContext http) =>
        http.Connection.RemoteIpAddress is { } address
            ? (address.IsIPv4MappedToIPv6 ? address.MapToIPv4() : address).ToString()
            : null;

    private static string? PermissionOf(HttpContext http) =>
        http.GetEndpoint()?.Metadata.GetMetadata<PermissionRequirement>()?.Permission;
}
