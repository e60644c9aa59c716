using Microsoft.AspNetCore.Authorization;

namespace ScheduleZero.Broker.Host.Access;

/// <summary>A route's demand. <see cref="Authority"/> decides whether its caller meets it.</summary>
internal sealed class PermissionRequirement(string permission) : AuthorizationHandler<PermissionRequirement>, IAuthorizationRequirement
{
    public string Permission { get; } = permission;

    /// <summary>The route value that names the namespace, on every route that has one.</summary>
    public const string NamespaceRouteValue = "ns";

    protected override Task HandleRequirementAsync(AuthorizationHandlerContext context, PermissionRequirement requirement)
    {
        if (context is { Resource: HttpContext http, User: Caller caller })
        {
            switch (Authority.Judge(caller.Key, requirement.Permission, http.GetRouteValue(NamespaceRouteValue) as string))
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
    public static TBuilder Demand<TBuilder>(this TBuilder builder, string permission)
        where TBuilder : IEndpointConventionBuilder =>
        builder.RequireAuthorization(new AuthorizationPolicyBuilder().AddRequirements(new PermissionRequirement(permission)).Build());
}
