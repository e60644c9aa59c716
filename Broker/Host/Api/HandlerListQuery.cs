using Microsoft.AspNetCore.Mvc;
using ScheduleZero.Broker.Host.Http;
using ScheduleZero.Contracts.Rest;

namespace ScheduleZero.Broker.Host.Api;

/// <summary>The query of a list of handlers. A handler must pass every filter that is given.</summary>
internal sealed record HandlerListQuery : IPageQuery
{
    /// <summary>The length of the page: 1 to 500; 50 when not given.</summary>
    [FromQuery(Name = "limit")]
    public string? Limit { get; init; }

    /// <summary>The cursor that the page before gave; null for the first page.</summary>
    [FromQuery(Name = "cursor")]
    public string? Cursor { get; init; }

    [FromQuery(Name = "q")]
    public string? Q { get; init; }

    [FromQuery(Name = "method")]
    public string? Method { get; init; }

    [FromQuery(Name = "group")]
    public string? Group { get; init; }

    /// <summary>The name of a label, or a name and a value with <c>=</c> in between.</summary>
    [FromQuery(Name = "label")]
    public string? Label { get; init; }

    /// <summary>A part of the name and version of the handler's software.</summary>
    [FromQuery(Name = "agent")]
    public string? Agent { get; init; }

    [FromQuery(Name = "bridge")]
    public string? Bridge { get; init; }

    [FromQuery(Name = "online")]
    public string? Online { get; init; }

    [FromQuery(Name = "drained")]
    public string? Drained { get; init; }

    /// <summary>Whether a handler passes the filters of this query, which was checked before.</summary>
    public bool Matches(HandlerView handler) =>
        (Method is null || handler.Methods.Contains(Method))
        && (Group is null || handler.Groups.Contains(Group))
        && (Label is null || handler.Sessions.Any(HasLabel))
        && (Agent is null || handler.Sessions.Any(session => Holds(session.Agent, Agent)))
        && (Bridge is null || handler.Sessions.Any(session => session.Bridge == Bridge))
        && (Online is null || handler.Online == QueryText.Flag(Online))
        && (Drained is null || handler.Drained == QueryText.Flag(Drained))
        && (Q is null || Texts(handler).Any(text => Holds(text, Q)));

    // A label's name may contain "=", so the text is tried as a whole first.
    private bool HasLabel(SessionView session) =>
        session.Labels is { } labels
        && (labels.ContainsKey(Label!) || labels.Any(label => $"{label.Key}={label.Value}" == Label));

    private static bool Holds(string? text, string part) =>
        text?.Contains(part, StringComparison.OrdinalIgnoreCase) == true;

    private static IEnumerable<string?> Texts(HandlerView handler) =>
        [
            handler.Name,
            .. handler.Methods,
            .. handler.Groups,
            .. handler.Sessions.SelectMany(session =>
                new[] { session.Instance, session.Agent, session.Bridge, session.RemoteAddress }.Concat(
                    (session.Labels ?? new Dictionary<string, string>()).SelectMany(label =>
                        new[] { label.Key, label.Value }
                    )
                )
            ),
        ];
}

internal sealed class HandlerListQueryValidator : PageQueryValidator<HandlerListQuery>
{
    private const int TextLengthMax = 200;

    public HandlerListQueryValidator()
    {
        RuleFor(query => query.Q).Text(TextLengthMax);
        RuleFor(query => query.Method).Name();
        RuleFor(query => query.Group).Name();
        RuleFor(query => query.Label).Text(TextLengthMax);
        RuleFor(query => query.Agent).Text(TextLengthMax);
        RuleFor(query => query.Bridge).Text(TextLengthMax);
        RuleFor(query => query.Online).IsFlag();
        RuleFor(query => query.Drained).IsFlag();
    }

    public static HandlerListQueryValidator Instance { get; } = new();
}
