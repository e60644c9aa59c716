using Microsoft.AspNetCore.Http.HttpResults;
using ScheduleZero.Broker.Host.Api.Reference;
using ScheduleZero.Contracts.Rest;

namespace ScheduleZero.Broker.Host.Api;

/// <summary>Open to everybody, and says one word.</summary>
internal sealed class HealthApi(BrokerApiOptions options, IHostApplicationLifetime lifetime)
{
    public void Map(IEndpointRouteBuilder routes)
    {
        routes.MapGet("/health/live", () => Word("live", 200)).AllowAnonymous()
            .WithTags("health").Describe("isLive", "Is the process alive?", "Always, if it answers.");
        routes.MapGet("/health/ready", Ready).AllowAnonymous()
            .WithTags("health").Describe("isReady", "Does the Broker take requests?", "503 while it loads its state, and while it stops. It says `\"disk\":\"low\"` beside, and stays ready, while new work is refused since the disk is nearly full.");
    }

    private ContentHttpResult Ready() =>
        lifetime.ApplicationStopping.IsCancellationRequested ? Word("stopping", 503)
        : options.IsReady() ? Word("ready", 200, options.Disk() == DiskState.Enough ? "" : ",\"disk\":\"low\"")
        : Word("starting", 503);

    /// <param name="more">Further members of the object, each with a comma before it.</param>
    private static ContentHttpResult Word(string status, int code, string more = "") =>
        TypedResults.Text($"{{\"status\":\"{status}\"{more}}}", "application/json", statusCode: code);
}
