using Microsoft.AspNetCore.Authorization;

namespace ScheduleZero.Broker.Host.Access;

/// <summary>The permission that a route demands of its caller.</summary>
/// <param name="permission">
/// One of <see cref="Permissions"/>; null for a route that every authenticated caller may use.
/// </param>
/// <param name="isScoped">Whether the route itself shows only names that the caller's roles open.</param>
/// <param name="isOwn">Whether the route is about the caller's own account.</param>
/// <param name="other">A wider permission that opens the route as well; null for none.</param>
internal sealed class PermissionRequirement(
    string? permission,
    bool isScoped = false,
    bool isOwn = false,
    string? other = null
) : IAuthorizationRequirement
{
    /// <summary>The route value that names the namespace, on every route that has one.</summary>
    public const string NamespaceRouteValue = "ns";

    /// <summary>The route value that names a schedule or a handler.</summary>
    public const string NameRouteValue = "name";

    public string? Permission { get; } = permission;

    /// <summary>
    /// Judges whether a request meets the demand: once before the request is served, and again and again while a long
    /// one lasts.
    /// </summary>
    public Verdict Judge(Authority authority, Caller caller, HttpContext http)
    {
        if (Permission is null)
        {
            return caller.MayCall || (isOwn && caller.User is not null) ? Verdict.Allowed : Verdict.Forbidden;
        }

        var verdict = Judge(Permission, authority, caller, http);
        return
            verdict != Verdict.Allowed && other is not null && Judge(other, authority, caller, http) == Verdict.Allowed
            ? Verdict.Allowed
            : verdict;
    }

    private Verdict Judge(string permission, Authority authority, Caller caller, HttpContext http)
    {
        var ns = http.GetRouteValue(NamespaceRouteValue) as string;
        var judged = authority.Judge(caller, permission, ns, http.Connection.RemoteIpAddress);
        if (judged is not { Verdict: Verdict.Allowed, Names: { } names })
        {
            return judged.Verdict;
        }

        // A role that is limited to names opens two kinds of routes: those that name one thing, and those that are
        // marked as scoped. All others stay closed, so that no route shows too much by oversight.
        if (ns is not null && http.GetRouteValue(NameRouteValue) is string name)
        {
            return names.Holds(name) ? Verdict.Allowed : Verdict.Forbidden;
        }

        names.PutOn(http);
        return isScoped ? Verdict.Allowed : Verdict.Forbidden;
    }
}

/// <summary>Asks <see cref="Authority"/> whether the caller of a route meets the route's demand.</summary>
internal sealed class PermissionCheck(Authority authority) : AuthorizationHandler<PermissionRequirement>
{
    protected override Task HandleRequirementAsync(
        AuthorizationHandlerContext context,
        PermissionRequirement requirement
    )
    {
        if (context is { Resource: HttpContext http, User: Caller caller })
        {
            switch (requirement.Judge(authority, caller, http))
            {
                case Verdict.Allowed:
                    context.Succeed(requirement);
                    break;
                case Verdict.Hidden:
                    context.Fail(new AuthorizationFailureReason(this, AccessAnswers.HiddenNamespace));
                    break;
                default:
                    break;
            }
        }

        return Task.CompletedTask;
    }
}

internal static class PermissionEndpoints
{
    /// <summary>Serves the route only to callers with the permission.</summary>
    /// <param name="isScoped">
    /// Whether the route itself shows only names in <see cref="NameScope.Of"/>. Routes that do not are closed to roles
    /// that are limited to names.
    /// </param>
    /// <param name="or">A wider permission that opens the route as well.</param>
    public static TBuilder Demand<TBuilder>(
        this TBuilder builder,
        string permission,
        bool isScoped = false,
        string? or = null
    )
        where TBuilder : IEndpointConventionBuilder =>
        builder.Demand(new PermissionRequirement(permission, isScoped, other: or));

    /// <summary>
    /// Serves the route to every user and service. The route must show only what is open to the caller.
    /// </summary>
    public static TBuilder DemandCaller<TBuilder>(this TBuilder builder)
        where TBuilder : IEndpointConventionBuilder => builder.Demand(new PermissionRequirement(null, isOwn: false));

    /// <summary>
    /// Serves the route to every user and service, also to users who must change their password first. For routes about
    /// the caller's own account.
    /// </summary>
    public static TBuilder DemandOwn<TBuilder>(this TBuilder builder)
        where TBuilder : IEndpointConventionBuilder => builder.Demand(new PermissionRequirement(null, isOwn: true));

    private static TBuilder Demand<TBuilder>(this TBuilder builder, PermissionRequirement requirement)
        where TBuilder : IEndpointConventionBuilder =>
        builder
            .RequireAuthorization(new AuthorizationPolicyBuilder().AddRequirements(requirement).Build())
            .WithMetadata(requirement);
}
