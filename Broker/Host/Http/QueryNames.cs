using System.Collections.Concurrent;
using System.Collections.Frozen;
using Microsoft.AspNetCore.Http.Metadata;

namespace ScheduleZero.Broker.Host.Http;

/// <summary>
/// Refuses query parameters that a route does not have, and a second value where a route takes one. Otherwise a
/// misspelled parameter would silently leave its default in force. The known parameters are read from the parameters of
/// the route's own method, so that no route can be forgotten.
/// </summary>
internal sealed class QueryNames
{
    // The parameters of each route, by endpoint. There is one entry for each route at most.
    private readonly ConcurrentDictionary<Endpoint, FrozenDictionary<string, bool>> _byRoute = new();

    /// <summary>
    /// The step of a request that checks its query. The step follows authentication and authorization.
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

    // The names of parameters, each with whether the parameter may be repeated.
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
