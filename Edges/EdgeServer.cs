using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.HttpOverrides;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Net.Http.Headers;

namespace ScheduleZero.Edges;

/// <summary>The bounds and headers that the listeners of Broker and Bridge have in common.</summary>
internal static class EdgeServer
{
    /// <summary>
    /// Sets the bounds of a listener: HTTP/1.1 unless TLS brings HTTP/2, bounded before it is parsed and for each
    /// address, and closed to addresses that are not allowed.
    /// </summary>
    public static void Bound(KestrelServerOptions kestrel, AddressPolicy policy, ConnectionPlaces places)
    {
        kestrel.AddServerHeader = false;
        kestrel.AllowSynchronousIO = false;
        kestrel.RequestHeaderEncodingSelector = static name =>
            name.Equals(HeaderNames.ContentLength, StringComparison.OrdinalIgnoreCase)
                ? ContentLengthEncoding.Instance
                : null!;
        kestrel.ConfigureEndpointDefaults(endpoint =>
        {
            endpoint.Protocols = HttpProtocols.Http1;
            if (!policy.IsOpen)
            {
                endpoint.Use(policy.Guard);
            }

            endpoint.Use(places.Guard);
        });
        var limits = kestrel.Limits;
        limits.MaxRequestLineSize = 8 * 1024;
        limits.MaxRequestHeadersTotalSize = 16 * 1024;
        limits.MaxRequestHeaderCount = 64;
        limits.RequestHeadersTimeout = TimeSpan.FromSeconds(10);
        limits.KeepAliveTimeout = TimeSpan.FromMinutes(2);
        // The rates end connections that send or read more slowly, which would occupy a place for nothing (Slowloris).
        limits.MinRequestBodyDataRate = new MinDataRate(bytesPerSecond: 240, gracePeriod: TimeSpan.FromSeconds(5));
        limits.MinResponseDataRate = new MinDataRate(bytesPerSecond: 240, gracePeriod: TimeSpan.FromSeconds(5));
        // Bodies of HTTP/2 wait in memory up to these sizes, for each connection that an address may have.
        limits.Http2.InitialConnectionWindowSize = 256 * 1024;
        limits.Http2.InitialStreamWindowSize = 128 * 1024;
        limits.Http2.MaxStreamsPerConnection = 100;
        limits.Http2.KeepAlivePingDelay = TimeSpan.FromSeconds(60);
    }

    /// <summary>
    /// Ends the connection after this answer. HTTP/2 has no such header; there only the request's own stream ends.
    /// </summary>
    public static void CloseAfter(HttpContext http)
    {
        if (HttpProtocol.IsHttp11(http.Request.Protocol) || HttpProtocol.IsHttp10(http.Request.Protocol))
        {
            http.Response.Headers.Connection = "close";
        }
    }

    /// <summary>
    /// Whether two servers in a row might each believe another about where the body ends (RFC 9112, 6.1). A request
    /// with both Content-Length and Transfer-Encoding: Kestrel by itself believes the latter, and writes the former
    /// into a header of its own. A Transfer-Encoding that is not the one word chunked, which Kestrel reads as if it
    /// were; and one of HTTP/1.0, which does not know it.
    /// </summary>
    private static bool IsAmbiguous(HttpRequest request) =>
        request.Headers.TransferEncoding is { Count: > 0 } coding
        && (
            coding is not ["chunked"]
            || request.ContentLength is not null
            || request.Headers.ContainsKey("X-Content-Length")
            || !HttpProtocol.IsHttp11(request.Protocol)
        );

    /// <summary>
    /// Whether the reading of a body failed because a chunk of it names a size that no number holds. Kestrel reports
    /// that as a failure of input and output.
    /// </summary>
    public static bool IsUnreadableBody(Exception exception) =>
        exception is IOException { InnerException: OverflowException };

    /// <summary>
    /// Puts security headers on every answer, and refuses requests that are ambiguous about where their body ends.
    /// </summary>
    /// <param name="refuse">Answers an ambiguous request with 400.</param>
    public static void UseEdgeRules(this IApplicationBuilder app, RequestDelegate refuse) =>
        app.Use(next =>
            http =>
            {
                SecurityHeaders.Apply(http);
                if (!IsAmbiguous(http.Request))
                {
                    return next(http);
                }

                CloseAfter(http);
                return refuse(http);
            }
        );

    /// <summary>
    /// The first step of a request: reads the client's address and scheme from X-Forwarded-For and X-Forwarded-Proto,
    /// from the right, as long as the hop that says so is a trusted proxy. Without trusted proxies the headers are not
    /// read.
    /// </summary>
    public static void UseForwardedAddress(this IApplicationBuilder app, AddressPolicy policy)
    {
        if (policy.TrustedProxies.IsEmpty)
        {
            return;
        }

        var options = new ForwardedHeadersOptions
        {
            ForwardedHeaders = ForwardedHeaders.XForwardedFor | ForwardedHeaders.XForwardedProto,
            ForwardLimit = AddressPolicy.ProxiesMax,
        };
        options.KnownProxies.Clear();
        options.KnownIPNetworks.Clear();
        foreach (var network in policy.TrustedProxies.Networks)
        {
            options.KnownIPNetworks.Add(network);
        }

        app.UseForwardedHeaders(options);
    }

    /// <summary>Refuses requests that come through a trusted proxy from an address that is not allowed.</summary>
    public static void UseAddressPolicy(this IApplicationBuilder app, AddressPolicy policy, RequestDelegate refuse)
    {
        if (!policy.IsOpen)
        {
            app.Use(next => http => policy.Admits(http.Connection.RemoteIpAddress) ? next(http) : refuse(http));
        }
    }
}
