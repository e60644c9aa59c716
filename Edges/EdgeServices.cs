using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.AspNetCore.Server.Kestrel.Transport.Sockets;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using ScheduleZero.Zmtp.Connections;

namespace ScheduleZero.Edges;

/// <summary>The bounds of a listener that concern addresses.</summary>
/// <param name="AllowFrom">The ranges of addresses that may connect; all may when it is empty.</param>
/// <param name="TrustedProxies">The ranges of proxies that are believed about where a request comes from.</param>
/// <param name="ConnectionsPerAddress">How many connections one address may have at once.</param>
/// <param name="FirstByteMax">How long a connection may stay open before its first byte comes.</param>
internal sealed record EdgeOptions(
    IReadOnlyList<string> AllowFrom,
    IReadOnlyList<string> TrustedProxies,
    int ConnectionsPerAddress,
    TimeSpan FirstByteMax
);

/// <summary>Registers what the listeners of the Broker and the Bridge share.</summary>
internal static class EdgeServices
{
    /// <summary>
    /// Adds the bounds on addresses, connections and lines of the log that strangers cause. The caller registers a
    /// <see cref="TimeProvider"/>.
    /// </summary>
    /// <param name="configure">Sets the bounds of the listener's own.</param>
    public static IServiceCollection AddEdge(
        this IServiceCollection services,
        EdgeOptions options,
        Action<KestrelServerOptions> configure
    )
    {
        services
            .AddMetrics()
            .AddSingleton(static provider => new StrangerLines(
                provider.GetRequiredService<TimeProvider>(),
                provider.GetRequiredService<ILogger<StrangerLines>>()
            ))
            .AddSingleton(static _ => new FileDescriptors())
            .AddSingleton<SocketTransportFactory>()
            .AddSingleton<IConnectionListenerFactory, ReservingListeners>()
            .AddSingleton(provider =>
                ActivatorUtilities.CreateInstance<AddressPolicy>(provider, options.AllowFrom, options.TrustedProxies)
            )
            .AddSingleton(provider =>
                ActivatorUtilities.CreateInstance<ConnectionPlaces>(
                    provider,
                    options.ConnectionsPerAddress,
                    options.FirstByteMax
                )
            );
        services
            .AddOptions<KestrelServerOptions>()
            .Configure<AddressPolicy, ConnectionPlaces>(
                (kestrel, policy, places) =>
                {
                    EdgeServer.Bound(kestrel, policy, places);
                    configure(kestrel);
                }
            );
        return services;
    }

    /// <summary>
    /// Leaves signals to the program: its parts must stop in an order of their own, which the host does not know.
    /// </summary>
    public static IServiceCollection AddCallersLifetime(this IServiceCollection services) =>
        services
            .AddSingleton<IHostLifetime, NoSignals>()
            .Configure<HostOptions>(static host => host.ShutdownTimeout = TimeSpan.FromSeconds(3));

    /// <summary>Adds the levels of the log that every server has.</summary>
    /// <param name="destinations">Adds the destinations of the log; null for none.</param>
    public static ILoggingBuilder AddServerLog(this ILoggingBuilder log, Action<ILoggingBuilder>? destinations)
    {
        log.SetMinimumLevel(LogLevel.Information);
        destinations?.Invoke(log);
        return log.AddFilter("Microsoft", LogLevel.Warning)
            // This logger is off, since it shows whole lines and headers that make no sense, keys among them.
            .AddFilter("Microsoft.AspNetCore.Server.Kestrel.BadRequests", LogLevel.None)
            // This logger is quiet, since it warns of each connection beyond the last place; the meter
            // kestrel.rejected_connections counts them.
            .AddFilter("Microsoft.AspNetCore.Server.Kestrel.Connections", LogLevel.Error);
    }

    private sealed class NoSignals : IHostLifetime
    {
        public Task WaitForStartAsync(CancellationToken cancellationToken) => Task.CompletedTask;

        public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;
    }
}
