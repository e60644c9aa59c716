using ScheduleZero.Broker.Core;
using ScheduleZero.Broker.Core.Namespaces;
using ScheduleZero.Broker.Host.Access;
using ScheduleZero.Broker.Host.Access.SignIn;
using ScheduleZero.Broker.Host.Api;
using ScheduleZero.Broker.Host.Audit;
using ScheduleZero.Broker.Host.Committed;
using ScheduleZero.Broker.Host.Inputs;
using ScheduleZero.Broker.Host.Loop;
using ScheduleZero.Broker.Host.Schemas;
using ScheduleZero.Broker.Host.Telemetry;
using ScheduleZero.Broker.Host.Throttling;
using ScheduleZero.Broker.Host.Transport;
using ScheduleZero.Broker.Host.Upkeep;
using ScheduleZero.Broker.Storage;
using ScheduleZero.Broker.Storage.LiteDb;
using ScheduleZero.Contracts.Rest;
using ScheduleZero.Edges;

namespace ScheduleZero.Broker.Host;

/// <summary>Starts a Broker inside this process. Reads no configuration but the settings given.</summary>
public static class BrokerServer
{
    /// <summary>Jobs and schedules from which on a start tidies up behind itself.</summary>
    private const int CompactionRows = 10_000;

    internal static string Version { get; } = typeof(BrokerServer).Assembly.GetName().Version!.ToString(3);

    /// <param name="logging">Adds the log's destinations; none without it.</param>
    /// <exception cref="BrokerSettingsException">The settings are wrong.</exception>
    /// <exception cref="StoreTakenException">Another process holds the store.</exception>
    /// <exception cref="IOException">A URL is taken.</exception>
    /// <exception cref="NetMQ.NetMQException">An endpoint of the ROUTER is taken.</exception>
    public static async Task<RunningBroker> StartAsync(
        BrokerSettings settings,
        Action<ILoggingBuilder>? logging,
        CancellationToken cancellationToken
    )
    {
        settings.Validate();
        var time = TimeProvider.System;
        var logs = LoggerFactory.Create(builder =>
        {
            builder.AddServerLog(logging);
            // The library tells of every wrong credential, in a line of its own under the name of our class: whoever
            // tries keys would fill a disk.
            builder.AddFilter(typeof(BearerAuthentication).FullName, LogLevel.Warning);
            // Warns at each start that its keys lie in files; the folder is closed to others, and the docs say so.
            builder.AddFilter("Microsoft.AspNetCore.DataProtection", LogLevel.Error);
        });
        var store = await LiteDbStore.OpenAsync(
            new LiteDbStoreOptions { Folder = settings.DataFolder },
            time,
            logs.CreateLogger<LiteDbStore>(),
            cancellationToken
        );
        var broker = new RunningBroker(store, logs);
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
        RunningBroker broker,
        BrokerSettings settings,
        LiteDbStore store,
        ILoggerFactory logs,
        TimeProvider time,
        CancellationToken cancellationToken
    )
    {
        var mirrors = new Mirrors(
            new KeyRing(time),
            new Roster(),
            new MethodSchemas(logs.CreateLogger<MethodSchemas>()),
            new AuditTailWatch()
        );
        var meter = new OccurrenceMeter();
        broker.Own(meter);
        var core = new BrokerCore(settings.Core);
        var standstill = new StandstillWatch(() => core.Unreadable, logs.CreateLogger<StandstillWatch>());
        broker.Own(standstill);
        var loopLog = logs.CreateLogger<BrokerLoop>();
        var events = new EventStream { Meter = meter.Count + (Action<Happened>)standstill.Take + loopLog.WarnOf };
        var signer = FileAuditSigner.Open(settings.DataFolder);
        broker.Own(signer);
        var copies = new OfflineCopies(signer);
        var transportOptions = new TransportOptions { Endpoints = settings.Router };
        var reception = new Reception(
            transportOptions,
            mirrors.Keys,
            copies,
            Guid.NewGuid().ToString("N"),
            time,
            logs.CreateLogger<Reception>()
        );
        var transport = new RouterTransport(transportOptions, reception, logs.CreateLogger<RouterTransport>());
        var purge = new NamespacePurge(store, logs.CreateLogger<NamespacePurge>());
        var lookup = new OccurrenceLookup(store);
        var speaker = new Speaker(store, transport, events, mirrors, purge, lookup.Begin, copies);
        var loop = new BrokerLoop(core, store, speaker, time, new LoopOptions(), loopLog);
        broker.Take(loop, transport);
        reception.DeliverTo(loop);
        broker.Own(reception);

        var (rows, leftover, needsAdmin) = await LoadAsync(settings, loop, mirrors, time, cancellationToken);
        if (rows >= CompactionRows)
        {
            // Loading leaves behind more than it keeps, and nobody is served yet who would have to wait.
            await MemoryKeeper.ReleaseAsync(leftover);
        }

        var disk = new DiskWatch(
            () => store.FreeDiskBytes,
            settings.DiskReserveBytes,
            settings.DataFolder,
            time,
            logs.CreateLogger<DiskWatch>()
        );
        broker.Own(disk);
        broker.Begin(
            purge,
            lookup,
            new NamespaceMeter(mirrors.Roster, store, settings.Core.NamespaceBytesMax, time),
            disk
        );

        // REST first: a port that is taken must not cost handlers a session.
        var begun = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        var parts = new BrokerParts(store, loop, events, mirrors, signer, logs, time, () => reception.Bridges, disk);
        var app = BuildApp(settings, parts, begun.Task);
        broker.Take(app);
        await app.Services.GetRequiredService<SigningKeys>().RotateAsync(cancellationToken);
        await app.StartAsync(cancellationToken);
        transport.Start();
        var noted = mirrors.Audit.Tail.Sequence;
        var made = await MakeKeysAsync(broker, settings, loop, needsAdmin, time, cancellationToken);
        // The first signature of this start is to cover the keys that it made.
        await mirrors.Audit.ReachAsync(noted + made);
        begun.SetResult();
        broker.BeginPruning(settings.HistoryRetention, settings.AuditRetention, time);
    }

