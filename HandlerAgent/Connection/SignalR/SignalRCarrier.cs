using System.Net.Sockets;
using Microsoft.AspNetCore.Http.Connections;
using Microsoft.AspNetCore.SignalR.Client;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using ScheduleZero.Certificates;
using ScheduleZero.HandlerAgent.Connection.Ways;
using ScheduleZero.Zmtp.Connections;

namespace ScheduleZero.HandlerAgent.Connection.SignalR;

/// <summary>
/// Dials a Bridge by the best transport that the way allows: WebSockets, else Server-Sent Events, else long polling.
/// SignalR's own reconnecting is off: the <see cref="ConnectionLoop"/> knows the other addresses, and which attempts
/// must be resumed.
/// </summary>
internal sealed class SignalRCarrier(
    HandlerAgentOptions options,
    KeySource key,
    ProxyChoice proxies,
    WayMemory ways,
    TimeProvider time,
    Func<double> chance,
    ILogger logger
) : ICarrier
{
    // The best comes first. WebSockets are dialled without negotiation, since they then work with any Bridge behind a
    // load balancer. The other transports need all requests to reach the same Bridge.
    private static readonly HttpTransportType[] Transports =
    [
        HttpTransportType.WebSockets,
        HttpTransportType.ServerSentEvents,
        HttpTransportType.LongPolling,
    ];

    // The Bridge pings every 5 s. Three missing mean a dead connection, and leave time to dial anew before the leases
    // end.
    private static readonly TimeSpan ServerTimeoutMin = TimeSpan.FromSeconds(15);

    private readonly AddressRace _race = new(time);

    public async Task<IConnection> ConnectAsync(Uri address, Inbox inbox, CancellationToken cancellationToken) =>
        await DialAsync(address, inbox, cancellationToken);

    /// <summary>Connects as <see cref="ConnectAsync"/> does.</summary>
    /// <exception cref="CarrierException">The address does not answer.</exception>
    public async Task<SignalRConnection> DialAsync(Uri address, Inbox inbox, CancellationToken cancellationToken)
    {
        var apiKey = await key.ReadAsync(cancellationToken);
        var http = new HubHttp(address, proxies.For(address), ReadTls(), options.ClientCertificateFile, apiKey, _race);
        var known = ways.Of(address, http.Proxy).Transport;
        var first = Math.Max(0, Array.IndexOf(Transports, known ?? Transports[0]));
        var limit = options.ConnectTimeout;
        for (var i = first; ; i++)
        {
            // A firewall may swallow a request without an answer: half of the time is left for the other transports.
            var isLast = i == Transports.Length - 1;
            limit = isLast ? limit : limit / 2;
            try
            {
                var connection = await StartAsync(http, Transports[i], inbox, limit, cancellationToken);
                ways.Change(address, http.Proxy, way => way with { Transport = Transports[i] });
                connection.Watch = new WayWatch(connection, http, Transports[i], inbox, Context());
                return connection;
            }
            catch (Exception e) when (!cancellationToken.IsCancellationRequested)
            {
                var reason = e is OperationCanceledException ? NoAnswerWithin(limit) : http.Explain(e);
                if (isLast || IsUnreachable(e))
                {
                    // The next dial begins with the best transport: the network may have changed.
                    ways.Change(address, http.Proxy, way => way with { Transport = null });
                    throw new CarrierException(reason);
                }

                logger.FallingBack(Transports[i], address, reason);
            }
        }
    }

    private WayContext Context() => new(options, ways, TryWebSocketsAsync, time, chance(), logger);

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

    private static string NoAnswerWithin(TimeSpan limit) =>
        $"There was no answer within {limit.TotalSeconds:0.#} s: something on the way swallows the connection.";

    /// <summary>Tries whether a whole connection by WebSockets can be made.</summary>
    private async Task TryWebSocketsAsync(HubHttp http, CancellationToken cancellationToken)
    {
        var limit = options.ConnectTimeout;
        await using var _ = await StartAsync(http, Transports[0], new Inbox(), limit, cancellationToken);
    }

    private async Task<SignalRConnection> StartAsync(
        HubHttp http,
        HttpTransportType transport,
        Inbox inbox,
        TimeSpan limit,
        CancellationToken cancellationToken
    )
    {
        using var timeout = new CancellationTokenSource(limit, time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(timeout.Token, cancellationToken);
        var builder = new HubConnectionBuilder().WithUrl(
            http.UrlOf("hubs/handlers"),
            given =>
            {
                given.Transports = transport;
                given.SkipNegotiation = transport == HttpTransportType.WebSockets;
                http.Configure(given);
            }
        );
        // Event streams hold text.
        if (options.HubProtocol == HubProtocol.MessagePack && transport != HttpTransportType.ServerSentEvents)
        {
            builder.AddMessagePackProtocol(pack => pack.SerializerOptions = RawJsonFormatter.Options);
        }

        var hub = builder.Build();
        hub.KeepAliveInterval = ways.Of(http.Address, http.Proxy).KeepAlive(options.KeepAliveInterval);
        var threeIntervals = options.KeepAliveInterval * 3;
        hub.ServerTimeout = threeIntervals > ServerTimeoutMin ? threeIntervals : ServerTimeoutMin;
        hub.HandshakeTimeout = options.ConnectTimeout;
        var connection = new SignalRConnection(hub, inbox, http.Secrets) { Transport = transport };
        try
        {
            await hub.StartAsync(either.Token);
            return connection;
        }
        catch
        {
            await connection.DisposeAsync();
            throw;
        }
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
