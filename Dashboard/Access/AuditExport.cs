using System.Globalization;
using System.Net;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using ScheduleZero.Client;
using ScheduleZero.Dashboard.Words;

namespace ScheduleZero.Dashboard.Access;

/// <summary>
/// Lets a browser download the audit log. REST takes no cookies, so this address asks REST as the user of the cookie,
/// and passes the lines on as they come.
/// </summary>
internal sealed class AuditExport(BrokerClients clients)
{
    public void Map(IEndpointRouteBuilder endpoints) =>
        endpoints.MapGet(DashboardPaths.AuditExport, SendAsync).ExcludeFromDescription();

    private async Task SendAsync(HttpContext http)
    {
        if (!TryRead(http.Request, "from", out var from) || !TryRead(http.Request, "to", out var to))
        {
            await RefuseAsync(
                http,
                HttpStatusCode.BadRequest,
                "from and to are instants, such as 2026-11-30T00:00:00Z."
            );
            return;
        }

        using var client = clients.For(clients.CallerOf(http.User));
        Stream lines;
        try
        {
            lines = await client.Audit.ExportAsync(from, to, http.RequestAborted);
        }
        catch (ScheduleZeroException e)
        {
            await RefuseAsync(http, e.Status ?? HttpStatusCode.ServiceUnavailable, ProblemText.Of(e));
            return;
        }

        await using (lines)
        {
            http.Response.ContentType = "application/x-ndjson";
            http.Response.Headers.ContentDisposition = "attachment; filename=\"audit.ndjson\"";
            try
            {
                await lines.CopyToAsync(http.Response.Body, http.RequestAborted);
            }
            catch (IOException) when (!http.RequestAborted.IsCancellationRequested)
            {
                // What was sent is not whole, and a connection that is cut says so.
                http.Abort();
            }
        }
    }

    private static bool TryRead(HttpRequest request, string name, out DateTimeOffset? at)
    {
        at = null;
        if (request.Query[name] is not { Count: > 0 } values)
        {
            return true;
        }

        var isInstant = DateTimeOffset.TryParse(
            values.ToString(),
            CultureInfo.InvariantCulture,
            DateTimeStyles.AssumeUniversal,
            out var read
        );
        at = read;
        return isInstant;
    }

    private static Task RefuseAsync(HttpContext http, HttpStatusCode status, string words)
    {
        http.Response.StatusCode = (int)status;
        http.Response.ContentType = "text/plain; charset=utf-8";
        return http.Response.WriteAsync($"{words}\n");
    }
}