    /// <summary>Takes what the store kept, and adds the namespaces that are missing.</summary>
    /// <returns>
    /// How many jobs and schedules there are, what is of no use any more, and whether an admin key is to be made.
    /// </returns>
    private static async Task<(int Rows, WeakReference Leftover, bool NeedsAdmin)> LoadAsync(
        BrokerSettings settings,
        BrokerLoop loop,
        Mirrors mirrors,
        TimeProvider time,
        CancellationToken cancellationToken
    )
    {
        var stored = await loop.StartAsync(cancellationToken);
        mirrors.Restore(stored);
        await Bootstrap.EnsureNamespacesAsync(stored, mirrors.Roster, loop, time, cancellationToken);
        var needsAdmin = Bootstrap.NeedsAdmin(stored, mirrors.Roster, settings.BootstrapKey, time);
        return (stored.Jobs.Count + stored.Schedules.Count, new WeakReference(stored), needsAdmin);
    }

    /// <summary>
    /// Makes the keys of a first start. The admin key comes last: after it nothing can fail that would end the start,
    /// so a key that is made is also shown.
    /// </summary>
    /// <returns>How many keys were made; each has its event in the audit log.</returns>
    private static async Task<int> MakeKeysAsync(
        RunningBroker broker,
        BrokerSettings settings,
        BrokerLoop loop,
        bool needsAdmin,
        TimeProvider time,
        CancellationToken cancellationToken
    )
    {
        foreach (var key in settings.ExtraKeys)
        {
            var note = AuditNotes.OfSystem("keys:create", $"key:{key.Id}", key.Namespace);
            await loop.AskAsync(ticket => new BrokerInput.CreateKey(ticket, key) { Audit = note }, cancellationToken);
        }

        if (!needsAdmin)
        {
            return settings.ExtraKeys.Count;
        }

        broker.BootstrapKey = await Bootstrap.MakeAdminAsync(settings.BootstrapKey, loop, time);
        return settings.ExtraKeys.Count + 1;
    }

