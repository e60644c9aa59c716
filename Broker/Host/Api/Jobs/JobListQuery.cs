using FluentValidation;
using Microsoft.AspNetCore.Mvc;
using ScheduleZero.Broker.Host.Http;
using ScheduleZero.Broker.Storage;
using ScheduleZero.Contracts;
using ScheduleZero.Contracts.Ids;
using ScheduleZero.Contracts.Rest;

namespace ScheduleZero.Broker.Host.Api.Jobs;

/// <summary>The query of a list of jobs. A job must pass every filter that is given.</summary>
internal sealed record JobListQuery : IPageQuery
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

    /// <summary>
    /// Bodies to show: <c>params</c>, <c>result</c>, or both with a comma in between; none when not given.
    /// </summary>
    [FromQuery(Name = "include")]
    public string? Include { get; init; }

    /// <summary>The search of the store for this query, which was checked before.</summary>
    public JobSearch ToSearch(string ns, DateTimeOffset now) =>
        new()
        {
            Namespace = ns,
            Limit = ((IPageQuery)this).LimitOrDefault(),
            Cursor = Cursor,
            Bodies = QueryText.Bodies(Include) ?? JobBodies.None,
            Now = now,
            State = State is [var state] ? QueryText.Word<JobState>(state) : null,
            States = State is { Length: > 1 }
                ? State.Select(state => QueryText.Word<JobState>(state)!.Value).ToHashSet()
                : null,
            Method = Method,
            Handler = Handler,
            Group = Group,
            Tag = Tag,
            Schedule = Schedule,
            Batch = BatchId.TryParse(Batch, out var batch) ? batch : null,
            From = QueryText.Instant(From),
            To = QueryText.Instant(To),
            Text = Q,
        };
}

internal sealed class JobListQueryValidator : PageQueryValidator<JobListQuery>
{
    private const int TextLengthMax = 200;

    public JobListQueryValidator()
    {
        RuleFor(query => query.State).AreWords(JobState.Ready);
        RuleFor(query => query.Method).Name();
        RuleFor(query => query.Handler).Name();
        RuleFor(query => query.Group).Name();
        RuleFor(query => query.Tag).Text(Limits.TagLengthMax);
        RuleFor(query => query.Schedule).Name();
        RuleFor(query => query.Batch)
            .Must(static text => text is null || BatchId.TryParse(text, out _))
            .WithMessage("A batch's id is needed.");
        RuleFor(query => query.From).IsInstant();
        RuleFor(query => query.To).IsInstant();
        RuleFor(query => query.Q).Text(TextLengthMax);
        RuleFor(query => query.Include).IsBodies(JobBodies.All);
    }

    public static JobListQueryValidator Instance { get; } = new();
}
