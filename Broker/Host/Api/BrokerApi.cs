using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Extensions.DependencyInjection.Extensions;
using ScheduleZero.Broker.Host.Access;
using ScheduleZero.Broker.Host.Alerting;
using ScheduleZero.Broker.Host.Api.Alerts;
using ScheduleZero.Broker.Host.Api.Audit;
using ScheduleZero.Broker.Host.Api.Batches;
using ScheduleZero.Broker.Host.Api.Calendars;
using ScheduleZero.Broker.Host.Api.Executions;
using ScheduleZero.Broker.Host.Api.Jobs;
using ScheduleZero.Broker.Host.Api.Jobs.Bulk;
using ScheduleZero.Broker.Host.Api.Keys;
using ScheduleZero.Broker.Host.Api.Logs;
using ScheduleZero.Broker.Host.Api.Methods;
using ScheduleZero.Broker.Host.Api.Reference;
using ScheduleZero.Broker.Host.Api.Schedules;
using ScheduleZero.Broker.Host.Api.Schedules.Simulating;
using ScheduleZero.Broker.Host.Api.Streams;
using ScheduleZero.Broker.Host.Api.Users;
using ScheduleZero.Broker.Host.Http;
using ScheduleZero.Broker.Host.Throttling;
using ScheduleZero.Contracts.Rest;
using ScheduleZero.Dashboard;
using ScheduleZero.Edges;
using ScheduleZero.Edges.Tls;

namespace ScheduleZero.Broker.Host.Api;

/// <summary>
/// Registers and maps the Broker's REST surface. The host itself registers IBrokerInputs, IHistoryReader, IAuditReader,
/// EventStream, KeyRing, Roster, MethodSchemas, AlertBoard, IAlertSender, IAuditSigner and Data Protection, which the
/// surface needs.
/// </summary>
internal static class BrokerApi
{
    /// <summary>
    /// How many connections to REST there may be at once. Each request that waits and each stream holds one.
    /// </summary>
    private const int ConnectionsMax = 10_000;

    public static IServiceCollection AddBrokerApi(this IServiceCollection services, BrokerApiOptions options)
    {
        services.TryAddSingleton(TimeProvider.System);
        services.AddSingleton(options).AddSingleton(options.LargeBodies).AddSingleton(options.SignIn);
        services.AddAccess();
        services.AddSingleton<Denials>().AddHostedService(static services => services.GetRequiredService<Denials>());
        RequestLimits.AddTo(services, options.RequestLimits);
        var edge = new EdgeOptions(
            options.AllowFrom,
            options.TrustedProxies,
            options.ConnectionsPerAddress,
            options.FirstByteMax
        );
        services.AddEdge(edge, Limit);
        services.ConfigureHttpJsonOptions(static json =>
        {
            json.SerializerOptions.TypeInfoResolverChain.Insert(0, RestJson.Default);
            json.SerializerOptions.DefaultIgnoreCondition = RestJson.Default.Options.DefaultIgnoreCondition;
            json.SerializerOptions.NumberHandling = RestJson.Default.Options.NumberHandling;
            json.SerializerOptions.MaxDepth = RestJson.Default.Options.MaxDepth;
            foreach (var converter in RestJson.Default.Options.Converters)
            {
                json.SerializerOptions.Converters.Add(converter);
            }
        });
        services.AddCors(cors =>
            cors.AddDefaultPolicy(policy =>
                policy
                    .WithOrigins([.. options.CorsOrigins])
                    // Credentials are not allowed: a page shows a key by itself, and the browser adds none.
                    .WithMethods("GET", "POST", "PUT", "PATCH", "DELETE")
                    .WithHeaders("Authorization", "Content-Type", "If-Match", "If-None-Match", "Last-Event-ID")
                    .WithExposedHeaders("ETag", "Location", "Retry-After", "WWW-Authenticate")
                    .SetPreflightMaxAge(TimeSpan.FromMinutes(10))
            )
        );
        services.AddOpenApi(OpenApiDocument.Name, OpenApiDocument.Configure);
        return services.AddResources();
    }

