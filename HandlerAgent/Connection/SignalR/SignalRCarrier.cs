using System.Net;
using System.Net.Sockets;
using Microsoft.AspNetCore.Http.Connections;
using Microsoft.AspNetCore.Http.Connections.Client;
using Microsoft.AspNetCore.SignalR.Client;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace ScheduleZero.HandlerAgent.Connection.SignalR;

/// <summary>
/// Dials a Bridge. SignalR's own reconnecting is off: the <see cref="ConnectionLoop"/> knows the other addresses, and
/// which attempts must be resumed.
/// </summary>
internal sealed class SignalRCarrier(HandlerAgentOptions options, KeySource key, TimeProvider time, ILogger logger)
    : ICarrier
{
    // The Bridge pings every 5 s. Three missing mean a dead connection, and leave time to dial anew before the leases
    // end.
    private static readonly TimeSpan ServerTimeoutMin = TimeSpan.FromSeconds(15);

    private readonly CustomTrust? _trust = options.CertificateAuthorityFile is { } file ? new CustomTrust(file) : null;

    private string? ProxyPassword => options.Proxy?.Password;

    public async Task<IConnection> ConnectAsync(Uri address, Inbox inbox, CancellationToken cancellationToken)
    {
        var apiKey = await key.ReadAsync(cancellationToken);
        try
        {
            return await StartWebSocketsAsync(address, apiKey, inbox, cancellationToken);
        }
        catch (Exception e) when (!cancellationToken.IsCancellationRequested && !IsUnreachable(e))
        {
            // WebSockets without negotiation come first, since they work with any Bridge behind a load balancer. The
            // other transports need all requests to reach the same Bridge.
            logger.FallingBack(address, Redaction.Clean(e, ProxyPassword));
        }
        catch (Exception e) when (!cancellationToken.IsCancellationRequested)
        {
            throw new CarrierException(Redaction.Clean(e, ProxyPassword));
        }

        try
        {
            return await StartAsync(address, apiKey, inbox, webSocketsOnly: false, cancellationToken);
        }
        catch (Exception e) when (!cancellationToken.IsCancellationRequested)
        {
            throw new CarrierException(Redaction.Clean(e, ProxyPassword));
        }
    }

    private async Task<IConnection> StartWebSocketsAsync(
        Uri address,
        string? apiKey,
        Inbox inbox,
        CancellationToken cancellationToken
    )
    {
        // A firewall may swallow the upgrade without an answer: half of the time is left for the other transports.
        using var timeout = new CancellationTokenSource(options.ConnectTimeout / 2, time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(timeout.Token, cancellationToken);
        return await StartAsync(address, apiKey, inbox, webSocketsOnly: true, either.Token);
    }

    private async Task<IConnection> StartAsync(
        Uri address,
        string? apiKey,
        Inbox inbox,
        bool webSocketsOnly,
        CancellationToken cancellationToken
    )
    {
        var url = new Uri($"{address.AbsoluteUri.TrimEnd('/')}/hubs/handlers");
        var builder = new HubConnectionBuilder().WithUrl(url, http => Configure(http, apiKey, webSocketsOnly));
        if (options.HubProtocol == HubProtocol.MessagePack)
        {
            builder.AddMessagePackProtocol(pack => pack.SerializerOptions = RawJsonFormatter.Options);
        }

        var hub = builder.Build();
        hub.KeepAliveInterval = options.KeepAliveInterval;
        var threeIntervals = options.KeepAliveInterval * 3;
        hub.ServerTimeout = threeIntervals > ServerTimeoutMin ? threeIntervals : ServerTimeoutMin;
        hub.HandshakeTimeout = options.ConnectTimeout;
        var connection = new SignalRConnection(hub, inbox, ProxyPassword);
        try
        {
            await hub.StartAsync(cancellationToken);
            return connection;
        }
        catch
        {
            await connection.DisposeAsync();
            throw;
        }
    }

    private void Configure(HttpConnectionOptions http, string? apiKey, bool webSocketsOnly)
    {
        http.Transports = webSocketsOnly
            ? HttpTransportType.WebSockets
            : HttpTransportType.WebSockets | HttpTransportType.ServerSentEvents | HttpTransportType.LongPolling;
        http.SkipNegotiation = webSocketsOnly;
        if (apiKey is not null)
        {
            http.AccessTokenProvider = () => Task.FromResult<string?>(apiKey);
        }

        if (options.Proxy is { Address: { } address } proxy)
        {
            http.Proxy = new WebProxy(address)
            {
                Credentials = proxy.User is null ? null : new NetworkCredential(proxy.User, proxy.Password),
            };
        }

        if (_trust is not null)
        {
            http.WebSocketConfiguration = socket =>
                socket.RemoteCertificateValidationCallback = (_, certificate, chain, errors) =>
                    _trust.IsTrusted(certificate, chain, errors);
            http.HttpMessageHandlerFactory = handler =>
            {
                ((HttpClientHandler)handler).ServerCertificateCustomValidationCallback = (
                    _,
                    certificate,
                    chain,
                    errors
                ) => _trust.IsTrusted(certificate, chain, errors);
                return handler;
            };
        }
    }

    // When nobody listens at the address, another transport would not find anybody either.
    private static bool IsUnreachable(Exception exception)
    {
        for (var e = exception; e is not null; e = e.InnerException)
        {
            if (e is SocketException)
            {
                return true;
            }
        }

        return false;
    }
}
