using Microsoft.AspNetCore.Mvc;

namespace ScheduleZero.Broker.Host.Api.Jobs;

/// <summary>The query of a count of jobs.</summary>
internal sealed record JobCountQuery : IJobFilterQuery
{
    [FromQuery(Name = "method")]
    public string? Method { get; init; }

    [FromQuery(Name = "handler")]
    public string? Handler { get; init; }

    [FromQuery(Name = "group")]
    public string? Group { get; init; }

    [FromQuery(Name = "tag")]
    public string? Tag { get; init; }

    [FromQuery(Name = "schedule")]
    public string? Schedule { get; init; }

    [FromQuery(Name = "batch")]
    public string? Batch { get; init; }

    [FromQuery(Name = "from")]
    public string? From { get; init; }

    [FromQuery(Name = "to")]
    public string? To { get; init; }

    [FromQuery(Name = "q")]
    public string? Q { get; init; }
}
