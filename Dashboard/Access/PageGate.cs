using System.Threading.RateLimiting;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Extensions;
using Microsoft.Net.Http.Headers;

namespace ScheduleZero.Dashboard.Access;

/// <summary>
/// The outermost step of the dashboard: who asks, and whether anything but the sign-in is open to them. What a user may
/// do is decided by REST alone.
/// </summary>
internal sealed class PageGate : IDisposable
{
    private static readonly PathString SignIn = DashboardPaths.SignIn;
    private static readonly PathString FirstUser = DashboardPaths.FirstUser;
    private static readonly PathString Password = DashboardPaths.Password;
    private static readonly PathString SignOut = DashboardPaths.SignOut;
    private static readonly PathString Circuits = DashboardPaths.Circuits;

    // A link from another site comes without the cookie, which is SameSite=Strict. The page asks once more, now from
    // this site, so that a link in a mail or a chat opens what it names.
    private const string AskAgain = """
        <!doctype html><html lang="en"><head><meta charset="utf-8"><meta http-equiv="refresh" content="0">
        <title>ScheduleZero</title></head><body></body></html>
        """;

    private readonly SessionCookie _cookie;
    private readonly IUserSessions _sessions;
    private readonly OpenPages _pages;
    private readonly PartitionedRateLimiter<HttpContext> _strangers;

    public PageGate(SessionCookie cookie, IUserSessions sessions, OpenPages pages, DashboardOptions options)
    {
        _cookie = cookie;
        _sessions = sessions;
        _pages = pages;
        _strangers = PartitionedRateLimiter.Create<HttpContext, object>(http =>
            RateLimitPartition.GetFixedWindowLimiter<object>(
                options.NetworkOf(http.Connection.RemoteIpAddress),
                _ => new FixedWindowRateLimiterOptions
                {
                    PermitLimit = options.AnonymousRequestsPerMinute,
                    Window = TimeSpan.FromMinutes(1),
                    QueueLimit = 0,
                }
            )
        );
    }

    public Task PassAsync(HttpContext http, RequestDelegate next)
    {
        PageHeaders.Apply(http);
        if (!IsFromOwnPage(http.Request))
        {
            return RefuseAsync(http, StatusCodes.Status403Forbidden, "Another site sent this request.");
        }

        var session = _cookie.Read(http.Request) is { } id ? _sessions.Find(id) : null;
        http.User = PageClaims.Make(
            session,
            http.Connection.RemoteIpAddress,
            http.Request.Headers.UserAgent.ToString()
        );
        return session is null ? PassStrangerAsync(http, next) : PassUserAsync(http, next, session);
    }

    public void Dispose() => _strangers.Dispose();

    private Task PassStrangerAsync(HttpContext http, RequestDelegate next)
    {
        using var lease = _strangers.AttemptAcquire(http);
        if (!lease.IsAcquired)
        {
            http.Response.Headers.RetryAfter = "60";
            return RefuseAsync(http, StatusCodes.Status429TooManyRequests, "Too many requests. Wait for a minute.");
        }

        var path = http.Request.Path;
        if (path == SignIn || path == FirstUser)
        {
            return next(http);
        }

        if (!HttpMethods.IsGet(http.Request.Method) || path.StartsWithSegments(Circuits))
        {
            return RefuseAsync(http, StatusCodes.Status401Unauthorized, "Sign in first.");
        }

        if (http.Request.Headers["Sec-Fetch-Site"] == "cross-site")
        {
            http.Response.ContentType = "text/html; charset=utf-8";
            return http.Response.WriteAsync(AskAgain);
        }

        var wanted = path.Value!.TrimStart('/') + http.Request.QueryString;
        http.Response.Redirect(
            http.Request.PathBase
                + DashboardPaths.SignIn
                + (wanted.Length > 0 ? QueryString.Create("to", wanted).ToString() : "")
        );
        return Task.CompletedTask;
    }

    private Task PassUserAsync(HttpContext http, RequestDelegate next, UserSession session)
    {
        var path = http.Request.Path;
        if (path == SignOut)
        {
            return next(http);
        }

        if (session.MustChangePassword && path != Password)
        {
            http.Response.Redirect(http.Request.PathBase + DashboardPaths.Password);
            return Task.CompletedTask;
        }

        if (path.StartsWithSegments(Circuits))
        {
            return PassConnectionAsync(http, next, session);
        }

        var opensPage =
            HttpMethods.IsGet(http.Request.Method) && path != SignIn && path != FirstUser && path != Password;
        if (opensPage && !_pages.HasRoomFor(session.UserName))
        {
            http.Response.StatusCode = StatusCodes.Status503ServiceUnavailable;
            http.Response.Headers.RetryAfter = "60";
            http.Request.Path = DashboardPaths.TooManyPages;
        }

        return next(http);
    }

    private async Task PassConnectionAsync(HttpContext http, RequestDelegate next, UserSession session)
    {
        var connection = new PageConnection(session.Id, http.Abort);
        _pages.Add(connection);
        try
        {
            await next(http);
        }
        finally
        {
            _pages.Remove(connection);
        }
    }

    /// <summary>
    /// Whether a request that may change something comes from a page of this origin, as the browser says. Programs that
    /// say nothing are no browsers, and have no user's cookie to misuse. Antiforgery tokens are asked for as well.
    /// </summary>
    private static bool IsFromOwnPage(HttpRequest request)
    {
        var isConnection = request.Path.StartsWithSegments(Circuits);
        if (HttpMethods.IsGet(request.Method) && !isConnection)
        {
            return true;
        }

        if (request.Headers["Sec-Fetch-Site"] is { Count: > 0 } site && site != "same-origin")
        {
            return false;
        }

        return request.Headers[HeaderNames.Origin] is not { Count: > 0 } origin
            || (
                Uri.TryCreate(origin, UriKind.Absolute, out var from)
                && string.Equals(
                    from.GetLeftPart(UriPartial.Authority),
                    new Uri(UriHelper.BuildAbsolute(request.Scheme, request.Host)).GetLeftPart(UriPartial.Authority),
                    StringComparison.OrdinalIgnoreCase
                )
            );
    }

    private static Task RefuseAsync(HttpContext http, int status, string words)
    {
        http.Response.StatusCode = status;
        http.Response.ContentType = "text/plain; charset=utf-8";
        return http.Response.WriteAsync($"{words}\n");
    }
}
