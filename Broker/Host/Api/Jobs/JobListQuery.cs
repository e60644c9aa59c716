using Microsoft.AspNetCore.Mvc;
using ScheduleZero.Broker.Host.Http;
using ScheduleZero.Broker.Storage;
using ScheduleZero.Contracts.Rest;

namespace ScheduleZero.Broker.Host.Api.Jobs;

/// <summary>The query of a list of jobs. A job must pass every filter that is given.</summary>
internal sealed record JobListQuery : IPageQuery, IJobFilterQuery
{
    /// <summary>The length of the page: 1 to 500; 50 when not given.</summary>
    [FromQuery(Name = "limit")]
    public string? Limit { get; init; }

    /// <summary>The cursor that the page before gave; null for the first page.</summary>
    [FromQuery(Name = "cursor")]
    public string? Cursor { get; init; }

    [FromQuery(Name = "state")]
    public string[]? State { get; init; }

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

    [FromQuery(Name = "params")]
    public string? Params { get; init; }

    [FromQuery(Name = "replays")]
    public string? Replays { get; init; }

    /// <summary>
    /// Bodies to show: <c>params</c>, <c>result</c>, or both with a comma in between; none when not given.
    /// </summary>
    [FromQuery(Name = "include")]
    public string? Include { get; init; }

    /// <summary>The search of the store for this query, which was checked before.</summary>
    public JobSearch ToSearch(string ns, DateTimeOffset now) =>
        ((IJobFilterQuery)this).ToSearch(ns, ((IPageQuery)this).LimitOrDefault(), now) with
        {
            Cursor = Cursor,
            Params = Params,
            Replays = QueryText.Flag(Replays) ?? false,
            Bodies = QueryText.Bodies(Include) ?? JobBodies.None,
            State = State is [var state] ? QueryText.Word<JobState>(state) : null,
            States = State is { Length: > 1 }
                ? State.Select(state => QueryText.Word<JobState>(state)!.Value).ToHashSet()
                : null,
        };
}

internal sealed class JobListQueryValidator : PageQueryValidator<JobListQuery>
{
    public JobListQueryValidator()
    {
        RuleFor(query => query.State).AreWords(JobState.Ready);
        RuleFor(query => query.Params).Text(JobFilterQueryValidator.TextLengthMax);
        Include(JobFilterQueryValidator.Instance);
        RuleFor(query => query.Replays).IsFlag();
        RuleFor(query => query.Include).IsBodies(JobBodies.All);
    }

    public static JobListQueryValidator Instance { get; } = new();
}
