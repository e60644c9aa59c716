using ScheduleZero.Broker.Core;
using ScheduleZero.Broker.Host.Access;
using ScheduleZero.Broker.Host.Access.SignIn;
using ScheduleZero.Broker.Host.Api;
using ScheduleZero.Broker.Host.Audit;
using ScheduleZero.Broker.Host.Loop;
using ScheduleZero.Broker.Host.Schemas;
using ScheduleZero.Broker.Host.Transport;
using ScheduleZero.Broker.Storage;
using ScheduleZero.Broker.Storage.LiteDb;
using ScheduleZero.Contracts.Rest;

namespace ScheduleZero.Broker.Host;

/// <summary>Starts a Broker inside this process. Reads no configuration but the settings given.</summary>
public static class BrokerServer
{
    internal static string Version { get; } = typeof(BrokerServer).Assembly.GetName().Version!.ToString(3);

    /// <param name="logging">Adds the log's destinations; none without it.</param>
    /// <exception cref="BrokerSettingsException">The settings are wrong.</exception>
    /// <exception cref="StoreTakenException">Another process holds the store.</exception>
    /// <exception cref="IOException">A URL is taken.</exception>
    /// <exception cref="NetMQ.NetMQException">An endpoint of the ROUTER is taken.</exception>
    public static async Task<RunningBroker> StartAsync(BrokerSettings settings, Action<ILoggingBuilder>? logging, CancellationToken cancellationToken)
    {
        settings.Validate();
        var time = TimeProvider.System;
        var logs = LoggerFactory.Create(builder =>
        {
            builder.SetMinimumLevel(LogLevel.Information);
            logging?.Invoke(builder);
            builder.AddFilter("Microsoft", LogLevel.Warning);
            // Shows lines and headers that make no sense whole, keys among them.
            builder.AddFilter("Microsoft.AspNetCore.Server.Kestrel.BadRequests", LogLevel.None);
            // Warns at each start that its keys lie in files; the folder is closed to others, and the docs say so.
            builder.AddFilter("Microsoft.AspNetCore.DataProtection", LogLevel.Error);
        });
        var store = await LiteDbStore.OpenAsync(
            new LiteDbStoreOptions { Folder = settings.DataFolder }, time, logs.CreateLogger<LiteDbStore>(), cancellationToken);
        var broker = new RunningBroker(store, logs, settings.HistoryRetention, settings.AuditRetention, time);
        try
        {
            await StartAsync(broker, settings, store, logs, time, cancellationToken);
            return broker;
        }
        catch
        {
            await broker.DisposeAsync();
            throw;
        }
    }

    private static async Task StartAsync(
        RunningBroker broker, BrokerSettings settings, LiteDbStore store, ILoggerFactory logs, TimeProvider time, CancellationToken cancellationToken)
    {
        var mirrors = new Mirrors(new KeyRing(time), new Roster(), new MethodSchemas(logs.CreateLogger<MethodSchemas>()), new AuditTailWatch());
        var events = new EventStream();
        var transportOptions = new TransportOptions { Endpoints = settings.Router };
        var reception = new Reception(transportOptions, mirrors.Keys, Guid.NewGuid().ToString("N"), time, logs.CreateLogger<Reception>());
        var transport = new RouterTransport(transportOptions, reception, logs.CreateLogger<RouterTransport>());
        var purge = new NamespacePurge(store, logs.CreateLogger<NamespacePurge>());
        var lookup = new OccurrenceLookup(store);
        var speaker = new Speaker(store, transport, events, mirrors, purge, lookup.Begin);
        var loop = new BrokerLoop(new BrokerCore(settings.Core), store, speaker, time, new LoopOptions(), logs.CreateLogger<BrokerLoop>());
        broker.Take(loop, transport);
        reception.DeliverTo(loop);

        var signer = FileAuditSigner.Open(settings.DataFolder);
        broker.Take(signer);
        var stored = await loop.StartAsync(cancellationToken);
        mirrors.Restore(stored);
        broker.Begin(purge, lookup, new NamespaceMeter(mirrors.Roster, store, time));
        await Bootstrap.EnsureNamespacesAsync(stored, mirrors.Roster, loop, time, cancellationToken);
        broker.BootstrapKey = await Bootstrap.EnsureAdminAsync(stored.Keys, mirrors.Roster, settings.BootstrapKey, loop, time, cancellationToken);
        foreach (var key in settings.ExtraKeys)
        {
            var note = AuditNotes.OfSystem("keys:create", $"key:{key.Id}", key.Namespace);
            await loop.AskAsync(ticket => new BrokerInput.CreateKey(ticket, key) { Audit = note }, cancellationToken);
        }

        // REST first: a port that is taken must not cost handlers a session.
        var app = BuildApp(settings, store, loop, events, mirrors, signer, reception, logs, time);
        broker.Take(app);
        await app.Services.GetRequiredService<SigningKeys>().RotateAsync(cancellationToken);
        await app.StartAsync(cancellationToken);
        transport.Start();
    }

    private static WebApplication BuildApp(
        BrokerSettings settings, IBrokerStore store, BrokerLoop loop, EventStream events, Mirrors mirrors, IAuditSigner signer, Reception reception,
        ILoggerFactory logs, TimeProvider time)
    {
        var builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions());
        builder.WebHost.UseKestrelCore().UseUrls([.. settings.Urls]);
        builder.Services.AddSingleton(logs);
        builder.Services.AddRoutingCore();
        // Signals are the caller's: the loop must be stopped after REST and before the store.
        builder.Services.AddSingleton<IHostLifetime, NoSignals>();
        builder.Services.Configure<HostOptions>(host => host.ShutdownTimeout = TimeSpan.FromSeconds(3));
        builder.Services.AddSingleton(time).AddSingleton(store).AddSingleton<IBrokerInputs>(loop).AddSingleton(events)
            .AddSingleton(mirrors.Keys).AddSingleton(mirrors.Roster).AddSingleton(mirrors.Schemas).AddSingleton(mirrors.Audit)
            .AddSingleton(signer).AddHostedService<AuditCheckpoints>();
        builder.Services.AddProtection(Path.Combine(settings.DataFolder, "protection"));
        var startedAt = time.GetUtcNow();
        builder.Services.AddBrokerApi(new BrokerApiOptions
        {
            ParamsBytesMax = settings.Core.ParamsBytesMax,
            RequestsPerMinute = settings.RequestsPerMinute,
            AnonymousRequestsPerMinute = settings.AnonymousRequestsPerMinute,
            TrustedProxies = settings.TrustedProxies,
            AllowFrom = settings.AllowFrom,
            CorsOrigins = settings.CorsOrigins,
            SessionLifetime = settings.SessionLifetime,
            StartedAt = startedAt,
            CompleteStats = stats => Complete(stats, startedAt, reception, loop),
            IsReady = () => !loop.Completion.IsCompleted,
        });
        var app = builder.Build();
        app.MapBrokerApi();
        return app;
    }

    private static BrokerStats Complete(BrokerStats stats, DateTimeOffset startedAt, Reception reception, BrokerLoop loop) =>
        stats with { Version = Version, StartedAt = startedAt, Bridges = reception.Bridges, Commits = loop.Commits };

    private sealed class NoSignals : IHostLifetime
    {
        public Task WaitForStartAsync(CancellationToken cancellationToken) => Task.CompletedTask;

        public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;
    }
}
