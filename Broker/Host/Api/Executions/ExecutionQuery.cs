using FluentValidation;
using Microsoft.AspNetCore.Mvc;
using ScheduleZero.Broker.Core.Executions;
using ScheduleZero.Broker.Host.Http;
using ScheduleZero.Broker.Storage;
using ScheduleZero.Contracts.Rest;

namespace ScheduleZero.Broker.Host.Api.Executions;

/// <summary>The query of a list of attempts. An attempt must pass every filter that is given.</summary>
internal sealed record ExecutionQuery : IPageQuery
{
    /// <summary>The length of the page: 1 to 500; 50 when not given.</summary>
    [FromQuery(Name = "limit")]
    public string? Limit { get; init; }

    /// <summary>The cursor that the page before gave; null for the first page.</summary>
    [FromQuery(Name = "cursor")]
    public string? Cursor { get; init; }

    /// <summary>The earliest end of a job; a day before <c>to</c> when not given.</summary>
    [FromQuery(Name = "from")]
    public string? From { get; init; }

    /// <summary>The instant that the end of a job must come before; now when not given.</summary>
    [FromQuery(Name = "to")]
    public string? To { get; init; }

    [FromQuery(Name = "method")]
    public string? Method { get; init; }

    [FromQuery(Name = "handler")]
    public string? Handler { get; init; }

    [FromQuery(Name = "schedule")]
    public string? Schedule { get; init; }

    [FromQuery(Name = "outcome")]
    public string[]? Outcome { get; init; }

    /// <summary>The bodies to show: <c>result</c> for the results of jobs; none when not given.</summary>
    [FromQuery(Name = "include")]
    public string? Include { get; init; }

    /// <summary>The search of the store for this query, which was checked before.</summary>
    public FinishedSearch ToSearch(string ns, DateTimeOffset now, int limit, bool newestFirst, JobBodies bodies)
    {
        var to = QueryText.Instant(To) ?? now;
        return new FinishedSearch
        {
            Namespace = ns,
            Limit = limit,
            Cursor = Cursor,
            NewestFirst = newestFirst,
            Bodies = bodies,
            From = QueryText.Instant(From) ?? to.AddDays(-1),
            To = to,
            Method = Method,
            Schedule = Schedule,
            Handler = Handler,
            Outcomes = Outcome is { Length: > 0 } words
                ? words.Select(word => QueryText.Word<AttemptOutcome>(word)!.Value).ToHashSet()
                : null,
        };
    }
}

/// <summary>The form of an export.</summary>
/// <param name="Format"><c>ndjson</c> or <c>csv</c>; <c>ndjson</c> when not given.</param>
internal sealed record ExportQuery(string? Format);

/// <summary>The query of sums over attempts.</summary>
internal sealed record StatsQuery
{
    /// <summary>The thing to sum by: <c>handler</c> or <c>method</c>; only the sum over all when not given.</summary>
    [FromQuery(Name = "by")]
    public string? By { get; init; }

    /// <summary>The method whose attempts are summed up; those of all methods when not given.</summary>
    [FromQuery(Name = "method")]
    public string? Method { get; init; }

    /// <summary>The handler whose attempts are summed up; those of all handlers when not given.</summary>
    [FromQuery(Name = "handler")]
    public string? Handler { get; init; }

    /// <summary>The length of the window that ends now, PT1M to P31D; P1D when not given.</summary>
    [FromQuery(Name = "window")]
    public string? Window { get; init; }

    /// <summary>
    /// The length of the steps that the window is divided into, whole minutes, at most 200 steps; none when not given.
    /// </summary>
    [FromQuery(Name = "step")]
    public string? Step { get; init; }

    /// <summary>
    /// The rows that the query, which was checked before, asks for; the row of the whole comes first.
    /// </summary>
    public IReadOnlyList<ExecutionStatsRow> RowsOf(ExecutionSums sums) =>
        Method is { } method ? [sums.RowOf(ExecutionGrouping.Method, method)]
        : Handler is { } handler ? [sums.RowOf(ExecutionGrouping.Handler, handler)]
        : sums.Rows(
            By switch
            {
                "handler" => ExecutionGrouping.Handler,
                "method" => ExecutionGrouping.Method,
                _ => ExecutionGrouping.None,
            }
        );

    public TimeSpan WindowOrDefault() => QueryText.Duration(Window) ?? TimeSpan.FromDays(1);
}

internal sealed class ExecutionQueryValidator : PageQueryValidator<ExecutionQuery>
{
    public ExecutionQueryValidator()
    {
        RuleFor(query => query.From).IsInstant();
        RuleFor(query => query.To).IsInstant();
        RuleFor(query => query.Method).Name();
        RuleFor(query => query.Handler).Name();
        RuleFor(query => query.Schedule).Name();
        RuleFor(query => query.Outcome).AreWords(AttemptOutcome.TimedOut);
        RuleFor(query => query.Include).IsBodies(JobBodies.Result);
    }

    public static ExecutionQueryValidator Instance { get; } = new();
}

internal sealed class ExportQueryValidator : AbstractValidator<ExportQuery>
{
    public ExportQueryValidator()
    {
        RuleFor(query => query.Format)
            .Must(static format => format is null or "ndjson" or "csv")
            .WithMessage("One of ndjson, csv is needed.");
    }

    public static ExportQueryValidator Instance { get; } = new();
}

internal sealed class StatsQueryValidator : AbstractValidator<StatsQuery>
{
    public StatsQueryValidator()
    {
        RuleFor(query => query.By)
            .Must(static by => by is null or "handler" or "method")
            .WithMessage("One of handler, method is needed.");
        RuleFor(query => query.Method).Name();
        RuleFor(query => query.Handler).Name();
        RuleFor(query => query.Handler)
            .Must(static (query, handler) => handler is null || query.Method is null)
            .WithMessage("Sums are of one method or of one handler, not of both.");
        RuleFor(query => query.By)
            .Must(static (query, by) => by is null || (query.Method ?? query.Handler) is null)
            .WithMessage("One method or one handler has one row: leave by out.");
        RuleFor(query => query.Window).DurationWithin(TimeSpan.FromMinutes(1), TimeSpan.FromDays(31));
        RuleFor(query => query.Step).DurationWithin(TimeSpan.FromMinutes(1), TimeSpan.FromDays(31));
        RuleFor(query => query.Step)
            .Must(static step =>
                QueryText.Duration(step) is not { } length || length.Ticks % TimeSpan.TicksPerMinute == 0
            )
            .WithMessage("Whole minutes are needed.");
        RuleFor(query => query.Step)
            .Must(static (query, step) => QueryText.Duration(step) is not { } length || Fits(query, length))
            .WithMessage($"The window has more than {StepsMax} such steps: take longer ones.");
    }

    /// <summary>How many steps a window may be divided into.</summary>
    private const int StepsMax = 200;

    public static StatsQueryValidator Instance { get; } = new();

    private static bool Fits(StatsQuery query, TimeSpan step) =>
        step <= TimeSpan.Zero || query.WindowOrDefault() <= step * StepsMax;
}
