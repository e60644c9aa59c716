using System.Globalization;
using System.Text.Json;
using FluentValidation;
using Microsoft.AspNetCore.Mvc;
using ScheduleZero.Broker.Storage;
using ScheduleZero.Contracts;
using ScheduleZero.Contracts.Handlers;

namespace ScheduleZero.Broker.Host.Http;

/// <summary>
/// The query of a page: where the page starts, and how long it is. This is an interface and no base class, since
/// generated binding does not read inherited properties.
/// </summary>
internal interface IPageQuery
{
    /// <summary>The length of the page: 1 to 500; 50 when not given.</summary>
    string? Limit { get; }

    /// <summary>The cursor that the page before gave; null for the first page.</summary>
    string? Cursor { get; }

    int LimitOrDefault() => QueryText.Number(Limit) ?? Limits.PageSizeDefault;
}

/// <summary>The query of a list that has no filters.</summary>
internal sealed record PageQuery : IPageQuery
{
    /// <summary>The length of the page: 1 to 500; 50 when not given.</summary>
    [FromQuery(Name = "limit")]
    public string? Limit { get; init; }

    /// <summary>The cursor that the page before gave; null for the first page.</summary>
    [FromQuery(Name = "cursor")]
    public string? Cursor { get; init; }
}

internal class PageQueryValidator<T> : AbstractValidator<T>
    where T : IPageQuery
{
    protected PageQueryValidator()
    {
        RuleFor(q => q.Limit).NumberWithin(1, Limits.PageSizeMax);
        RuleFor(q => q.Cursor).Text(QueryText.CursorLengthMax);
    }
}

internal sealed class PageQueryValidator : PageQueryValidator<PageQuery>
{
    public static PageQueryValidator Instance { get; } = new();
}

/// <summary>
/// Reads the values of query parameters. Every value arrives as text, so that a refusal can name the parameter.
/// </summary>
internal static class QueryText
{
    public const int CursorLengthMax = 1024;

    public static int? Number(string? text) =>
        int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var value) ? value : null;

    public static long? LongNumber(string? text) =>
        long.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var value) ? value : null;

    /// <summary>Reads names of bodies, with commas in between; null when one is unknown.</summary>
    public static JobBodies? Bodies(string? text)
    {
        var bodies = JobBodies.None;
        foreach (var name in text?.Split(',') ?? [])
        {
            switch (name)
            {
                case "params":
                    bodies |= JobBodies.Params;
                    break;
                case "result":
                    bodies |= JobBodies.Result;
                    break;
                default:
                    return null;
            }
        }

        return bodies;
    }

    public static bool? Flag(string? text) => bool.TryParse(text, out var value) ? value : null;

    public static TimeSpan? Duration(string? text) => IsoDuration.TryParse(text, out var value) ? value : null;

    public static DateTimeOffset? Instant(string? text) =>
        text is { Length: >= 10 and <= 40 }
        && DateTimeOffset.TryParse(
            text,
            CultureInfo.InvariantCulture,
            DateTimeStyles.AssumeUniversal | DateTimeStyles.AdjustToUniversal,
            out var value
        )
        && value >= Validation.EarliestInstant
        && value <= Validation.LatestInstant
            ? value
            : null;

    public static T? Word<T>(string? text)
        where T : struct, Enum =>
        // Enum.TryParse alone would take "failed,succeeded" for a third word.
        text is { Length: > 0 }
        && char.IsAsciiLetterLower(text[0])
        && text.All(char.IsAsciiLetter)
        && Enum.TryParse<T>(text, ignoreCase: true, out var value)
            ? value
            : null;

    public static IRuleBuilderOptions<T, string?> NumberWithin<T>(
        this IRuleBuilder<T, string?> rule,
        int min,
        int max
    ) =>
        rule.Must(text => text is null || (Number(text) is { } value && value >= min && value <= max))
            .WithMessage($"A number from {min} to {max} is needed.");

    public static IRuleBuilderOptions<T, string?> IsNumber<T>(this IRuleBuilder<T, string?> rule) =>
        rule.Must(static text => text is null || LongNumber(text) is not null)
            .WithMessage("A number is needed, 0 or more.");

    /// <summary>The rule that a text names bodies.</summary>
    /// <param name="known">The bodies that the list can have.</param>
    public static IRuleBuilderOptions<T, string?> IsBodies<T>(this IRuleBuilder<T, string?> rule, JobBodies known) =>
        rule.Must(text => Bodies(text) is { } bodies && (bodies & ~known) == JobBodies.None)
            .WithMessage(
                known == JobBodies.Result
                    ? "Only result can be included."
                    : "params, result or params,result is needed."
            );

    public static IRuleBuilderOptions<T, string?> IsFlag<T>(this IRuleBuilder<T, string?> rule) =>
        rule.Must(static text => text is null || Flag(text) is not null).WithMessage("true or false is needed.");

    public static IRuleBuilderOptions<T, string?> IsLevel<T>(this IRuleBuilder<T, string?> rule) =>
        rule.Must(static level => level is null || LogLevels.RankOf(level) is not null)
            .WithMessage($"One of {string.Join(", ", LogLevels.All)} is needed.");

    public static IRuleBuilderOptions<T, string?> DurationWithin<T>(
        this IRuleBuilder<T, string?> rule,
        TimeSpan min,
        TimeSpan max
    ) =>
        rule.Must(text => text is null || (Duration(text) is { } value && value >= min && value <= max))
            .WithMessage(
                $"An ISO 8601 duration from {IsoDuration.Format(min)} to {IsoDuration.Format(max)} is needed."
            );

    public static IRuleBuilderOptions<T, string?> IsInstant<T>(this IRuleBuilder<T, string?> rule) =>
        rule.Must(static text => text is null || Instant(text) is not null)
            .WithMessage(
                "An RFC 3339 instant is needed, such as 2026-10-01T00:00:00Z, between the years 2000 and 2200."
            );

    /// <summary>The rule for a parameter that is one of some words.</summary>
    public static IRuleBuilderOptions<T, string?> IsWord<T, TWord>(this IRuleBuilder<T, string?> rule, TWord example)
        where TWord : struct, Enum =>
        rule.Must(static text => text is null || Word<TWord>(text) is not null)
            .WithMessage(
                $"One of {string.Join(", ", Enum.GetNames<TWord>().Select(JsonNamingPolicy.CamelCase.ConvertName))} "
                    + $"is needed, such as {JsonNamingPolicy.CamelCase.ConvertName(example.ToString())}."
            );

    /// <summary>The rule for a parameter that may be repeated, and that asks for any of its words.</summary>
    public static IRuleBuilderOptions<T, string[]?> AreWords<T, TWord>(
        this IRuleBuilder<T, string[]?> rule,
        TWord example
    )
        where TWord : struct, Enum
    {
        var known = Enum.GetNames<TWord>().Select(JsonNamingPolicy.CamelCase.ConvertName).ToList();
        return rule.Must(words =>
                words is null || (words.Length <= known.Count && words.All(word => Word<TWord>(word) is not null))
            )
            .WithMessage(
                $"One of {string.Join(", ", known)} is needed, such as "
                    + $"{JsonNamingPolicy.CamelCase.ConvertName(example.ToString())}. "
                    + "For any of several, repeat the parameter."
            );
    }
}
