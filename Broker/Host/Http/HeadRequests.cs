namespace ScheduleZero.Broker.Host.Http;

/// <summary>
/// HEAD is answered wherever GET is, with the same status and headers: the request goes the way of a GET, and what that
/// writes is not sent. A stream ends at once.
/// </summary>
internal static class HeadRequests
{
    private sealed class Mark;

    /// <summary>Whether what looks like a GET was asked for as HEAD.</summary>
    public static bool Is(HttpContext http) => http.Features.Get<Mark>() is not null;

    /// <summary>The step of a request that turns HEAD into GET; before routing.</summary>
    public static RequestDelegate AsGet(RequestDelegate next) =>
        http => HttpMethods.IsHead(http.Request.Method) ? ServeAsync(next, http) : next(http);

    /// <summary>Names HEAD beside GET among the verbs that an address knows.</summary>
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
