using Microsoft.AspNetCore.Http;

namespace ScheduleZero.Dashboard.Access;

/// <summary>
/// The headers of pages, beside those that every answer of the Broker has: scripts and styles come from this origin's
/// files alone, and never from a page's own text.
/// </summary>
internal static class PageHeaders
{
    public const string ContentSecurityPolicy =
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; font-src 'self'; "
        + "connect-src 'self'; form-action 'self'; base-uri 'self'; frame-ancestors 'none'";

    public static void Apply(HttpContext http)
    {
        var headers = http.Response.Headers;
        headers.ContentSecurityPolicy = ContentSecurityPolicy;
        // The words that the antiforgery check sets too: it warns in the log when a page says others.
        headers.CacheControl = "no-cache, no-store";
        headers.Pragma = "no-cache";
        headers.XContentTypeOptions = "nosniff";
        headers.XFrameOptions = "DENY";
        // Forms of this origin are checked by their Origin, which the policy no-referrer would empty.
        headers["Referrer-Policy"] = "same-origin";
    }
}
