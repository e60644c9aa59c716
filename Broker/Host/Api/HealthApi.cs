using Microsoft.AspNetCore.Http.HttpResults;
using ScheduleZero.Broker.Host.Api.Reference;
using ScheduleZero.Broker.Host.Throttling;
using ScheduleZero.Contracts.Rest;

namespace ScheduleZero.Broker.Host.Api;

/// <summary>Answers health checks with one word. The routes are open to everybody.</summary>
internal sealed class HealthApi(BrokerApiOptions options, IHostApplicationLifetime lifetime)
{
    // The answers are made once, since health checks come often.
    private static readonly ContentHttpResult Live = Word("live", 200);
    private static readonly ContentHttpResult IsReady = Word("ready", 200);
    private static readonly ContentHttpResult IsReadyOnLowDisk = Word("ready", 200, ",\"disk\":\"low\"");
    private static readonly ContentHttpResult Starting = Word("starting", 503);
    private static readonly ContentHttpResult Stopping = Word("stopping", 503);

    public void Map(IEndpointRouteBuilder routes)
    {
        routes
            .MapGet("/health/live", () => Live)
            .AllowAnonymous()
            .WithMetadata(ProbeRoute.Instance)
            .WithTags("health")
            .Describe("isLive", "Is the process alive?", "Always, if it answers.");
        routes
            .MapGet("/health/ready", Ready)
            .AllowAnonymous()
            .WithMetadata(ProbeRoute.Instance)
            .WithTags("health")
            .Describe(
                "isReady",
                "Does the Broker take requests?",
                "503 while it loads its state, and while it stops. It says `\"disk\":\"low\"` beside, and "
                    + "stays ready, while new work is refused since the disk is nearly full."
            );
    }

    private ContentHttpResult Ready() =>
        lifetime.ApplicationStopping.IsCancellationRequested ? Stopping
        : options.IsReady()
            ? options.Disk() == DiskState.Enough ? IsReady
                : IsReadyOnLowDisk
        : Starting;

    /// <summary>Makes an answer.</summary>
    /// <param name="more">Further members of the JSON object, each with a comma before it.</param>
    private static ContentHttpResult Word(string status, int code, string more = "") =>
        TypedResults.Text($"{{\"status\":\"{status}\"{more}}}", "application/json", statusCode: code);
}
