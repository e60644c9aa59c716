using System.Collections.Concurrent;
using System.Collections.Frozen;
using Microsoft.AspNetCore.Http.Metadata;

namespace ScheduleZero.Broker.Host.Http;

/// <summary>
/// Refuses query parameters that a route does not have, and a second value where a route takes one: a slip must not
/// become a default. What a route takes is read from the parameters of its own method, so that no route can be
/// forgotten.
/// </summary>
internal sealed class QueryNames
{
    // The cache has one entry a route, and so a bound.
    private readonly ConcurrentDictionary<Endpoint, FrozenDictionary<string, bool>> _byRoute = new();

    /// <summary>
    /// The step of a request that looks at its query; after those that say who calls, and whether they may.
    /// </summary>
    public RequestDelegate Guard(RequestDelegate next) =>
        http => RefusalOf(http) is { } problem ? problem.ExecuteAsync(http) : next(http);

    private ProblemAnswer? RefusalOf(HttpContext http)
    {
        if (!http.Request.QueryString.HasValue || http.GetEndpoint() is not { } endpoint)
        {
            return null;
        }

        var known = _byRoute.GetOrAdd(endpoint, ParametersOf);
        foreach (var (name, values) in http.Request.Query)
        {
            if (!known.TryGetValue(name, out var isList))
            {
                return Problems.Invalid(NearestName.Shown(name), NearestName.Reason("parameter", name, known.Keys));
            }

            if (values.Count > 1 && !isList)
            {
                return Problems.Invalid(name, "This parameter takes one value, and stands there more than once.");
            }
        }

        return null;
    }

    // The value says whether the parameter may be repeated.
    private static FrozenDictionary<string, bool> ParametersOf(Endpoint endpoint)
    {
        var parameters = new Dictionary<string, bool>(StringComparer.OrdinalIgnoreCase);
        foreach (var bound in endpoint.Metadata.OfType<IParameterBindingMetadata>())
        {
            var attributes = bound.ParameterInfo.GetCustomAttributes(inherit: false);
            if (attributes.OfType<IFromQueryMetadata>().FirstOrDefault() is { } query)
            {
                parameters.Add(query.Name ?? bound.Name, bound.ParameterInfo.ParameterType.IsArray);
            }
        }

        return parameters.ToFrozenDictionary(StringComparer.OrdinalIgnoreCase);
    }
}
