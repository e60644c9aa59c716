using Microsoft.AspNetCore.Http.Connections;
using Microsoft.AspNetCore.SignalR;
using Microsoft.AspNetCore.SignalR.Protocol;
using Microsoft.Extensions.Options;

namespace ScheduleZero.Bridge.Hub;

/// <summary>Sets SignalR up as the handler protocol uses it.</summary>
internal static class HubSetup
{
    public static void Add(IServiceCollection services, BridgeSettings settings)
    {
        var limits = settings.Limits;
        services.AddSignalR(options =>
        {
            options.MaximumReceiveMessageSize = limits.MessageBytesMax;
            // Calls run one at a time, which keeps the order in which a handler speaks. A Hello that waits for its
            // answer delays only what must wait for the answer anyway.
            options.MaximumParallelInvocationsPerClient = 1;
            options.KeepAliveInterval = limits.KeepAlive;
            options.ClientTimeoutInterval = limits.HandlerSilenceMax;
            options.HandshakeTimeout = limits.HelloDeadline;
            options.DisableImplicitFromServicesParameters = true;
            options.AddFilter<HubErrors>();
        });
        services.AddSingleton<HubErrors>();
        // For each name the last protocol registered counts, so these stand in for the JSON protocol that AddSignalR
        // brought.
        AddProtocol(services, limits, new JsonHubProtocol());
        AddProtocol(
            services,
            limits,
            new MessagePackHubProtocol(
                Options.Create(new MessagePackHubProtocolOptions { SerializerOptions = RawJsonFormatter.Options })
            )
        );
    }

    public static void Map(WebApplication app, BridgeSettings settings)
    {
        var tokens = app.Services.GetRequiredService<ConnectionTokens>();
        var options = new HttpConnectionDispatcherOptions
        {
            Transports =
                HttpTransportType.WebSockets | HttpTransportType.ServerSentEvents | HttpTransportType.LongPolling,
            TransportSendTimeout = TimeSpan.FromSeconds(10),
        };
        options.WebSockets.CloseTimeout = settings.Limits.CloseGrace;
        // The mapping does what MapHub does, with a step of our own before the hub.
        app.MapConnections(
                BridgeServer.HubPath,
                options,
                connection => connection.Use(tokens.Note).UseHub<HandlerHub>()
            )
            .WithMetadata(new HubMetadata(typeof(HandlerHub)));
    }

    private static void AddProtocol(IServiceCollection services, BridgeLimits limits, IHubProtocol protocol) =>
        services.AddSingleton<IHubProtocol>(new StrictHubProtocol(protocol, limits.StrikesMax));
}
