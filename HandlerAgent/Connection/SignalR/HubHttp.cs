using System.Net;
using System.Net.Sockets;
using System.Net.WebSockets;
using System.Security.Cryptography.X509Certificates;
using Microsoft.AspNetCore.Http.Connections.Client;
using ScheduleZero.Certificates;
using ScheduleZero.HandlerAgent.Connection.Ways;
using ScheduleZero.Zmtp.Connections;

namespace ScheduleZero.HandlerAgent.Connection.SignalR;

/// <summary>
/// The HTTP of a hub connection: one kind of handler, with the same proxy, cookies and TLS, for WebSockets and for the
/// other transports.
/// </summary>
/// <param name="address">The Bridge.</param>
/// <param name="proxy">The proxy that is dialled in its place; null for none.</param>
/// <param name="certificateFile">The file with the agent's own certificate, for messages; null for none.</param>
/// <param name="apiKey">The key that is shown to the Bridge; null for an agent that enrolled.</param>
internal sealed class HubHttp(
    Uri address,
    ProxyRoute? proxy,
    ClientTls tls,
    string? certificateFile,
    string? apiKey,
    AddressRace race
)
{
    private readonly CookieContainer _cookies = new();

    /// <summary>The newest certificate that the server showed, as DER; null before one was.</summary>
    private volatile byte[]? _certificate;

    /// <summary>The note at the handler that was made last; null before any was.</summary>
    private volatile AnswerNote? _note;

    public Uri Address => address;

    public ProxyRoute? Proxy => proxy;

    public bool IsTls => address.Scheme == Uri.UriSchemeHttps;

    /// <summary>A copy of the newest certificate that the server showed; null before one was. The caller disposes it.
    /// </summary>
    public X509Certificate2? Certificate => _certificate is { } raw ? X509CertificateLoader.LoadCertificate(raw) : null;

    /// <summary>Texts that no log may hold.</summary>
    public IReadOnlyList<string>? Secrets => proxy?.Secrets;

    /// <summary>The URL of a path below the Bridge's address.</summary>
    public Uri UrlOf(string path) => new($"{address.AbsoluteUri.TrimEnd('/')}/{path}");

    /// <summary>The same for a WebSocket.</summary>
    public Uri WebSocketUrlOf(string path) => new UriBuilder(UrlOf(path)) { Scheme = IsTls ? "wss" : "ws" }.Uri;

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
            return MakeHandler();
        };
        // SignalR's own way to open WebSockets cannot send the intermediates of a client's certificate.
        http.WebSocketFactory = async (context, cancellationToken) => await OpenAsync(context.Uri, cancellationToken);
    }

    /// <summary>Opens a WebSocket, which sends nothing of its own: what is sent decides who keeps it alive.</summary>
    /// <exception cref="NoUpgradeException">The server answered with something else.</exception>
    public async Task<WebSocket> OpenAsync(Uri url, CancellationToken cancellationToken)
    {
        var socket = new ClientWebSocket();
        socket.Options.KeepAliveInterval = TimeSpan.Zero;
        socket.Options.CollectHttpResponseDetails = true;
        // What proxies and servers with pages of their own tell a program by: they answer with a status, not a page.
        socket.Options.SetRequestHeader("X-Requested-With", "XMLHttpRequest");
        if (apiKey is not null)
        {
            socket.Options.SetRequestHeader("Authorization", $"Bearer {apiKey}");
        }

        try
        {
            using var invoker = new HttpMessageInvoker(MakeSocketsHandler());
            await socket.ConnectAsync(url, invoker, cancellationToken);
            return socket;
        }
        catch (WebSocketException e) when (socket.HttpStatusCode is not 0 and var status)
        {
            var answer = HttpAnswer.Of(status, socket.HttpResponseHeaders);
            socket.Dispose();
            throw new NoUpgradeException(answer, e);
        }
        catch
        {
            socket.Dispose();
            throw;
        }
    }

    /// <summary>A handler for single requests; the caller disposes it.</summary>
    public HttpMessageHandler MakeHandler()
    {
        var note = new AnswerNote(MakeSocketsHandler());
        _note = note;
        return note;
    }

    /// <summary>Says why there is no connection, and what to do.</summary>
    public string Explain(Exception failure) =>
        new WebAdvice(address, proxy, certificateFile).For(
            failure,
            failure is OperationCanceledException ? null : _note?.Last
        );

    /// <summary>Explains the newest answer; null when a Bridge may give it.</summary>
    public string? ExplainAnswer() =>
        new WebAdvice(address, proxy, certificateFile).OfAnswer(_note?.Last) is { } words
            ? Redaction.Clean(words, Secrets)
            : null;

    private SocketsHttpHandler MakeSocketsHandler()
    {
        var handler = new SocketsHttpHandler
        {
            // A redirect could lead the key elsewhere.
            AllowAutoRedirect = false,
            CookieContainer = _cookies,
            UseProxy = proxy is not null,
            Proxy = proxy?.ToWebProxy(),
            ConnectCallback = async (context, cancellationToken) =>
            {
                var endpoint = context.DnsEndPoint;
                var socket = await race.ConnectAsync(endpoint.Host, endpoint.Port, cancellationToken);
                return new NetworkStream(socket, ownsSocket: true);
            },
        };
        tls.Apply(handler);
        if (handler.SslOptions.RemoteCertificateValidationCallback is { } check)
        {
            handler.SslOptions.RemoteCertificateValidationCallback = (sender, certificate, chain, errors) =>
            {
                _certificate = certificate?.GetRawCertData();
                return check(sender, certificate, chain, errors);
            };
        }

        return handler;
    }
}
