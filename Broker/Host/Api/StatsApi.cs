using ScheduleZero.Broker.Host.Access;
using ScheduleZero.Broker.Host.Api.Reference;
using ScheduleZero.Broker.Host.Http;
using ScheduleZero.Broker.Host.Inputs;
using ScheduleZero.Contracts.Rest;

namespace ScheduleZero.Broker.Host.Api;

/// <summary>Serves the sums over all namespaces of what the Broker has now.</summary>
internal sealed class StatsApi(IBrokerInputs inputs, BrokerApiOptions options)
{
    public void Map(IEndpointRouteBuilder routes) =>
        routes
            .MapGet("/api/stats", GetAsync)
            .Demand(Permissions.StatsRead)
            .Produces<BrokerStats>()
            .WithTags("broker")
            .Describe(
                "getStats",
                "Get the Broker's sums",
                "Over all namespaces, so only for keys that hold everywhere.",
                503
            );

    private async Task<IResult> GetAsync(CancellationToken cancellationToken) =>
        Answers.Json(
            options.CompleteStats(await inputs.ReadAsync(state => state.Stats(), cancellationToken)),
            RestJson.Default.BrokerStats
        );
}
