using System.Net.Sockets;
using Microsoft.AspNetCore.Http.Connections;
using Microsoft.AspNetCore.Http.Connections.Client;
using Microsoft.AspNetCore.SignalR.Client;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using ScheduleZero.Certificates;

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

    private string? ProxyPassword => options.Proxy?.Password;

    public async Task<IConnection> ConnectAsync(Uri address, Inbox inbox, CancellationToken cancellationToken)
    {
        var apiKey = await key.ReadAsync(cancellationToken);
        var http = new HubHttp(options.Proxy, ReadTls(), apiKey);
        try
        {
            return await StartWebSocketsAsync(address, http, inbox, cancellationToken);
        }
        catch (Exception e) when (!cancellationToken.IsCancellationRequested && !IsUnreachable(e))
        {
            // WebSockets without negotiation come first, since they work with any Bridge behind a load balancer. The
            // other transports need all requests to reach the same Bridge.
            logger.FallingBack(address, Redaction.Clean(e, ProxyPassword));
        }
        catch (Exception e) when (!cancellationToken.IsCancellationRequested)
        {
            throw Failure(e, address);
        }

        try
        {
            return await StartAsync(address, http, inbox, webSocketsOnly: false, cancellationToken);
        }
        catch (Exception e) when (!cancellationToken.IsCancellationRequested)
        {
            throw Failure(e, address);
        }
    }

    private ClientTls ReadTls()
    {
        try
        {
            return options.TlsFiles.Load(time);
        }
        catch (IOException e)
        {
            throw new CarrierException(e.Message);
        }
    }

    private CarrierException Failure(Exception e, Uri address)
    {
        // What libraries put around the refusal of a certificate tells nothing more.
        var told = TlsFailure.Explain(e, address, options.ClientCertificateFile);
        return CertificateRefusedException.Within(e) is not null
            ? new CarrierException(told!)
            : new CarrierException($"{Redaction.Clean(e, ProxyPassword)} {told}".TrimEnd());
    }

    private async Task<IConnection> StartWebSocketsAsync(
        Uri address,
        HubHttp http,
        Inbox inbox,
        CancellationToken cancellationToken
    )
    {
        // A firewall may swallow the upgrade without an answer: half of the time is left for the other transports.
        using var timeout = new CancellationTokenSource(options.ConnectTimeout / 2, time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(timeout.Token, cancellationToken);
        return await StartAsync(address, http, inbox, webSocketsOnly: true, either.Token);
    }

    private async Task<IConnection> StartAsync(
        Uri address,
        HubHttp http,
        Inbox inbox,
        bool webSocketsOnly,
        CancellationToken cancellationToken
    )
    {
        var url = new Uri($"{address.AbsoluteUri.TrimEnd('/')}/hubs/handlers");
        var builder = new HubConnectionBuilder().WithUrl(url, given => Configure(given, http, webSocketsOnly));
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

    private static void Configure(HttpConnectionOptions http, HubHttp ours, bool webSocketsOnly)
    {
        http.Transports = webSocketsOnly
            ? HttpTransportType.WebSockets
            : HttpTransportType.WebSockets | HttpTransportType.ServerSentEvents | HttpTransportType.LongPolling;
        http.SkipNegotiation = webSocketsOnly;
        ours.Configure(http);
    }

    // When nobody listens at the address, or somebody who is not trusted, another transport would find nobody else.
    private static bool IsUnreachable(Exception exception)
    {
        for (var e = exception; e is not null; e = e.InnerException)
        {
            if (e is SocketException or CertificateRefusedException)
            {
                return true;
            }
        }

        return false;
    }
}