    private static void Limit(KestrelServerOptions kestrel)
    {
        kestrel.Limits.MaxConcurrentConnections = ConnectionsMax;
        // Only pages of the dashboard upgrade their connections.
        kestrel.Limits.MaxConcurrentUpgradedConnections = DashboardOptions.OpenPagesMaxDefault;
        // The limit is the most that any route accepts; each route has its own, mostly smaller.
        kestrel.Limits.MaxRequestBodySize = BodyLimit.BatchBytesMax;
    }

    /// <summary>Adds the whole pipeline. Called before other endpoints are mapped.</summary>
    public static WebApplication MapBrokerApi(this WebApplication app)
    {
        var policy = app.Services.GetRequiredService<AddressPolicy>();
        app.UseHttpsRedirect();
        app.UseForwardedAddress(policy);
        app.UsePathBefore(app.Services.GetRequiredService<BrokerApiOptions>().PathBase);
        app.UseEdgeRules(Problems.Ambiguous.ExecuteAsync);
        app.UseAddressPolicy(policy, Problems.ForbiddenAddress.ExecuteAsync);
        // What follows is also what pages of the dashboard call, without a network.
        app.UseDashboard();
        app.UseMiddleware<ApiEdge>();
        app.Use(HeadRequests.AsGet);
        app.UseRouting();
        if (app.Services.GetRequiredService<BrokerApiOptions>().CorsOrigins.Count > 0)
        {
            app.UseCors();
        }

        app.UseAuthentication();
        app.UseRateLimiter();
        app.UseAuthorization();
        app.Use(app.Services.GetRequiredService<QueryNames>().Guard);
        app.Use(Conditions.Guard);
        app.Use(app.Services.GetRequiredService<LargeBodies>().Guard);

        app.MapWholeBroker();
        app.MapGroup("/api/namespaces/{ns}").MapNamespace(app.Services);
        return app;
    }

    // A proxy may leave the path before our addresses in a request, or take it away. In both cases links have it.
    private static void UsePathBefore(this WebApplication app, PathString before)
    {
        if (before.HasValue)
        {
            app.Use(next =>
                http =>
                {
                    if (http.Request.Path.StartsWithSegments(before, out var rest))
                    {
                        http.Request.Path = rest.HasValue ? rest : "/";
                    }

                    http.Request.PathBase = before;
                    return next(http);
                }
            );
        }
    }

    private static void MapWholeBroker(this WebApplication app)
    {
        var services = app.Services;
        services.GetRequiredService<HealthApi>().Map(app);
        services.GetRequiredService<StatsApi>().Map(app);
        services.GetRequiredService<LinksApi>().Map(app);
        services.GetRequiredService<SettingsApi>().Map(app);
        services.GetRequiredService<CurveKeysApi>().Map(app);
        services.GetRequiredService<AuthApi>().Map(app);
        services.GetRequiredService<UsersApi>().Map(app);
        services.GetRequiredService<RolesApi>().Map(app);
        services.GetRequiredService<NamespacesApi>().Map(app);
        services.GetRequiredService<AuditApi>().Map(app);
        ReferencePage.Map(app);
    }

    private static void MapNamespace(this RouteGroupBuilder ns, IServiceProvider services)
    {
        var jobs = ns.MapGroup("").WithTags("jobs");
        services.GetRequiredService<JobsApi>().Map(jobs);
        services.GetRequiredService<BulkActsApi>().Map(jobs);
        services.GetRequiredService<JobReadsApi>().Map(jobs);
        services.GetRequiredService<JobCountsApi>().Map(jobs);
        services.GetRequiredService<JobChainsApi>().Map(jobs);
        services.GetRequiredService<JobLogsApi>().Map(jobs);
        services.GetRequiredService<LogsApi>().Map(jobs);
        services.GetRequiredService<BatchesApi>().Map(ns.MapGroup("").WithTags("batches"));
        var schedules = ns.MapGroup("").WithTags("schedules");
        services.GetRequiredService<SchedulesApi>().Map(schedules);
        services.GetRequiredService<ScheduleTimesApi>().Map(schedules);
        services.GetRequiredService<BackfillsApi>().Map(schedules);
        services.GetRequiredService<ApplyApi>().Map(schedules);
        services.GetRequiredService<SimulationApi>().Map(schedules);
        services.GetRequiredService<CalendarsApi>().Map(ns.MapGroup("").WithTags("calendars"));
        services.GetRequiredService<HandlersApi>().Map(ns.MapGroup("").WithTags("handlers"));
        services.GetRequiredService<MethodsApi>().Map(ns.MapGroup("").WithTags("methods"));
        var alerts = ns.MapGroup("").WithTags("alerts");
        services.GetRequiredService<AlertRulesApi>().Map(alerts);
        services.GetRequiredService<AlertChannelsApi>().Map(alerts);
        services.GetRequiredService<KeysApi>().Map(ns.MapGroup("").WithTags("keys"));
        services.GetRequiredService<EnrolmentsApi>().Map(ns.MapGroup("").WithTags("keys"));
        services.GetRequiredService<ExecutionsApi>().Map(ns.MapGroup("").WithTags("executions"));
        services.GetRequiredService<AuditApi>().MapIn(ns.MapGroup("").WithTags("audit"));
        services.GetRequiredService<EventsApi>().Map(ns.MapGroup("").WithTags("events"));
    }

