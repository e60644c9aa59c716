using FluentValidation;
using Microsoft.AspNetCore.Mvc;
using ScheduleZero.Broker.Host.Access;
using ScheduleZero.Broker.Host.Http;
using ScheduleZero.Contracts;
using ScheduleZero.Contracts.Handlers;

namespace ScheduleZero.Broker.Host.Api.Logs;

/// <summary>The query of the lines of all job logs. A line must pass every filter that is given.</summary>
internal sealed record LogsQuery
{
    /// <summary>How many of the newest lines are given at most: 1 to 500; 50 when not given.</summary>
    [FromQuery(Name = "limit")]
    public string? Limit { get; init; }

    /// <summary>The sequence after which lines are given; all lines when not given.</summary>
    [FromQuery(Name = "after")]
    public string? After { get; init; }

    /// <summary>The level from which on lines are given; all levels when not given.</summary>
    [FromQuery(Name = "level")]
    public string? Level { get; init; }

    [FromQuery(Name = "method")]
    public string? Method { get; init; }

    /// <summary>The handler whose attempts wrote the lines.</summary>
    [FromQuery(Name = "handler")]
    public string? Handler { get; init; }

    [FromQuery(Name = "schedule")]
    public string? Schedule { get; init; }

    /// <summary>The text that a line must hold; case does not count.</summary>
    [FromQuery(Name = "q")]
    public string? Q { get; init; }

    [FromQuery(Name = "follow")]
    public string? Follow { get; init; }

    public int LimitOrDefault() => QueryText.Number(Limit) ?? Limits.PageSizeDefault;

    /// <summary>The choice of this query, which was checked before.</summary>
    public LogChoice ToChoice(string ns, NameScope? methods) =>
        new(ns, methods)
        {
            Rank = Level is null ? 0 : LogLevels.RankOf(Level)!.Value,
            Method = Method,
            Handler = Handler,
            Schedule = Schedule,
            Text = Q,
        };
}

internal sealed class LogsQueryValidator : AbstractValidator<LogsQuery>
{
    private const int TextLengthMax = 200;

    public LogsQueryValidator()
    {
        RuleFor(query => query.Limit).NumberWithin(1, Limits.PageSizeMax);
        RuleFor(query => query.After).IsNumber();
        RuleFor(query => query.Level).IsLevel();
        RuleFor(query => query.Method).Name();
        RuleFor(query => query.Handler).Name();
        RuleFor(query => query.Schedule).Name();
        RuleFor(query => query.Q).Text(TextLengthMax);
        RuleFor(query => query.Follow).IsFlag();
    }

    public static LogsQueryValidator Instance { get; } = new();
}
