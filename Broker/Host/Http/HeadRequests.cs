namespace ScheduleZero.Broker.Host.Http;

/// <summary>
/// Answers HEAD wherever GET is answered, with the same status and headers. The request is served as a GET, and the
/// body that it writes is not sent. A stream ends at once.
/// </summary>
internal static class HeadRequests
{
    private sealed class Mark;

    /// <summary>Whether a request that looks like a GET came as HEAD.</summary>
    public static bool Is(HttpContext http) => http.Features.Get<Mark>() is not null;

    /// <summary>The step of a request that turns HEAD into GET. The step comes before routing.</summary>
    public static RequestDelegate AsGet(RequestDelegate next) =>
        http => HttpMethods.IsHead(http.Request.Method) ? ServeAsync(next, http) : next(http);

    /// <summary>Adds HEAD to the header Allow of an answer that names GET.</summary>
    public static void Allow(HttpResponse response)
    {
        var allow = response.Headers.Allow.ToString();
        var verbs = allow.Split(',', StringSplitOptions.TrimEntries);
        if (verbs.Contains(HttpMethods.Get) && !verbs.Contains(HttpMethods.Head))
        {
            response.Headers.Allow = $"{allow}, {HttpMethods.Head}";
        }
    }

    private static async Task ServeAsync(RequestDelegate next, HttpContext http)
    {
        var body = http.Response.Body;
        http.Features.Set(new Mark());
        http.Request.Method = HttpMethods.Get;
        http.Response.Body = Stream.Null;
        try
        {
            await next(http);
        }
        finally
        {
            http.Request.Method = HttpMethods.Head;
            http.Response.Body = body;
        }
    }
}
