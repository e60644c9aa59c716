using ScheduleZero.Broker.Core.Namespaces;
using ScheduleZero.Broker.Host.Access.SignIn;
using ScheduleZero.Broker.Host.Alerting.Sending;
using ScheduleZero.Broker.Host.Api;
using ScheduleZero.Broker.Host.Audit;
using ScheduleZero.Broker.Host.Committed;
using ScheduleZero.Broker.Host.Inputs;
using ScheduleZero.Broker.Host.Loop;
using ScheduleZero.Broker.Host.Throttling;
using ScheduleZero.Broker.Host.Upkeep;
using ScheduleZero.Broker.Storage;
using ScheduleZero.Contracts;
using ScheduleZero.Contracts.Rest;
using ScheduleZero.Dashboard;
using ScheduleZero.Edges;

namespace ScheduleZero.Broker.Host;

/// <summary>The parts of a Broker that REST stands on.</summary>
/// <param name="Bridges">Counts the Bridges that are linked now.</param>
/// <param name="Links">Reads the links with Bridges and proxies.</param>
/// <param name="Disk">Watches the store's disk; null where there is no disk that could be full.</param>
internal sealed record RestParts(
    IBrokerStore Store,
    IBrokerInputs Inputs,
    BrokerLoop Loop,
    EventStream Events,
    CommittedState Committed,
    IAuditSigner Signer,
    ILoggerFactory Logs,
    TimeProvider Time,
    Func<int> Bridges,
    Func<IReadOnlyList<LinkView>> Links,
    DiskWatch? Disk = null
)
{
    /// <summary>The CURVE keys that may connect to the ROUTER; null where any may, or nothing is encrypted.</summary>
    public CurveClients? CurveClients { get; init; }
}

/// <summary>Puts REST together.</summary>
internal static class BrokerRest
{
    /// <summary>
    /// How many pages one network may ask for in a minute that shows no user session: more than requests to REST, since
    /// such a page reads nothing, and every sign-in from it counts as a request to REST as well.
    /// </summary>
    private const int AnonymousPagesPerMinute = 120;

    /// <param name="serve">Adds the server, Data Protection, and services that run beside requests.</param>
    public static WebApplication Build(BrokerSettings settings, RestParts parts, Action<WebApplicationBuilder> serve)
    {
        var builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions());
        builder.Services.AddRoutingCore().AddCallersLifetime();
        builder
            .Services.AddSingleton(parts.Logs)
            .AddSingleton(parts.Time)
            .AddSingleton<IHistoryReader>(parts.Store)
            .AddSingleton<IAuditReader>(parts.Store)
            .AddSingleton(parts.Inputs)
            .AddSingleton(parts.Events)
            .AddSingleton(parts.Committed.Keys)
            .AddSingleton(parts.Committed.Roster)
            .AddSingleton(parts.Committed.Schemas)
            .AddSingleton(parts.Committed.Audit)
            .AddSingleton(parts.Committed.Alerts)
            .AddSingleton<IAlertSender>(_ => new AlertSenders(settings, new SendingOptions { Time = parts.Time }))
            .AddSingleton(parts.Signer);
        serve(builder);
        builder.Services.AddBrokerApi(OptionsOf(settings, parts));
        if (settings.Dashboard)
        {
            builder.Services.AddSingleton<IUserSessions, UserSessions>().AddDashboard(DashboardOptionsOf(settings));
        }

        var app = builder.Build();
        app.MapBrokerApi();
        return app;
    }

    private static BrokerApiOptions OptionsOf(BrokerSettings settings, RestParts parts)
    {
        var startedAt = parts.Time.GetUtcNow();
        return new BrokerApiOptions
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
            PathBase = settings.PathBase,
            ConnectionsPerAddress = settings.ConnectionsPerAddress,
            SignIn = new SignInOptions { SessionLifetime = settings.SessionLifetime },
            StartedAt = startedAt,
            CompleteStats = stats =>
                stats with
                {
                    Version = BrokerServer.Version,
                    StartedAt = startedAt,
                    Bridges = parts.Bridges(),
                    Commits = parts.Loop.Commits,
                    Disk = StateOf(parts.Disk),
                    DiskFreeBytes = parts.Disk?.FreeBytes,
                },
            IsReady = () => !parts.Loop.Completion.IsCompleted,
            Disk = () => StateOf(parts.Disk),
            Links = parts.Links,
            Settings = BrokerOptions.ViewsOf(settings),
            Retention = new NamespaceRetention(settings.HistoryRetention, settings.AuditRetention),
            AdmitsAnyCurveKey = settings.Curve.AdmitsAny,
            ListsCurveKey = id => parts.CurveClients?.IsListed(key => CurveKeyId.Of(key.Text) == id) ?? false,
        };
    }

    private static DashboardOptions DashboardOptionsOf(BrokerSettings settings) =>
        new()
        {
            AnonymousRequestsPerMinute = Math.Max(settings.AnonymousRequestsPerMinute, AnonymousPagesPerMinute),
            NetworkOf = ClientNetwork.Of,
            Version = BrokerServer.Version,
        };

    private static DiskState StateOf(DiskWatch? disk) =>
        disk?.Level switch
        {
            DiskLevel.Low => DiskState.Low,
            DiskLevel.VeryLow => DiskState.VeryLow,
            _ => DiskState.Enough,
        };
}
