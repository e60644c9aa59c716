using System.Text.Json.Serialization.Metadata;
using Microsoft.Extensions.Primitives;
using Microsoft.Net.Http.Headers;
using ScheduleZero.Broker.Core;

namespace ScheduleZero.Broker.Host.Http;

/// <summary>Marks a route whose resource has an ETag, and which obeys If-Match and If-None-Match.</summary>
internal sealed class ConditionalRoute
{
    public static ConditionalRoute Instance { get; } = new();
}

/// <summary>
/// Reads If-Match and If-None-Match (RFC 9110, 13.1); no other class does. A condition is never ignored: where the
/// resource has no ETag no tag can match, so that an If-Match with a tag is answered 412.
/// </summary>
internal sealed class Conditions
{
    private static readonly Conditions None = new([], []);

    private readonly IList<EntityTagHeaderValue> _noneMatch;

    private Conditions(IList<EntityTagHeaderValue> match, IList<EntityTagHeaderValue> noneMatch)
    {
        _noneMatch = noneMatch;
        if (match.Count + noneMatch.Count > 0)
        {
            Version = new Precondition
            {
                // A weak tag never matches If-Match, and a tag that this Broker did not make names no version.
                AnyOf =
                    match.Count == 0 || IsAny(match)
                        ? null
                        : [.. match.Where(tag => !tag.IsWeak).Select(VersionOf).OfType<long>()],
                MustExist = IsAny(match),
                NoneOf = [.. noneMatch.Select(VersionOf).OfType<long>()],
                MustBeNew = IsAny(noneMatch),
            };
        }
    }

    /// <summary>The condition on the version for a change to be made; null when the request has none.</summary>
    public Precondition? Version { get; }

    /// <summary>The conditions of the request, as <see cref="Guard"/> has read them.</summary>
    public static Conditions Of(HttpContext http) => http.Features.Get<Conditions>() ?? None;

    /// <summary>
    /// The step of a request that reads its conditions. The step follows authentication and authorization.
    /// </summary>
    public static RequestDelegate Guard(RequestDelegate next) =>
        http =>
            http.Request.Headers.IfMatch.Count + http.Request.Headers.IfNoneMatch.Count == 0 ? next(http)
            : RefusalOf(http) is { } problem ? problem.ExecuteAsync(http)
            : next(http);

    /// <summary>
    /// The refusal of a change to a resource whose current version is given; null when the change may be made. For
    /// resources that the endpoint reads itself before the loop decides.
    /// </summary>
    public ProblemAnswer? Check(long version) =>
        Version?.Holds(version) == false ? Problems.PreconditionFailed(Precondition.Reason(version)) : null;

    /// <summary>
    /// The answer about a resource that somebody changed after it was checked: 412 where the request had a condition,
    /// since that would not hold any more.
    /// </summary>
    public ProblemAnswer Moved(ProblemAnswer conflict) =>
        Version is not null && conflict.Problem.Status == StatusCodes.Status409Conflict
            ? Problems.PreconditionFailed(conflict.Problem.Detail ?? "")
            : conflict;

    /// <inheritdoc cref="Moved(ProblemAnswer)"/>
    public ProblemAnswer Moved(Answer.Refused refused) => Moved(Problems.From(refused));

    /// <summary>
    /// Answers with a resource and its ETag. A GET is answered 304 when the caller already has this representation, and
    /// 412 when its condition asks for another version.
    /// </summary>
    public static IResult Answer<T>(
        HttpContext http,
        EntityTag tag,
        T view,
        JsonTypeInfo<T> type,
        int status = StatusCodes.Status200OK
    )
    {
        var text = tag.ToString();
        http.Response.Headers.ETag = text;
        var asked = Of(http);
        if (!HttpMethods.IsGet(http.Request.Method) || asked.Version is null)
        {
            return Answers.Json(view, type, status);
        }

        if (asked.Version.AnyOf?.Contains(tag.Version) == false)
        {
            return Problems.PreconditionFailed(Precondition.Reason(tag.Version));
        }

        var isKnown = asked._noneMatch.Any(known => known.Tag.Equals(text, StringComparison.Ordinal));
        return isKnown || IsAny(asked._noneMatch)
            ? TypedResults.StatusCode(StatusCodes.Status304NotModified)
            : Answers.Json(view, type, status);
    }

    private static ProblemAnswer? RefusalOf(HttpContext http)
    {
        var headers = http.Request.Headers;
        if (!TryRead(headers.IfMatch, out var match))
        {
            return Malformed(HeaderNames.IfMatch);
        }

        if (!TryRead(headers.IfNoneMatch, out var noneMatch))
        {
            return Malformed(HeaderNames.IfNoneMatch);
        }

        var hasTag = http.GetEndpoint()?.Metadata.GetMetadata<ConditionalRoute>() is not null;
        if (!hasTag && match.Count > 0 && !IsAny(match))
        {
            return Problems.PreconditionFailed(
                "What is at this address has no ETag, so that no If-Match with one can hold."
            );
        }

        http.Features.Set(new Conditions(match, noneMatch));
        return null;
    }

    private static bool TryRead(StringValues lines, out IList<EntityTagHeaderValue> tags)
    {
        tags = [];
        return lines.Count == 0
            || (
                EntityTagHeaderValue.TryParseStrictList([.. lines.Select(line => line ?? "")], out tags!)
                && (tags.Count == 1 || !IsAny(tags))
            );
    }

    private static bool IsAny(IList<EntityTagHeaderValue> tags) =>
        tags.Any(tag => tag.Equals(EntityTagHeaderValue.Any));

    private static long? VersionOf(EntityTagHeaderValue tag) => EntityTag.VersionOf(tag.Tag.AsSpan());

    private static ProblemAnswer Malformed(string header) =>
        Problems.Invalid(
            header,
            "ETags in double quotes are needed, such as \"3\", with commas between several; or *."
        );
}

internal static class ConditionalRoutes
{
    /// <summary>Makes the route obey If-Match and If-None-Match; its handler asks <see cref="Conditions"/>.</summary>
    public static RouteHandlerBuilder Conditional(this RouteHandlerBuilder route) =>
        route.WithMetadata(ConditionalRoute.Instance);
}
