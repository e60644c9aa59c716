using Microsoft.AspNetCore.Mvc;
using ScheduleZero.Broker.Host.Http;

namespace ScheduleZero.Broker.Host.Api.Keys;

/// <summary>The query of a list of keys.</summary>
internal sealed record KeyListQuery : IPageQuery
{
    /// <summary>The length of the page: 1 to 500; 50 when not given.</summary>
    [FromQuery(Name = "limit")]
    public string? Limit { get; init; }

    /// <summary>The cursor that the page before gave; null for the first page.</summary>
    [FromQuery(Name = "cursor")]
    public string? Cursor { get; init; }

    /// <summary>Only the keys of the handler of this name; null for all keys.</summary>
    [FromQuery(Name = "handler")]
    public string? Handler { get; init; }
}

internal sealed class KeyListQueryValidator : PageQueryValidator<KeyListQuery>
{
    public KeyListQueryValidator() => RuleFor(query => query.Handler).Name();

    public static KeyListQueryValidator Instance { get; } = new();
}
