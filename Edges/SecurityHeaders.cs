using Microsoft.AspNetCore.Http;

namespace ScheduleZero.Edges;

/// <summary>
/// The headers that tell a browser on every answer that nothing here is a page to frame, to guess at, or to share
/// (OWASP Secure Headers Project).
/// </summary>
internal static class SecurityHeaders
{
    // The header does not include subdomains, since other names under ours are not ours to decide about.
    private const string HttpsOnly = "max-age=31536000";

    private const string NoFeatures =
        "accelerometer=(), camera=(), display-capture=(), geolocation=(), gyroscope=(), magnetometer=(), "
        + "microphone=(), midi=(), payment=(), usb=()";

    /// <summary>Sets the headers before anything is answered; an answer may put its own in their place.</summary>
    public static void Apply(HttpContext http)
    {
        var headers = http.Response.Headers;
        headers.XContentTypeOptions = "nosniff";
        headers.XFrameOptions = "DENY";
        headers.ContentSecurityPolicy = "default-src 'none'; frame-ancestors 'none'";
        headers.CacheControl = "no-store";
        headers["Referrer-Policy"] = "no-referrer";
        headers["Permissions-Policy"] = NoFeatures;
        headers["Cross-Origin-Resource-Policy"] = "same-origin";
        headers["Cross-Origin-Opener-Policy"] = "same-origin";
        // The header is sent over HTTPS alone: over plain HTTP browsers ignore it, and anybody could have written it
        // (RFC 6797, 7.2).
        if (http.Request.IsHttps)
        {
            headers.StrictTransportSecurity = HttpsOnly;
        }
    }
}
