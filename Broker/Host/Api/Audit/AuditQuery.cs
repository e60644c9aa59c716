using FluentValidation;
using Microsoft.AspNetCore.Mvc;
using ScheduleZero.Broker.Host.Http;
using ScheduleZero.Broker.Storage;
using ScheduleZero.Contracts.Rest;

namespace ScheduleZero.Broker.Host.Api.Audit;

/// <summary>Which events are asked for. Every filter that is given must hold.</summary>
internal sealed record AuditQuery : IPageQuery
{
    /// <summary>1 to 500; 50 when not given.</summary>
    [FromQuery(Name = "limit")]
    public string? Limit { get; init; }

    /// <summary>As the page before gave it.</summary>
    [FromQuery(Name = "cursor")]
    public string? Cursor { get; init; }

    /// <summary>Happened at or after.</summary>
    [FromQuery(Name = "from")]
    public string? From { get; init; }

    /// <summary>Happened before.</summary>
    [FromQuery(Name = "to")]
    public string? To { get; init; }

    /// <summary>Such as <c>key:0123456789ab</c>.</summary>
    [FromQuery(Name = "actor")]
    public string? Actor { get; init; }

    /// <summary>Such as <c>keys:create</c>.</summary>
    [FromQuery(Name = "action")]
    public string? Action { get; init; }

    /// <summary><c>allowed</c>, <c>denied</c> or <c>failed</c>.</summary>
    [FromQuery(Name = "outcome")]
    public string? Outcome { get; init; }

    /// <summary>Such as <c>job:…</c>.</summary>
    [FromQuery(Name = "object")]
    public string? Object { get; init; }

    /// <summary>Text that stands anywhere in an event; case does not count.</summary>
    [FromQuery(Name = "q")]
    public string? Text { get; init; }

    /// <summary>What the store is asked; the query was checked before.</summary>
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

/// <summary>A window of the log.</summary>
internal sealed record AuditExportQuery
{
    /// <summary>Begins with the first event at or after it; with the oldest when not given.</summary>
    [FromQuery(Name = "from")]
    public string? From { get; init; }

    /// <summary>Ends before the first event at or after it; with the newest when not given.</summary>
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
