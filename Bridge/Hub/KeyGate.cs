using System.Globalization;
using Microsoft.AspNetCore.Http.Connections;
using Microsoft.AspNetCore.Http.Extensions;
using Microsoft.AspNetCore.SignalR;
using ScheduleZero.Bridge.Connections;
using ScheduleZero.Contracts;
using ScheduleZero.Edges;

namespace ScheduleZero.Bridge.Hub;

/// <summary>
/// The gate before the hub: no request passes with something that does not look like an API key. Whether it is one, the
/// Broker decides. A request without any passes too, and its connection may send nothing but messages that prove an
/// enrolled key, or make one. The server's own routing says what a request is for: nothing here reads a path.
/// </summary>
internal sealed class KeyGate(
    RequestDelegate next,
    HandlerConnections connections,
    ConnectionTokens connectionTokens,
    ConnectionLimits limits,
    BridgeSettings settings,
    ILogger<KeyGate> log
)
{
    private const string TokenParameter = "access_token";
    private const string Scheme = "Bearer ";
    private static readonly object ItemKey = new();
    private static readonly object NamesKey = new();

    /// <summary>The API key that the request showed; null when it showed none.</summary>
    public static ApiKey? KeyOf(HttpContext context) => context.Items[ItemKey] as ApiKey;

    /// <summary>
    /// The handlers that the certificate of the client names; null where certificates are not bound to handlers. The
    /// hub's own context of a connection by long polling has no certificate any more.
    /// </summary>
    public static IReadOnlyList<string>? CertificateNamesOf(HttpContext context) =>
        context.Items.TryGetValue(NamesKey, out var names) ? (IReadOnlyList<string>?)names : null;

    public Task InvokeAsync(HttpContext context)
    {
        var endpoint = context.GetEndpoint();
        if (endpoint?.Metadata.GetMetadata<HubMetadata>() is null)
        {
            return next(context);
        }

        var queryToken = TakeQueryToken(context.Request);
        var isNegotiation = endpoint.Metadata.GetMetadata<NegotiateMetadata>() is not null;
        // A negotiation begins a connection, whatever token it shows.
        var isOpen = !isNegotiation && connectionTokens.IsOpen(context.Request);
        if (!isOpen && Wait(context, isNegotiation, out var reason) is { } wait)
        {
            context.Response.Headers.RetryAfter = Math.Max(1, (int)Math.Ceiling(wait.TotalSeconds))
                .ToString(CultureInfo.InvariantCulture);
            return Refuse(context, StatusCodes.Status429TooManyRequests, reason, "its address tries too often");
        }

        if (!IsAllowedOrigin(context.Request))
        {
            return Refuse(context, StatusCodes.Status403Forbidden, "origin", "the page's origin is not allowed");
        }

        ApiKey? key = null;
        if ((HeaderToken(context.Request) ?? queryToken) is { } token && !ApiKey.TryParse(token, out key))
        {
            context.Response.Headers.WWWAuthenticate = "Bearer";
            return Refuse(context, StatusCodes.Status401Unauthorized, "key", "what it has is no API key");
        }

        if (!isOpen && !connections.HasRoom)
        {
            context.Response.Headers.RetryAfter = "1";
            return connections.IsDraining
                ? Refuse(context, StatusCodes.Status503ServiceUnavailable, "stopping", "the Bridge stops")
                : Refuse(context, StatusCodes.Status503ServiceUnavailable, "full", "the Bridge is full");
        }

        context.Items[ItemKey] = key;
        if (settings.MatchClientNames)
        {
            context.Items[NamesKey] = CertificateHandlers.Of(context.Connection.ClientCertificate);
        }

        return next(context);
    }

    /// <summary>
    /// Counts a request that begins a connection: a negotiation, or a connection without one. A connection that was
    /// negotiated has been counted at its negotiation.
    /// </summary>
    private TimeSpan? Wait(HttpContext context, bool isNegotiation, out string reason)
    {
        var address = context.Connection.RemoteIpAddress;
        if (isNegotiation || ConnectionTokens.Of(context.Request).Length == 0)
        {
            ConnectionTokens.Counted(context);
            return limits.Wait(address, out reason);
        }

        reason = ConnectionLimits.RefusedHellosReason;
        return limits.KeptOut(ClientNetwork.Of(address));
    }

    private static string? HeaderToken(HttpRequest request)
    {
        var header = request.Headers.Authorization.ToString();
        return header.StartsWith(Scheme, StringComparison.OrdinalIgnoreCase) ? header[Scheme.Length..].Trim()
            : header.Length > 0 ? header
            : null;
    }

    /// <summary>
    /// Removes the token from the query, whoever sent it, so that nothing behind can log it. The token counts for the
    /// hub's WebSockets and event streams alone: in a browser these cannot carry headers, and SignalR's JavaScript
    /// client puts the token of an event stream into the query wherever it runs.
    /// </summary>
    private static string? TakeQueryToken(HttpRequest request)
    {
        if (!request.QueryString.HasValue || !request.Query.TryGetValue(TokenParameter, out var values))
        {
            return null;
        }

        var others = request
            .Query.Where(parameter => !parameter.Key.Equals(TokenParameter, StringComparison.OrdinalIgnoreCase))
            .ToList();
        request.QueryString = new QueryBuilder(others).ToQueryString();
        var isStream =
            IsWebSocket(request)
            || request.Headers.Accept.ToString().Contains("text/event-stream", StringComparison.OrdinalIgnoreCase);
        // An empty text stands for a token where none may be, which is not the same as no token.
        return HttpMethods.IsGet(request.Method) && isStream ? values.ToString() : "";
    }

    /// <summary>
    /// Whether the page that opens the connection may do so. A browser's WebSocket may come from any page; only the
    /// Bridge's own host and the listed origins may connect.
    /// </summary>
    private bool IsAllowedOrigin(HttpRequest request)
    {
        var origin = request.Headers.Origin.ToString();
        return origin.Length == 0
            || settings.AllowedOrigins.Contains(origin, StringComparer.OrdinalIgnoreCase)
            || (
                Uri.TryCreate(origin, UriKind.Absolute, out var uri)
                && uri.Authority.Equals(request.Host.Value, StringComparison.OrdinalIgnoreCase)
            );
    }

    private static bool IsWebSocket(HttpRequest request) =>
        request.Headers.Upgrade.ToString().Equals("websocket", StringComparison.OrdinalIgnoreCase);

    private Task Refuse(HttpContext context, int status, string reason, string words)
    {
        limits.ConnectionRefused(reason);
        log.ConnectionRefused(context.Connection.RemoteIpAddress, status, words);
        context.Response.StatusCode = status;
        return Task.CompletedTask;
    }
}
