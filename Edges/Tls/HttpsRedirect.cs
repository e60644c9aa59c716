using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Extensions;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.Extensions.DependencyInjection;
using ScheduleZero.Acme.Challenges;

namespace ScheduleZero.Edges.Tls;

/// <summary>
/// The listener of plain HTTP that sends callers on to https, and answers a CA that checks a name of ours (HTTP-01).
/// Nothing else is served there: whatever is not a harmless question for a host of ours is refused with words.
/// </summary>
internal static class HttpsRedirect
{
    /// <summary>A step of a connection that marks it as one of the listener that redirects.</summary>
    public static ConnectionDelegate Mark(ConnectionDelegate next) =>
        connection =>
        {
            connection.Features.Set(Redirected.Instance);
            return next(connection);
        };

    /// <summary>Answers requests of the listener that redirects. The first step of a request.</summary>
    public static void UseHttpsRedirect(this IApplicationBuilder app) =>
        app.Use(next => http => http.Features.Get<Redirected>() is null ? next(http) : AnswerAsync(http));

    private static Task AnswerAsync(HttpContext http)
    {
        SecurityHeaders.Apply(http);
        http.Response.Headers.Connection = "close";
        var (request, response) = (http.Request, http.Response);
        if (!HttpMethods.IsGet(request.Method) && !HttpMethods.IsHead(request.Method))
        {
            return RefuseAsync(
                response,
                "This port only sends callers on to https. Use the https URL; and if a key was in this request, it "
                    + "has crossed the network unencrypted: replace it."
            );
        }

        if (
            http.RequestServices.GetService<HttpChallengeResponses>() is { } challenges
            && request.Path.Value?.StartsWith(HttpChallengeResponses.PathPrefix, StringComparison.Ordinal) == true
        )
        {
            return AnswerChallengeAsync(response, challenges, request.Path.Value);
        }

        // Only hosts that a certificate names are redirected to, so that nobody is sent to a host of another's choice.
        if (!http.RequestServices.GetRequiredService<CertificateChoice>().Covers(request.Host.Host.Trim('[', ']')))
        {
            return RefuseAsync(response, "No certificate of this server is for the host that was asked for.");
        }

        var port = HttpsPort(http.RequestServices.GetRequiredService<IServer>());
        var host = port == 443 ? new HostString(request.Host.Host) : new HostString(request.Host.Host, port);
        response.StatusCode = StatusCodes.Status308PermanentRedirect;
        response.Headers.Location = UriHelper.BuildAbsolute(
            Uri.UriSchemeHttps,
            host,
            request.PathBase,
            request.Path,
            request.QueryString
        );
        return Task.CompletedTask;
    }

    private static Task AnswerChallengeAsync(HttpResponse response, HttpChallengeResponses challenges, string path)
    {
        if (!challenges.TryFind(path, out var keyAuthorization))
        {
            response.StatusCode = StatusCodes.Status404NotFound;
            return Task.CompletedTask;
        }

        response.ContentType = "application/octet-stream";
        return response.WriteAsync(keyAuthorization);
    }

    /// <summary>The port of the first https listener; the settings say that there is one.</summary>
    private static int HttpsPort(IServer server) =>
        BindingAddress
            .Parse(server.Features.GetRequiredFeature<IServerAddressesFeature>().Addresses.First(TlsSettings.IsHttps))
            .Port;

    private static Task RefuseAsync(HttpResponse response, string words)
    {
        response.StatusCode = StatusCodes.Status403Forbidden;
        response.ContentType = "text/plain; charset=utf-8";
        return response.WriteAsync($"{words}\n");
    }

    private sealed class Redirected
    {
        public static Redirected Instance { get; } = new();
    }
}
