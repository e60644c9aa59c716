using FluentValidation;
using Microsoft.AspNetCore.Mvc;
using ScheduleZero.Broker.Host.Http;
using ScheduleZero.Broker.Storage;
using ScheduleZero.Contracts.Audit;

namespace ScheduleZero.Broker.Host.Api.Audit;

/// <summary>The query of a list of audit events. An event must pass every filter that is given.</summary>
internal sealed record AuditQuery : IPageQuery
{
    /// <summary>The length of the page: 1 to 500; 50 when not given.</summary>
    [FromQuery(Name = "limit")]
    public string? Limit { get; init; }

    /// <summary>The cursor that the page before gave; null for the first page.</summary>
    [FromQuery(Name = "cursor")]
    public string? Cursor { get; init; }

    /// <summary>The earliest instant of an event.</summary>
    [FromQuery(Name = "from")]
    public string? From { get; init; }

    /// <summary>The instant that an event must come before.</summary>
    [FromQuery(Name = "to")]
    public string? To { get; init; }

    /// <summary>The actor of an event, such as <c>key:0123456789ab</c>.</summary>
    [FromQuery(Name = "actor")]
    public string? Actor { get; init; }

    /// <summary>The action of an event, such as <c>keys:create</c>.</summary>
    [FromQuery(Name = "action")]
    public string? Action { get; init; }

    /// <summary>The outcome of an event: <c>allowed</c>, <c>denied</c> or <c>failed</c>.</summary>
    [FromQuery(Name = "outcome")]
    public string? Outcome { get; init; }

    /// <summary>The object of an event, such as <c>job:…</c>.</summary>
    [FromQuery(Name = "object")]
    public string? Object { get; init; }

    /// <summary>A text that must stand anywhere in an event; case does not count.</summary>
    [FromQuery(Name = "q")]
    public string? Text { get; init; }

    /// <summary>The search of the store for this query, which was checked before.</summary>
    public AuditSearch ToSearch(string? ns) =>
        new()
        {
            Limit = ((IPageQuery)this).LimitOrDefault(),
            Cursor = Cursor,
            From = QueryText.Instant(From),
            To = QueryText.Instant(To),
            Actor = Actor,
            Action = Action,
            Namespace = ns,
            Outcome = Outcome,
            Object = Object,
            Text = Text,
        };
}

internal sealed class AuditQueryValidator : PageQueryValidator<AuditQuery>
{
    private const int TextLengthMax = 300;

    public AuditQueryValidator()
    {
        RuleFor(query => query.From).IsInstant();
        RuleFor(query => query.To).IsInstant();
        RuleFor(query => query.Actor).Text(TextLengthMax);
        RuleFor(query => query.Action).Text(TextLengthMax);
        RuleFor(query => query.Object).Text(TextLengthMax);
        RuleFor(query => query.Text).Text(TextLengthMax);
        RuleFor(query => query.Outcome)
            .Must(static outcome =>
                outcome is null or AuditOutcomes.Allowed or AuditOutcomes.Denied or AuditOutcomes.Failed
            )
            .WithMessage("One of allowed, denied, failed is needed.");
    }

    public static AuditQueryValidator Instance { get; } = new();
}

/// <summary>The query of an export: a window of the log.</summary>
internal sealed record AuditExportQuery
{
    /// <summary>
    /// The instant at which the window begins, with the first event at or after it; with the oldest when not given.
    /// </summary>
    [FromQuery(Name = "from")]
    public string? From { get; init; }

    /// <summary>
    /// The instant at which the window ends, before the first event at or after it; with the newest when not given.
    /// </summary>
    [FromQuery(Name = "to")]
    public string? To { get; init; }
}

internal sealed class AuditExportQueryValidator : AbstractValidator<AuditExportQuery>
{
    public AuditExportQueryValidator()
    {
        RuleFor(query => query.From).IsInstant();
        RuleFor(query => query.To).IsInstant();
    }

    public static AuditExportQueryValidator Instance { get; } = new();
}
