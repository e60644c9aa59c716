using Microsoft.AspNetCore.Server.Kestrel.Core;
using ScheduleZero.Bridge.Connections;
using ScheduleZero.Bridge.Hub;
using ScheduleZero.Bridge.Link;
using ScheduleZero.Contracts;
using ScheduleZero.Edges;

namespace ScheduleZero.Bridge;

/// <summary>Starts a Bridge inside this process. Reads no configuration but the settings given.</summary>
public static class BridgeServer
{
    internal const string HubPath = "/hubs/handlers";

    private static readonly string[] GetAndHead = [HttpMethods.Get, HttpMethods.Head];

    /// <summary>
    /// Listens, and starts the links to the Broker. Does not wait for the Broker: see
    /// <see cref="RunningBridge.Linked"/>.
    /// </summary>
    /// <param name="logging">Adds the log's destinations; none without it.</param>
    /// <exception cref="BridgeSettingsException">The settings are wrong.</exception>
    /// <exception cref="IOException">A URL is taken.</exception>
    /// <exception cref="NetMQ.NetMQException">A Broker endpoint that is to be bound is taken.</exception>
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
            await bridge.StartLinksAsync(OpenLinks(settings, links, connections, app));
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
        builder.WebHost.UseKestrelCore().UseUrls([.. settings.Urls]);
        builder.Logging.SetMinimumLevel(LogLevel.Information);
        logging?.Invoke(builder.Logging);
        // Request lines carry queries, and queries may carry a browser's key; lines that make no sense are shown whole.
        // The third logs every refusal of a handler as a failure of the server.
        builder.Logging.AddFilter("Microsoft.AspNetCore.Hosting.Diagnostics", LogLevel.None);
        builder.Logging.AddFilter("Microsoft.AspNetCore.Server.Kestrel.BadRequests", LogLevel.None);
        builder.Logging.AddFilter("Microsoft.AspNetCore.SignalR.Internal.DefaultHubDispatcher", LogLevel.None);
        builder.Logging.AddFilter("Microsoft", LogLevel.Warning);
        // Warns of each connection beyond the last place; the meter kestrel.rejected_connections counts them.
        builder.Logging.AddFilter("Microsoft.AspNetCore.Server.Kestrel.Connections", LogLevel.Error);
        builder.Services.AddRoutingCore();
        builder
            .Services.AddSingleton(settings)
            .AddSingleton(connections)
            .AddSingleton(links)
            .AddSingleton<ConnectionLimits>()
            .AddSingleton<ConnectionTokens>();
        builder.Services.AddSingleton(static provider => new StrangerLines(
            provider.GetRequiredService<TimeProvider>(),
            provider.GetRequiredService<ILogger<StrangerLines>>()
        ));
        builder.Services.AddSingleton(provider =>
            ActivatorUtilities.CreateInstance<ConnectionPlaces>(
                provider,
                settings.Limits.ConnectionsPerAddress,
                settings.Limits.FirstByteMax
            )
        );
        // Signals are the caller's: a stopping Bridge must speak to its handlers before the host cuts them.
        builder.Services.AddSingleton<IHostLifetime, NoSignals>();
        builder.Services.Configure<HostOptions>(host => host.ShutdownTimeout = TimeSpan.FromSeconds(3));
        builder.Services.AddHostedService<ConnectionSweep>();
        builder.Services.AddMetrics().AddSingleton(settings.Time);
        builder.Services.AddSingleton(provider =>
            ActivatorUtilities.CreateInstance<AddressPolicy>(provider, settings.AllowFrom, settings.TrustedProxies)
        );
        builder
            .Services.AddOptions<KestrelServerOptions>()
            .Configure<AddressPolicy, ConnectionPlaces>(
                (kestrel, policy, places) => Limit(kestrel, policy, places, settings.Limits)
            );
        HubSetup.Add(builder.Services, settings);

        var app = builder.Build();
        var policy = app.Services.GetRequiredService<AddressPolicy>();
        app.UseForwardedAddress(policy);
        app.Use(next =>
            http =>
            {
                SecurityHeaders.Apply(http);
                if (!EdgeServer.IsAmbiguous(http.Request))
                {
                    return next(http);
                }

                http.Response.StatusCode = StatusCodes.Status400BadRequest;
                http.Response.Headers.Connection = "close";
                return Task.CompletedTask;
            }
        );
        app.UseAddressPolicy(
            policy,
            static http =>
            {
                http.Response.StatusCode = StatusCodes.Status403Forbidden;
                return Task.CompletedTask;
            }
        );
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
        HubSetup.Map(app, settings);
        return app;
    }

    private static void Limit(
        KestrelServerOptions kestrel,
        AddressPolicy policy,
        ConnectionPlaces places,
        BridgeLimits limits
    )
    {
        EdgeServer.Bound(kestrel, policy, places);
        // Long polling takes two connections at a time; and somebody must be able to ask for health.
        kestrel.Limits.MaxConcurrentConnections = (2L * limits.ConnectionsMax) + 100;
        kestrel.Limits.MaxConcurrentUpgradedConnections = limits.ConnectionsMax;
        // A long-polling client puts all that waits into one request.
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

        var log = app.Services.GetRequiredService<ILogger<BrokerLink>>();
        var lines = app.Services.GetRequiredService<StrangerLines>();
        return
        [
            .. settings.Brokers.Select(text =>
                BrokerEndpoint.TryParse(text, out var endpoint)
                    ? new BrokerLink(endpoint, key, links, connections, settings, lines, log)
                    : throw new InvalidOperationException("The settings were validated.")
            ),
        ];
    }

    private sealed class NoSignals : IHostLifetime
    {
        public Task WaitForStartAsync(CancellationToken cancellationToken) => Task.CompletedTask;

        public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;
    }
}
