using Microsoft.AspNetCore.Mvc;
using ScheduleZero.Broker.Host.Http;

namespace ScheduleZero.Broker.Host.Api.Methods;

/// <summary>The query of a list of methods. A method must pass every filter that is given.</summary>
internal sealed record MethodListQuery : IPageQuery
{
    /// <summary>The length of the page: 1 to 500; 50 when not given.</summary>
    [FromQuery(Name = "limit")]
    public string? Limit { get; init; }

    /// <summary>The cursor that the page before gave; null for the first page.</summary>
    [FromQuery(Name = "cursor")]
    public string? Cursor { get; init; }

    /// <summary>Whether methods that no handler offers now are listed too; not when not given.</summary>
    [FromQuery(Name = "all")]
    public string? All { get; init; }

    /// <summary>A text that the name or the description of a method must hold.</summary>
    [FromQuery(Name = "q")]
    public string? Q { get; init; }

    public bool WithAll => QueryText.Flag(All) == true;

    public bool Matches(string name, string? description) => Q is null || Holds(name) || Holds(description);

    private bool Holds(string? text) => text?.Contains(Q!, StringComparison.OrdinalIgnoreCase) == true;
}

internal sealed class MethodListQueryValidator : PageQueryValidator<MethodListQuery>
{
    private const int TextLengthMax = 200;

    public MethodListQueryValidator()
    {
        RuleFor(query => query.All).IsFlag();
        RuleFor(query => query.Q).Text(TextLengthMax);
    }

    public static MethodListQueryValidator Instance { get; } = new();
}
