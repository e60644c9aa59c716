using Microsoft.AspNetCore.Server.Kestrel.Core;
using ScheduleZero.Bridge.Connections;
using ScheduleZero.Bridge.Hub;
using ScheduleZero.Bridge.Link;
using ScheduleZero.Bridge.Ways;
using ScheduleZero.Contracts;
using ScheduleZero.Edges;
using ScheduleZero.Edges.Tls;

namespace ScheduleZero.Bridge;

/// <summary>Starts a Bridge inside this process. The Bridge reads no configuration but the given settings.</summary>
public static class BridgeServer
{
    internal const string HubPath = "/hubs/handlers";

    private static readonly string[] GetAndHead = [HttpMethods.Get, HttpMethods.Head];

    /// <summary>
    /// Listens, and starts the links to the Broker. The call does not wait for the Broker: see
    /// <see cref="RunningBridge.Linked"/>.
    /// </summary>
    /// <param name="logging">Adds the log's destinations; none without it.</param>
    /// <exception cref="BridgeSettingsException">The settings are wrong.</exception>
    /// <exception cref="IOException">A URL, or an endpoint at which the Broker is waited for, is taken.</exception>
    public static async Task<RunningBridge> StartAsync(
        BridgeSettings settings,
        Action<ILoggingBuilder>? logging,
        CancellationToken cancellationToken
    )
    {
        settings.Validate();
        var connections = new HandlerConnections(settings);
        var links = new BrokerLinks(connections, settings);
        var app = Build(settings, connections, links, logging);
        var bridge = new RunningBridge(app, connections, links, settings);
        try
        {
            await app.StartAsync(cancellationToken);
            await bridge.StartLinksAsync(OpenLinks(settings, links, connections, app), cancellationToken);
            return bridge;
        }
        catch
        {
            await bridge.DisposeAsync();
            throw;
        }
    }

    private static WebApplication Build(
        BridgeSettings settings,
        HandlerConnections connections,
        BrokerLinks links,
        Action<ILoggingBuilder>? logging
    )
    {
        var builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions());
        builder.WebHost.UseKestrelCore();
        builder.Services.AddListeners(settings.Urls, settings.Tls, told: null);
        builder
            .Logging.AddServerLog(logging)
            // Request lines are not logged, since they contain queries, and queries may contain a browser's key.
            .AddFilter("Microsoft.AspNetCore.Hosting.Diagnostics", LogLevel.None)
            // This logger is off, since it writes every refusal of a handler as a failure of the server.
            .AddFilter("Microsoft.AspNetCore.SignalR.Internal.DefaultHubDispatcher", LogLevel.None);
        // The host does not stop the Bridge by itself: a stopping Bridge must speak to its handlers before the host
        // cuts them.
        builder.Services.AddRoutingCore().AddCallersLifetime();
        builder
            .Services.AddSingleton(settings)
            .AddSingleton(connections)
            .AddSingleton(links)
            .AddSingleton<ConnectionLimits>()
            .AddSingleton<ConnectionTokens>()
            .AddSingleton<SilenceEndpoint>();
        builder.Services.AddHostedService<ConnectionSweep>();
        var edge = new EdgeOptions(
            settings.AllowFrom,
            settings.TrustedProxies,
            settings.Limits.ConnectionsPerAddress,
            settings.Limits.FirstByteMax
        );
        builder.Services.AddSingleton(settings.Time).AddEdge(edge, kestrel => Limit(kestrel, settings.Limits));
        HubSetup.Add(builder.Services, settings);
        var app = builder.Build();
        Map(app, settings, connections, links);
        return app;
    }

    private static void Map(
        WebApplication app,
        BridgeSettings settings,
        HandlerConnections connections,
        BrokerLinks links
    )
    {
        var policy = app.Services.GetRequiredService<AddressPolicy>();
        app.UseHttpsRedirect();
        app.UseForwardedAddress(policy);
        app.UseEdgeRules(Refuse(StatusCodes.Status400BadRequest));
        app.UseAddressPolicy(policy, Refuse(StatusCodes.Status403Forbidden));
        app.UseRouting();
        app.UseMiddleware<KeyGate>();
        app.MapMethods("/health/live", GetAndHead, () => Results.Text("live"));
        app.MapMethods(
            "/health/ready",
            GetAndHead,
            () =>
                links.Current is null || connections.IsDraining
                    ? Results.Text("unready", statusCode: StatusCodes.Status503ServiceUnavailable)
                    : Results.Text("ready")
        );
        SilenceEndpoint.Map(app);
        HubSetup.Map(app, settings);
    }

    private static RequestDelegate Refuse(int status) =>
        http =>
        {
            http.Response.StatusCode = status;
            return Task.CompletedTask;
        };

    private static void Limit(KestrelServerOptions kestrel, BridgeLimits limits)
    {
        // Two connections for each handler, since long polling takes two at a time; and some more, since somebody must
        // be able to ask for health.
        kestrel.Limits.MaxConcurrentConnections = (2L * limits.ConnectionsMax) + 100;
        kestrel.Limits.MaxConcurrentUpgradedConnections = limits.ConnectionsMax;
        // The limit has room for many messages, since a long-polling client puts all waiting ones into one request.
        kestrel.Limits.MaxRequestBodySize = limits.MessageBytesMax + (2 * 1024 * 1024);
        kestrel.Limits.MaxRequestLineSize = 4 * 1024;
    }

    private static List<BrokerLink> OpenLinks(
        BridgeSettings settings,
        BrokerLinks links,
        HandlerConnections connections,
        WebApplication app
    )
    {
        if (!ApiKey.TryParse(settings.Key, out var key))
        {
            throw new InvalidOperationException("The settings were validated.");
        }

        var context = new LinkContext(
            links,
            connections,
            settings,
            app.Services.GetRequiredService<StrangerLines>(),
            app.Services.GetRequiredService<ILogger<BrokerLink>>()
        );
        return
        [
            .. settings.Brokers.Select(text =>
                BrokerEndpoint.TryParse(text, out var endpoint)
                    ? new BrokerLink(endpoint, key, context)
                    : throw new InvalidOperationException("The settings were validated.")
            ),
        ];
    }
}
