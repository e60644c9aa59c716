using System.Security.Cryptography.X509Certificates;
using System.Threading.Channels;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Connections.Features;
using Microsoft.AspNetCore.SignalR;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using ScheduleZero.Authorities;
using ScheduleZero.Contracts;
using ScheduleZero.Contracts.Handlers;
using ScheduleZero.HandlerAgent.Connection.SignalR;

namespace ScheduleZero.Agent.Tests.Fakes;

/// <summary>A Bridge's hub in a web server of its own, whose Broker is the test.</summary>
internal sealed class FakeBridge : IAsyncDisposable
{
    private readonly WebApplication _web;
    private int _requestCount;
    private int _blockedCount;

    private FakeBridge(bool webSocketsBlocked, ServerFiles? certificate, bool asksForCertificates, int port)
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.Services.AddSingleton(this);
        builder.Services.AddSignalR().AddMessagePackProtocol(pack => pack.SerializerOptions = RawJsonFormatter.Options);
        builder.WebHost.ConfigureKestrel(kestrel =>
            TlsListener.Listen(kestrel, port, certificate, asksForCertificates)
        );
        _web = builder.Build();
        _web.Use(
            (context, next) =>
            {
                Interlocked.Increment(ref _requestCount);
                ShownCertificate = context.Connection.ClientCertificate?.GetNameInfo(
                    X509NameType.SimpleName,
                    forIssuer: false
                );
                return next(context);
            }
        );
        AreWebSocketsBlocked = webSocketsBlocked;
        _web.Use(
            (context, next) =>
            {
                var isWebSocket =
                    context.WebSockets.IsWebSocketRequest || context.Request.Headers.ContainsKey("Sec-WebSocket-Key");
                if (!isWebSocket || !AreWebSocketsBlocked)
                {
                    return next(context);
                }

                // A proxy that does not know Upgrade answers so.
                Interlocked.Increment(ref _blockedCount);
                return Refuse(context);
            }
        );
        _web.MapGet("/health/live", () => "live");
        _web.MapGet("/way/silence", (HttpContext context) => Silence(context));
        _web.MapHub<Hub>("/hubs/handlers");
    }

    public string Address =>
        _web.Services.GetRequiredService<IServer>().Features.Get<IServerAddressesFeature>()!.Addresses.Single();

    public Channel<(string Connection, string Transport, string? Authorization, Hello Hello)> Hellos { get; } =
        Channel.CreateUnbounded<(string, string, string?, Hello)>();

    /// <summary>What is done with a check of a way; at first the Bridge is one that does not offer it.</summary>
    public Func<HttpContext, Task> Silence { get; set; } = Refuse;

    /// <summary>How many requests came through TLS.</summary>
    public int RequestCount => Volatile.Read(ref _requestCount);

    /// <summary>Whether WebSockets are answered as by a proxy that does not know them.</summary>
    public bool AreWebSocketsBlocked { get; set; }

    /// <summary>How many WebSockets were refused because they are blocked.</summary>
    public int BlockedCount => Volatile.Read(ref _blockedCount);

    /// <summary>The common name of the certificate that a client showed last; null for none.</summary>
    public string? ShownCertificate { get; private set; }

    public Channel<Report> Reports { get; } = Channel.CreateUnbounded<Report>();

    public Channel<object> Others { get; } = Channel.CreateUnbounded<object>();

    public string? Refusal { get; set; }

    /// <param name="certificate">The certificate of the Bridge, for https; null for http.</param>
    /// <param name="asksForCertificates">Whether clients must show a certificate; any will do.</param>
    /// <param name="port">The port to listen at; 0 for one that is free.</param>
    public static async Task<FakeBridge> StartAsync(
        bool webSocketsBlocked = false,
        ServerFiles? certificate = null,
        bool asksForCertificates = false,
        int port = 0
    )
    {
        var bridge = new FakeBridge(webSocketsBlocked, certificate, asksForCertificates, port);
        await bridge._web.StartAsync();
        return bridge;
    }

    public Task SayAsync(string connection, IBrokerMessage message) =>
        SayAsync(connection, message.Kind, ProtocolJson.Write(message));

    public Task SayAsync(string connection, MessageKind kind, byte[] body) =>
        _web
            .Services.GetRequiredService<IHubContext<Hub>>()
            .Clients.Client(connection)
            .SendAsync(kind.ToString(), new RawJson(body));

    public async ValueTask DisposeAsync() => await _web.DisposeAsync();

    private static Task Refuse(HttpContext context)
    {
        context.Response.StatusCode = StatusCodes.Status404NotFound;
        return Task.CompletedTask;
    }

    internal sealed class Hub(FakeBridge bridge) : Microsoft.AspNetCore.SignalR.Hub
    {
        public RawJson Hello(RawJson body)
        {
            if (bridge.Refusal is { } refusal)
            {
                throw new HubException(refusal);
            }

            var transport = Context.Features.Get<IHttpTransportFeature>()!.TransportType.ToString();
            var authorization = Context.GetHttpContext()!.Request.Headers.Authorization.ToString();
            bridge.Hellos.Writer.TryWrite((Context.ConnectionId, transport, authorization, body.To<Hello>()!));
            return new RawJson(ProtocolJson.Write(Messages.AWelcome()));
        }

        public void Report(RawJson body) => bridge.Reports.Writer.TryWrite(body.To<Report>()!);

        public void Heartbeat(RawJson body) => bridge.Others.Writer.TryWrite(body.To<Heartbeat>()!);

        public void Bye(RawJson body) => bridge.Others.Writer.TryWrite(body.To<Bye>()!);
    }
}
