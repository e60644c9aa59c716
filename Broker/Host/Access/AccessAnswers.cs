using Microsoft.AspNetCore.Authorization;
using Microsoft.AspNetCore.Authorization.Policy;
using ScheduleZero.Broker.Host.Api.Requests;

namespace ScheduleZero.Broker.Host.Access;

/// <summary>Turns a refused request into problem details: 401, 403, or the 404 that does not tell of others' namespaces.</summary>
internal sealed class AccessAnswers : IAuthorizationMiddlewareResultHandler
{
    public const string HiddenNamespace = "hidden namespace";

    public Task HandleAsync(RequestDelegate next, HttpContext context, AuthorizationPolicy policy, PolicyAuthorizationResult authorizeResult)
    {
        if (authorizeResult.Succeeded)
        {
            return next(context);
        }

        if (authorizeResult.Challenged)
        {
            context.Response.Headers.WWWAuthenticate = "Bearer";
            return Problems.Unauthenticated.ExecuteAsync(context);
        }

        if (context.User is Caller { User.MustChangePassword: true })
        {
            return Problems.PasswordFirst.ExecuteAsync(context);
        }

        return (IsHidden(authorizeResult) ? Problems.NoSuchNamespace : Problems.Forbidden).ExecuteAsync(context);
    }

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
