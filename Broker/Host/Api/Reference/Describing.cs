using ScheduleZero.Broker.Host.Http;
using ScheduleZero.Contracts.Rest;

namespace ScheduleZero.Broker.Host.Api.Reference;

/// <summary>What the OpenAPI document says of a route.</summary>
internal static class Describing
{
    /// <param name="route">The route.</param>
    /// <param name="operation">Permanent: clients are generated under this name.</param>
    /// <param name="summary">In one line.</param>
    /// <param name="description">What else one should know.</param>
    /// <param name="problems">Statuses of its refusals, but those that every route has.</param>
    public static RouteHandlerBuilder Describe(
        this RouteHandlerBuilder route,
        string operation,
        string summary,
        string description,
        params ReadOnlySpan<int> problems
    )
    {
        route.WithName(operation).WithSummary(summary).WithDescription(description);
        foreach (var status in problems)
        {
            route.Produces<Problem>(status, ProblemAnswer.ContentType);
        }

        return route;
    }
}
