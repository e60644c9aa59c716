using FluentValidation;
using Microsoft.AspNetCore.Mvc;
using ScheduleZero.Broker.Host.Committed;
using ScheduleZero.Broker.Host.Http;
using ScheduleZero.Contracts;
using ScheduleZero.Contracts.Ids;
using ScheduleZero.Contracts.Rest;

namespace ScheduleZero.Broker.Host.Api.Streams;

/// <summary>The query of the events stream. An event must pass every filter that is given.</summary>
internal sealed record EventQuery
{
    /// <summary>
    /// The types of events, such as <c>job.failed</c>, or kinds, such as <c>handler</c>; all when not given.
    /// </summary>
    [FromQuery(Name = "type")]
    public string[]? Type { get; init; }

    [FromQuery(Name = "method")]
    public string? Method { get; init; }

    [FromQuery(Name = "handler")]
    public string? Handler { get; init; }

    [FromQuery(Name = "schedule")]
    public string? Schedule { get; init; }

    [FromQuery(Name = "job")]
    public string? Job { get; init; }

    /// <summary>
    /// How many of the newest events that the Broker still has the stream begins with; none when not given. Where the
    /// stream resumes after an event, that event decides.
    /// </summary>
    [FromQuery(Name = "last")]
    public string? Last { get; init; }

    /// <summary>The choice of this query, which was checked before.</summary>
    public EventChoice ToChoice(string ns) =>
        new(ns)
        {
            Types = Type is { Length: > 0 } ? Type : null,
            Method = Method,
            Handler = Handler,
            Schedule = Schedule,
            Job = JobId.TryParse(Job, out var job) ? job.ToString() : null,
        };
}

internal sealed class EventQueryValidator : AbstractValidator<EventQuery>
{
    private static readonly string[] Known = [.. EventTypes.Kinds, .. EventTypes.All];

    public EventQueryValidator()
    {
        RuleFor(query => query.Type)
            .Must(static types => types is null || (types.Length <= Known.Length && types.All(Known.Contains)))
            .WithMessage(
                $"A kind ({string.Join(", ", EventTypes.Kinds)}) or a type such as job.failed is needed. "
                    + "For any of several, repeat the parameter."
            );
        RuleFor(query => query.Method).Name();
        RuleFor(query => query.Handler).Name();
        RuleFor(query => query.Schedule).Name();
        RuleFor(query => query.Job)
            .Must(static text => text is null || JobId.TryParse(text, out _))
            .WithMessage("A job's id is needed.");
        RuleFor(query => query.Last).NumberWithin(1, Limits.PageSizeMax);
    }

    public static EventQueryValidator Instance { get; } = new();
}