    private static WebApplication BuildApp(BrokerSettings settings, BrokerParts parts, Task begun) =>
        BuildApp(
            settings,
            parts,
            builder =>
            {
                builder.WebHost.UseKestrelCore().UseUrls([.. settings.Urls]);
                builder.Services.AddHostedService(services =>
                    ActivatorUtilities.CreateInstance<AuditCheckpoints>(services, begun)
                );
                builder.Services.AddHostedService(_ => new MemoryKeeper(() => parts.Loop.Commits, parts.Time));
                builder.Services.AddProtection(Path.Combine(settings.DataFolder, "protection"));
            }
        );

    /// <param name="serve">Adds the server, Data Protection, and what else goes on beside requests.</param>
    internal static WebApplication BuildApp(
        BrokerSettings settings,
        BrokerParts parts,
        Action<WebApplicationBuilder> serve
    )
    {
        var builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions());
        builder.Services.AddSingleton(parts.Logs);
        builder.Services.AddRoutingCore();
        // The loop must be stopped after REST and before the store.
        builder.Services.AddCallersLifetime();
        var (loop, mirrors) = (parts.Loop, parts.Mirrors);
        builder
            .Services.AddSingleton(parts.Time)
            .AddSingleton<IHistoryReader>(parts.Store)
            .AddSingleton<IAuditReader>(parts.Store)
            .AddSingleton<IBrokerInputs>(loop)
            .AddSingleton(parts.Events)
            .AddSingleton(mirrors.Keys)
            .AddSingleton(mirrors.Roster)
            .AddSingleton(mirrors.Schemas)
            .AddSingleton(mirrors.Audit)
            .AddSingleton(parts.Signer);
        serve(builder);
        var startedAt = parts.Time.GetUtcNow();
        builder.Services.AddBrokerApi(
            new BrokerApiOptions
            {
                ParamsBytesMax = settings.Core.ParamsBytesMax,
                RequestLimits = new RequestLimitOptions
                {
                    RequestsPerMinute = settings.RequestsPerMinute,
                    AnonymousRequestsPerMinute = settings.AnonymousRequestsPerMinute,
                },
                TrustedProxies = settings.TrustedProxies,
                AllowFrom = settings.AllowFrom,
                CorsOrigins = settings.CorsOrigins,
                ConnectionsPerAddress = settings.ConnectionsPerAddress,
                SignIn = new SignInOptions { SessionLifetime = settings.SessionLifetime },
                StartedAt = startedAt,
                CompleteStats = stats =>
                    stats with
                    {
                        Version = Version,
                        StartedAt = startedAt,
                        Bridges = parts.Bridges(),
                        Commits = loop.Commits,
                        Disk = Disk(),
                        DiskFreeBytes = parts.Disk?.FreeBytes,
                    },
                IsReady = () => !loop.Completion.IsCompleted,
                Disk = Disk,
            }
        );
        var app = builder.Build();
        app.MapBrokerApi();
        return app;

        DiskState Disk() =>
            parts.Disk?.Level switch
            {
                DiskLevel.Low => DiskState.Low,
                DiskLevel.VeryLow => DiskState.VeryLow,
                _ => DiskState.Enough,
            };
    }
}

/// <summary>What REST stands on.</summary>
/// <param name="Bridges">How many are linked at the moment.</param>
/// <param name="Disk">Null where there is no disk that could be full.</param>
internal sealed record BrokerParts(
    IBrokerStore Store,
    BrokerLoop Loop,
    EventStream Events,
    Mirrors Mirrors,
    IAuditSigner Signer,
    ILoggerFactory Logs,
    TimeProvider Time,
    Func<int> Bridges,
    DiskWatch? Disk = null
);
