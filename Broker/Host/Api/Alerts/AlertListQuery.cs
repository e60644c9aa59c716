using Microsoft.AspNetCore.Mvc;
using ScheduleZero.Broker.Host.Http;

namespace ScheduleZero.Broker.Host.Api.Alerts;

/// <summary>The query of a list of open alerts.</summary>
internal sealed record AlertListQuery : IPageQuery
{
    /// <summary>The length of the page: 1 to 500; 50 when not given.</summary>
    [FromQuery(Name = "limit")]
    public string? Limit { get; init; }

    /// <summary>The cursor that the page before gave; null for the first page.</summary>
    [FromQuery(Name = "cursor")]
    public string? Cursor { get; init; }

    /// <summary>The name of the rule whose alerts are listed; those of all rules when not given.</summary>
    [FromQuery(Name = "rule")]
    public string? Rule { get; init; }
}

internal sealed class AlertListQueryValidator : PageQueryValidator<AlertListQuery>
{
    public AlertListQueryValidator() => RuleFor(query => query.Rule).Name();

    public static AlertListQueryValidator Instance { get; } = new();
}
