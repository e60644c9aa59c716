using System.Net;
using System.Text.Json;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using ScheduleZero.Client;
using ScheduleZero.Contracts;
using ScheduleZero.Contracts.Ids;
using ScheduleZero.Contracts.Rest;
using ScheduleZero.Dashboard.Access;
using ScheduleZero.Dashboard.Words;

namespace ScheduleZero.Dashboard.Pages.OneJob;

/// <summary>
/// Files of one job for the browser to store. Each is asked from REST as the page's user, and goes out as an
/// attachment, so that no browser runs what is in it.
/// </summary>
internal sealed class JobDownloads(BrokerClients clients)
{
    public void Map(IEndpointRouteBuilder endpoints)
    {
        var job = endpoints.MapGroup("/ns/{ns}/jobs/{id}").ExcludeFromDescription();
        job.MapGet("/log.txt", (HttpContext http, string ns, string id) => SendLogAsync(http, ns, id, true));
        job.MapGet("/log.ndjson", (HttpContext http, string ns, string id) => SendLogAsync(http, ns, id, false));
        job.MapGet("/params.json", (HttpContext http, string ns, string id) => SendAsync(http, ns, id, "params"));
        job.MapGet("/result.json", (HttpContext http, string ns, string id) => SendAsync(http, ns, id, "result"));
        job.MapGet("/error.json", (HttpContext http, string ns, string id) => SendAsync(http, ns, id, "error"));
    }

    private Task SendAsync(HttpContext http, string ns, string id, string part) =>
        GuardAsync(
            http,
            ns,
            id,
            async (client, jobId) =>
            {
                var job = await client.Jobs.GetAsync(jobId, http.RequestAborted);
                var bytes = part switch
                {
                    "params" => job.Params.Utf8,
                    "result" => job.Result.Utf8,
                    _ => job.Error is { } error
                        ? JsonSerializer.SerializeToUtf8Bytes(error, JsonConventions.Options)
                        : default,
                };
                if (bytes.IsEmpty)
                {
                    await RefuseAsync(http, HttpStatusCode.NotFound, $"The job has no {part}.");
                    return;
                }

                Begin(http, "application/json", $"job-{jobId}-{part}.json");
                http.Response.ContentLength = bytes.Length;
                await http.Response.Body.WriteAsync(bytes, http.RequestAborted);
            }
        );

    // Written line by line as it is read, so that a long log takes no memory.
    private Task SendLogAsync(HttpContext http, string ns, string id, bool asText) =>
        GuardAsync(
            http,
            ns,
            id,
            async (client, jobId) =>
            {
                // A refusal comes before the first byte.
                await client.Jobs.GetAsync(jobId, http.RequestAborted);
                var (type, end) = asText ? ("text/plain; charset=utf-8", "txt") : ("application/x-ndjson", "ndjson");
                Begin(http, type, $"job-{jobId}-log.{end}");
                await foreach (var line in client.Jobs.AllLogsAsync(jobId, cancellationToken: http.RequestAborted))
                {
                    var text = asText
                        ? $"{line.At.UtcDateTime:O} {line.Attempt} {line.Level} "
                            + ForeignText.Block(line.Message, int.MaxValue)
                        : JsonSerializer.Serialize(line, RestJson.Default.LogLine);
                    await http.Response.WriteAsync($"{text}\n", http.RequestAborted);
                }
            }
        );

    private async Task GuardAsync(HttpContext http, string ns, string id, Func<ScheduleZeroClient, JobId, Task> send)
    {
        if (!Names.IsNamespace(ns) || !JobId.TryParse(id, out var jobId))
        {
            await RefuseAsync(http, HttpStatusCode.NotFound, "There is no such job.");
            return;
        }

        using var client = clients.For(clients.CallerOf(http.User), ns);
        try
        {
            await send(client, jobId);
        }
        catch (ScheduleZeroException e) when (!http.Response.HasStarted)
        {
            await RefuseAsync(http, e.Status ?? HttpStatusCode.BadGateway, ProblemText.Of(e));
        }
    }

    private static void Begin(HttpContext http, string contentType, string fileName)
    {
        http.Response.ContentType = contentType;
        http.Response.Headers.ContentDisposition = $"attachment; filename=\"{fileName}\"";
    }

    private static Task RefuseAsync(HttpContext http, HttpStatusCode status, string words)
    {
        http.Response.StatusCode = (int)status;
        http.Response.ContentType = "text/plain; charset=utf-8";
        return http.Response.WriteAsync($"{words}\n");
    }
}
