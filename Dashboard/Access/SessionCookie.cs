using System.Security.Cryptography;
using System.Text;
using Microsoft.AspNetCore.DataProtection;
using Microsoft.AspNetCore.Http;

namespace ScheduleZero.Dashboard.Access;

/// <summary>
/// The cookie that ties a browser to a user session. It holds the id of the session, protected by keys of the Broker,
/// and so survives a restart of the Broker. The cookie opens nothing once the session has ended.
/// </summary>
internal sealed class SessionCookie(IDataProtectionProvider protection)
{
    public const string Name = "schedulezero";

    /// <summary>Browsers accept a cookie of such a name only with Secure, for one host and for all its paths.</summary>
    public const string HttpsName = "__Host-schedulezero";

    private const int LengthMax = 1024;

    private readonly IDataProtector _protector = protection.CreateProtector("ScheduleZero.Dashboard.Session.v1");

    /// <summary>The id of the session in the request's cookie; null when there is none, or a forged one.</summary>
    public string? Read(HttpRequest request)
    {
        if (!request.Cookies.TryGetValue(NameOf(request), out var text) || text is not { Length: > 0 and <= LengthMax })
        {
            return null;
        }

        try
        {
            return _protector.Unprotect(text);
        }
        catch (CryptographicException)
        {
            // Somebody made the cookie up, or the Broker's keys are others now.
            return null;
        }
    }

    public void Write(HttpContext http, string sessionId, DateTimeOffset until) =>
        http.Response.Cookies.Append(NameOf(http.Request), _protector.Protect(sessionId), Options(http.Request, until));

    public static void Delete(HttpContext http) =>
        http.Response.Cookies.Delete(NameOf(http.Request), Options(http.Request, until: null));

    // Several Brokers may share a host below paths of their own, so the path is a part of the name.
    private static string NameOf(HttpRequest request)
    {
        var name = request.IsHttps ? HttpsName : Name;
        var place = request.PathBase.Value ?? "";
        place = place.EndsWith(DashboardPaths.Root, StringComparison.Ordinal)
            ? place[..^DashboardPaths.Root.Length]
            : place;
        if (place.Length == 0)
        {
            return name;
        }

        var hash = SHA256.HashData(Encoding.UTF8.GetBytes(place));
        return $"{name}-{Convert.ToHexStringLower(hash.AsSpan(0, 4))}";
    }

    private static CookieOptions Options(HttpRequest request, DateTimeOffset? until) =>
        new()
        {
            HttpOnly = true,
            IsEssential = true,
            SameSite = SameSiteMode.Strict,
            Secure = request.IsHttps,
            // The prefix __Host- asks for this path.
            Path =
                request.IsHttps ? "/"
                : request.PathBase.HasValue ? request.PathBase.Value
                : "/",
            Expires = until,
        };
}
