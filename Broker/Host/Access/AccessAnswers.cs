using Microsoft.AspNetCore.Authorization;
using Microsoft.AspNetCore.Authorization.Policy;
using ScheduleZero.Broker.Host.Http;
using ScheduleZero.Contracts;
using ScheduleZero.Contracts.Rest;

namespace ScheduleZero.Broker.Host.Access;

/// <summary>
/// Turns a refused request into problem details: 401, 403, or the 404 that does not tell of others' namespaces.
/// </summary>
internal sealed class AccessAnswers(Denials denials) : IAuthorizationMiddlewareResultHandler
{
    public const string HiddenNamespace = "hidden namespace";

    public Task HandleAsync(
        RequestDelegate next,
        HttpContext context,
        AuthorizationPolicy policy,
        PolicyAuthorizationResult authorizeResult
    )
    {
        if (authorizeResult.Succeeded)
        {
            return next(context);
        }

        if (authorizeResult.Challenged)
        {
            denials.Note(context, ErrorCodes.Unauthenticated);
            context.Response.Headers.WWWAuthenticate = "Bearer";
            return Problems.Unauthenticated.ExecuteAsync(context);
        }

        var isHidden = IsHidden(authorizeResult);
        denials.Note(context, isHidden ? ErrorCodes.NotFound : ErrorCodes.Forbidden);
        if (context.User is Caller { User.MustChangePassword: true })
        {
            return AccessProblems.PasswordFirst.ExecuteAsync(context);
        }

        return (isHidden ? Problems.NoSuchNamespace : Forbidden(context)).ExecuteAsync(context);
    }

    private static ProblemAnswer Forbidden(HttpContext context) =>
        context.User switch
        {
            Caller { Key: { Kind: not KeyKind.Service } key } => AccessProblems.NoKeyOfRest(key.Kind),
            _ when context.GetEndpoint()?.Metadata.GetMetadata<PermissionRequirement>()?.Permission is { } permission =>
                AccessProblems.MissingPermission(
                    permission,
                    context.GetRouteValue(PermissionRequirement.NamespaceRouteValue) as string,
                    context.GetRouteValue(PermissionRequirement.NameRouteValue) as string
                ),
            _ => Problems.Forbidden,
        };

    private static bool IsHidden(PolicyAuthorizationResult result)
    {
        foreach (var reason in result.AuthorizationFailure?.FailureReasons ?? [])
        {
            if (reason.Message == HiddenNamespace)
            {
                return true;
            }
        }

        return false;
    }
}
