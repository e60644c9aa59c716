using ScheduleZero.Broker.Host.Http;
using ScheduleZero.Contracts.Rest;

namespace ScheduleZero.Broker.Host.Api.Reference;

/// <summary>Describes routes for the OpenAPI document.</summary>
internal static class Describing
{
    /// <summary>Gives a route its name and texts, and the statuses of its refusals.</summary>
    /// <param name="operation">The route's permanent name, since clients are generated with it.</param>
    /// <param name="summary">The summary, in one line.</param>
    /// <param name="description">Further text that a caller should know; null for none.</param>
    /// <param name="problems">The statuses of the route's refusals, without those that every route has.</param>
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
