using System.Net;
using System.Net.Http.Headers;

namespace ScheduleZero.HandlerAgent.Connection.Ways;

/// <summary>What a web server, or a proxy before it, answered to a request for the hub.</summary>
/// <param name="MediaType">The type of the body, such as <c>text/html</c>; null without one.</param>
/// <param name="WantsKey">Whether an API key is asked for, as a Bridge does.</param>
/// <param name="Location">Where a redirect leads, without user, query and fragment; null without one.</param>
internal sealed record HttpAnswer(HttpStatusCode Status, string? MediaType, bool WantsKey, string? Location)
{
    private const string ProblemType = "application/problem+json";

    /// <summary>Whether a page for people was sent, as captive portals and firewalls do.</summary>
    public bool IsPage => MediaType is "text/html" or "application/xhtml+xml";

    /// <summary>Whether the answer is in the form of the Broker's REST; a Bridge refuses without a body.</summary>
    public bool IsProblem => MediaType == ProblemType;

    public static HttpAnswer Of(HttpResponseMessage response) =>
        new(
            response.StatusCode,
            response.Content.Headers.ContentType?.MediaType,
            response.Headers.WwwAuthenticate.Any(challenge => IsBearer(challenge.Scheme)),
            Shown(response.Headers.Location)
        );

    /// <summary>Reads the answer that a WebSocket got in place of its upgrade.</summary>
    public static HttpAnswer Of(HttpStatusCode status, IReadOnlyDictionary<string, IEnumerable<string>>? headers) =>
        new(
            status,
            MediaTypeHeaderValue.TryParse(First(headers, "Content-Type"), out var type) ? type.MediaType : null,
            IsBearer(First(headers, "WWW-Authenticate")),
            Uri.TryCreate(First(headers, "Location"), UriKind.RelativeOrAbsolute, out var location)
                ? Shown(location)
                : null
        );

    private static bool IsBearer(string? challenge) =>
        challenge?.StartsWith("Bearer", StringComparison.OrdinalIgnoreCase) == true;

    private static string? First(IReadOnlyDictionary<string, IEnumerable<string>>? headers, string name) =>
        headers
            ?.FirstOrDefault(header => header.Key.Equals(name, StringComparison.OrdinalIgnoreCase))
            .Value?.FirstOrDefault();

    private static string? Shown(Uri? location) =>
        location is null ? null
        : location.IsAbsoluteUri ? $"{location.Scheme}://{location.Authority}{location.AbsolutePath}"
        : location.OriginalString.Split('?', '#')[0];
}

/// <summary>Notes the last answer that came to a request, for the message when a connection fails.</summary>
internal sealed class AnswerNote(HttpMessageHandler inner) : DelegatingHandler(inner)
{
    private HttpAnswer? _last;

    /// <summary>The last answer; null before the first one.</summary>
    public HttpAnswer? Last => Volatile.Read(ref _last);

    protected override async Task<HttpResponseMessage> SendAsync(
        HttpRequestMessage request,
        CancellationToken cancellationToken
    )
    {
        Volatile.Write(ref _last, null);
        var response = await base.SendAsync(request, cancellationToken);
        Volatile.Write(ref _last, HttpAnswer.Of(response));
        return response;
    }
}

/// <summary>A WebSocket was not opened, because the server answered with something else.</summary>
internal sealed class NoUpgradeException(HttpAnswer answer, Exception inner)
    : Exception($"The answer to the request for a WebSocket was {(int)answer.Status}.", inner)
{
    public HttpAnswer Answer => answer;
}
