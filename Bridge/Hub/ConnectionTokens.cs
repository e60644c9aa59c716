using System.Collections.Concurrent;
using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.Http.Connections;

namespace ScheduleZero.Bridge.Hub;

/// <summary>
/// The open connections to the hub, by the tokens that the server made for them when they were negotiated, and whether
/// each was counted. Both are noted where the server opens a connection: no form of a URL makes a new connection look
/// like an open one, or passes by the count.
/// </summary>
internal sealed class ConnectionTokens(ConnectionLimits limits)
{
    private const string TokenParameter = "id";
    private static readonly object CountedKey = new();

    private readonly ConcurrentDictionary<string, ConnectionContext> _open = new(StringComparer.Ordinal);

    /// <summary>The token that a request shows; empty for one that shows none, as the server reads it.</summary>
    public static string Of(HttpRequest request) => request.Query[TokenParameter].ToString();

    /// <summary>Notes that the connection which this request may open has been counted.</summary>
    public static void Counted(HttpContext context) => context.Items[CountedKey] = CountedKey;

    /// <summary>Whether the request belongs to a connection that is open.</summary>
    public bool IsOpen(HttpRequest request) => Of(request) is { Length: > 0 } token && _open.ContainsKey(token);

    /// <summary>A step of every connection to the hub, which notes the connection once it is open.</summary>
    public ConnectionDelegate Note(ConnectionDelegate next) =>
        async connection =>
        {
            var http = connection.GetHttpContext();
            var token = http is null ? "" : Of(http.Request);
            var isCounted = token.Length > 0 || http?.Items.ContainsKey(CountedKey) == true;
            if (!isCounted && limits.Wait(http?.Connection.RemoteIpAddress, out var reason) is not null)
            {
                // The gate before the hub did not recognise the connection: here is the last place to count it.
                limits.ConnectionRefused(reason);
                connection.Abort(new ConnectionAbortedException("Its address tries too often."));
                return;
            }

            // A connection with a token was negotiated, and counted then: the server has found it by the token.
            var isNoted = token.Length > 0 && _open.TryAdd(token, connection);
            try
            {
                await next(connection);
            }
            finally
            {
                if (isNoted)
                {
                    _open.TryRemove(token, out _);
                }
            }
        };
}