    // Adds the resources, all as singletons, so that a request resolves no services.
    private static IServiceCollection AddResources(this IServiceCollection services) =>
        services
            .AddSingleton<QueryNames>()
            .AddSingleton<LargeBodies>()
            .AddJobResources()
            .AddSingleton<SchedulesApi>()
            .AddSingleton<ScheduleTimesApi>()
            .AddSingleton<BackfillsApi>()
            .AddSingleton<ApplyApi>()
            .AddSingleton<ScheduleDrafts>()
            .AddSingleton<SimulationGate>()
            .AddSingleton<SimulationApi>()
            .AddSingleton<CalendarsApi>()
            .AddSingleton<HandlersApi>()
            .AddSingleton<MethodsApi>()
            .AddSingleton<ChannelSecrets>()
            .AddSingleton<AlertRulesApi>()
            .AddSingleton<AlertChannelsApi>()
            .AddSingleton<KeyGrants>()
            .AddSingleton<VisibleKeys>()
            .AddSingleton<KeyCreation>()
            .AddSingleton<KeysApi>()
            .AddSingleton<EnrolmentsApi>()
            .AddSingleton<ExecutionsApi>()
            .AddSingleton<EventsApi>()
            .AddWholeBroker();

    private static IServiceCollection AddWholeBroker(this IServiceCollection services) =>
        services
            .AddSingleton<AuthApi>()
            .AddSingleton<UserGrants>()
            .AddSingleton<UsersApi>()
            .AddSingleton<RolesApi>()
            .AddSingleton<NamespacesApi>()
            .AddSingleton<AuditApi>()
            .AddSingleton<StatsApi>()
            .AddSingleton<LinksApi>()
            .AddSingleton<SettingsApi>()
            .AddSingleton<CurveKeysApi>()
            .AddSingleton<HealthApi>();

    private static IServiceCollection AddJobResources(this IServiceCollection services) =>
        services
            .AddSingleton(new SpecCache())
            .AddSingleton<JobDrafts>()
            .AddSingleton<Enqueuing>()
            .AddSingleton<JobSets>()
            .AddSingleton<JobReader>()
            .AddSingleton<JobWaiter>()
            .AddSingleton<RunningJobs>()
            .AddSingleton<JobCounting>()
            .AddSingleton<JobChains>()
            .AddSingleton<ExecutionLog>()
            .AddSingleton<JobSubmission>()
            .AddSingleton<SeparateJobs>()
            .AddSingleton<JobBatchSubmission>()
            .AddSingleton<JobsApi>()
            .AddSingleton<ReplaySlices>()
            .AddSingleton<BulkRun>()
            .AddSingleton<BulkActs>()
            .AddHostedService(static services => services.GetRequiredService<BulkActs>())
            .AddSingleton<BulkActsApi>()
            .AddSingleton<JobReadsApi>()
            .AddSingleton<JobCountsApi>()
            .AddSingleton<JobChainsApi>()
            .AddSingleton<JobLogsApi>()
            .AddSingleton<NewestLines>()
            .AddSingleton<LogsApi>()
            .AddSingleton<BatchReader>()
            .AddSingleton<BatchesApi>();
}
