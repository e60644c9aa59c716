using Microsoft.AspNetCore.Http.HttpResults;
using ScheduleZero.Broker.Host.Api.Reference;

namespace ScheduleZero.Broker.Host.Api;

/// <summary>A route for probes: it costs next to nothing, and is counted apart from other requests.</summary>
internal sealed class ProbeRoute
{
    public static ProbeRoute Instance { get; } = new();
}

/// <summary>Open to everybody, and says one word.</summary>
internal sealed class HealthApi(BrokerApiOptions options, IHostApplicationLifetime lifetime)
{
    // Made once: many may ask, and often.
    private static readonly ContentHttpResult Live = Word("live", 200);
    private static readonly ContentHttpResult IsReady = Word("ready", 200);
    private static readonly ContentHttpResult Starting = Word("starting", 503);
    private static readonly ContentHttpResult Stopping = Word("stopping", 503);

    public void Map(IEndpointRouteBuilder routes)
    {
        routes.MapGet("/health/live", () => Live).AllowAnonymous().WithMetadata(ProbeRoute.Instance)
            .WithTags("health").Describe("isLive", "Is the process alive?", "Always, if it answers.");
        routes.MapGet("/health/ready", Ready).AllowAnonymous().WithMetadata(ProbeRoute.Instance)
            .WithTags("health").Describe("isReady", "Does the Broker take requests?", "503 while it loads its state, and while it stops.");
    }

    private ContentHttpResult Ready() =>
        lifetime.ApplicationStopping.IsCancellationRequested ? Stopping
        : options.IsReady() ? IsReady
        : Starting;

    private static ContentHttpResult Word(string status, int code) =>
        TypedResults.Text($"{{\"status\":\"{status}\"}}", "application/json", statusCode: code);
}
