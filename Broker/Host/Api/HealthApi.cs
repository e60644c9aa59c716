using Microsoft.AspNetCore.Http.HttpResults;
using ScheduleZero.Broker.Host.Api.Reference;

namespace ScheduleZero.Broker.Host.Api;

/// <summary>Open to everybody, and says one word.</summary>
internal sealed class HealthApi(BrokerApiOptions options, IHostApplicationLifetime lifetime)
{
    public void Map(IEndpointRouteBuilder routes)
    {
        routes.MapGet("/health/live", () => Word("live", 200)).AllowAnonymous()
            .WithTags("health").Describe("isLive", "Is the process alive?", "Always, if it answers.");
        routes.MapGet("/health/ready", Ready).AllowAnonymous()
            .WithTags("health").Describe("isReady", "Does the Broker take requests?", "503 while it loads its state, and while it stops.");
    }

    private ContentHttpResult Ready() =>
        lifetime.ApplicationStopping.IsCancellationRequested ? Word("stopping", 503)
        : options.IsReady() ? Word("ready", 200)
        : Word("starting", 503);

    private static ContentHttpResult Word(string status, int code) =>
        TypedResults.Text($"{{\"status\":\"{status}\"}}", "application/json", statusCode: code);
}
