using System.Net;
using System.Net.WebSockets;
using Microsoft.AspNetCore.Http.Connections.Client;
using ScheduleZero.Certificates;

namespace ScheduleZero.HandlerAgent.Connection.SignalR;

/// <summary>
/// The HTTP of a hub connection: one kind of handler, with the same proxy, cookies and TLS, for WebSockets and for the
/// other transports.
/// </summary>
/// <param name="apiKey">The key that is shown to the Bridge; null for an agent that enrolled.</param>
internal sealed class HubHttp(AgentProxy? proxy, ClientTls tls, string? apiKey)
{
    /// <summary>Sets the options of a connection that is about to be made.</summary>
    public void Configure(HttpConnectionOptions http)
    {
        if (apiKey is not null)
        {
            http.AccessTokenProvider = () => Task.FromResult<string?>(apiKey);
        }

        http.HttpMessageHandlerFactory = given =>
        {
            given.Dispose();
            return MakeHandler(http.Cookies);
        };
        // SignalR's own way to open WebSockets cannot send the intermediates of a client's certificate.
        http.WebSocketFactory = async (context, cancellationToken) =>
            await OpenAsync(context.Uri, http, cancellationToken);
    }

    private async Task<WebSocket> OpenAsync(
        Uri address,
        HttpConnectionOptions http,
        CancellationToken cancellationToken
    )
    {
        var socket = new ClientWebSocket();
        // What proxies and servers with pages of their own tell a program by: they answer with a status, not a page.
        socket.Options.SetRequestHeader("X-Requested-With", "XMLHttpRequest");
        if (apiKey is not null)
        {
            socket.Options.SetRequestHeader("Authorization", $"Bearer {apiKey}");
        }

        try
        {
            using var invoker = new HttpMessageInvoker(MakeHandler(http.Cookies));
            await socket.ConnectAsync(address, invoker, cancellationToken);
            return socket;
        }
        catch
        {
            socket.Dispose();
            throw;
        }
    }

    private SocketsHttpHandler MakeHandler(CookieContainer cookies)
    {
        var handler = new SocketsHttpHandler { CookieContainer = cookies };
        if (proxy is { Address: { } address })
        {
            handler.Proxy = new WebProxy(address)
            {
                Credentials = proxy.User is null ? null : new NetworkCredential(proxy.User, proxy.Password),
            };
        }

        tls.Apply(handler);
        return handler;
    }
}
