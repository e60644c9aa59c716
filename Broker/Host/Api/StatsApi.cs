using ScheduleZero.Broker.Host.Access;
using ScheduleZero.Broker.Host.Api.Reference;
using ScheduleZero.Broker.Host.Http;
using ScheduleZero.Broker.Host.Inputs;
using ScheduleZero.Contracts.Rest;
using ScheduleZero.Edges.Tls;

namespace ScheduleZero.Broker.Host.Api;

/// <summary>
/// Serves the sums over all namespaces of what the Broker has now, and how the certificates of its listeners stand.
/// </summary>
/// <param name="certificates">The certificates of the listeners; null where none of ours listens.</param>
internal sealed class StatsApi(IBrokerInputs inputs, BrokerApiOptions options, CertificateChoice? certificates = null)
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
            options.CompleteStats(await inputs.ReadAsync(state => state.Stats(), cancellationToken)) with
            {
                Certificates = Certificates(),
            },
            RestJson.Default.BrokerStats
        );

    private List<CertificateView>? Certificates()
    {
        List<CertificateView> views =
        [
            .. (certificates?.States() ?? []).Select(state => new CertificateView
            {
                Source = state.Source,
                Names = state.Names,
                ValidUntil = state.ValidUntil,
                NextAttempt = state.NextAttempt,
                Problem = state.Problem,
            }),
        ];
        return views.Count > 0 ? views : null;
    }
}
