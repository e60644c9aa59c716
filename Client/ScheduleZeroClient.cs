using System.Net;
using System.Net.Http.Headers;
using System.Reflection;
using System.Runtime.CompilerServices;
using ScheduleZero.Certificates;
using ScheduleZero.Contracts.Rest;

namespace ScheduleZero.Client;

/// <summary>
/// A client of the Broker's REST API for one namespace. The client is thread-safe; make one and use it for all calls,
/// since it pools connections. Every method throws <see cref="ScheduleZeroException"/> when the Broker refuses or
/// cannot be reached. The client repeats no request on its own.
/// </summary>
public sealed class ScheduleZeroClient : IDisposable
{
    private static readonly string AgentVersion =
        typeof(ScheduleZeroClient)
            .Assembly.GetCustomAttribute<AssemblyInformationalVersionAttribute>()
            ?.InformationalVersion.Split('+')[0]
        ?? "0";

    private readonly HttpClient _http;
    private readonly RestConnection _connection;

    /// <exception cref="ArgumentException">An option is not valid, or a file that it names cannot be used.</exception>
    public ScheduleZeroClient(ScheduleZeroClientOptions options)
        : this(options, CreateHandler(options), gathers: true) { }

    /// <summary>Makes a client whose requests go through a handler, for proxies and tests.</summary>
    /// <param name="handler">Sends the requests; disposed with the client.</param>
    /// <exception cref="ArgumentException">An option is not valid.</exception>
    public ScheduleZeroClient(ScheduleZeroClientOptions options, HttpMessageHandler handler)
        : this(options, handler, gathers: false) { }

    /// <param name="gathers">Whether concurrent calls share requests when the options do not say.</param>
    private ScheduleZeroClient(ScheduleZeroClientOptions options, HttpMessageHandler handler, bool gathers)
    {
        ArgumentNullException.ThrowIfNull(options);
        options.RequireValid();
        Options = options;
        _http = new HttpClient(handler)
        {
            BaseAddress = new Uri(options.Server.AbsoluteUri.TrimEnd('/') + "/"),
            // Each call sets its own time limit; streams have none.
            Timeout = Timeout.InfiniteTimeSpan,
        };
        _http.DefaultRequestHeaders.UserAgent.Add(new ProductInfoHeaderValue("schedulezero-client", AgentVersion));
        if ((options.ApiKey ?? options.AccessToken) is { } credential)
        {
            _http.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", credential);
        }

        _connection = new RestConnection(_http, options);
        Jobs = new JobsClient(_connection, options.GathersJobs ?? gathers);
        Batches = new BatchesClient(_connection);
        Schedules = new SchedulesClient(_connection);
        Calendars = new CalendarsClient(_connection);
        Alerts = new AlertsClient(_connection);
        Handlers = new HandlersClient(_connection);
        Methods = new MethodsClient(_connection);
        Keys = new KeysClient(_connection);
        Enrolments = new EnrolmentsClient(_connection);
        Executions = new ExecutionsClient(_connection);
        Logs = new LogsClient(_connection);
        Auth = new AuthClient(_connection);
        Users = new UsersClient(_connection);
        Roles = new RolesClient(_connection);
        Namespaces = new NamespacesClient(_connection);
        Audit = new AuditClient(_connection);
        Links = new LinksClient(_connection);
        Settings = new SettingsClient(_connection);
        CurveKeys = new CurveKeysClient(_connection);
    }

    public ScheduleZeroClientOptions Options { get; }

    public JobsClient Jobs { get; }

    public BatchesClient Batches { get; }

    public SchedulesClient Schedules { get; }

    public CalendarsClient Calendars { get; }

    public AlertsClient Alerts { get; }

    public HandlersClient Handlers { get; }

    public MethodsClient Methods { get; }

    public KeysClient Keys { get; }

    public EnrolmentsClient Enrolments { get; }

    public ExecutionsClient Executions { get; }

    public LogsClient Logs { get; }

    public AuthClient Auth { get; }

    public UsersClient Users { get; }

    public RolesClient Roles { get; }

    public NamespacesClient Namespaces { get; }

    public AuditClient Audit { get; }

    public LinksClient Links { get; }

    public SettingsClient Settings { get; }

    public CurveKeysClient CurveKeys { get; }

    /// <summary>Reads what the Broker holds at the moment, over all namespaces.</summary>
    public Task<BrokerStats> StatsAsync(CancellationToken cancellationToken = default) =>
        _connection.GetAsync("api/stats", RestJson.Default.BrokerStats, cancellationToken);

    /// <summary>
    /// Asks whether the Broker is ready to accept jobs. False when the Broker answers that it is not; throws when
    /// nothing answers.
    /// </summary>
    public async Task<bool> IsReadyAsync(CancellationToken cancellationToken = default) =>
        await _connection.ProbeAsync("health/ready", cancellationToken) == HttpStatusCode.OK;

    /// <summary>Asks whether the Broker's process lives, ready or not; throws when nothing answers.</summary>
    public async Task<bool> IsLiveAsync(CancellationToken cancellationToken = default) =>
        await _connection.ProbeAsync("health/live", cancellationToken) == HttpStatusCode.OK;

    /// <summary>
    /// Reads the broker events of the namespace as they happen, without end. A stream that is cut is opened again where
    /// it stopped, for as long as it takes; only a refusal (such as a revoked key) and a first connection that fails
    /// are thrown.
    /// </summary>
    /// <param name="lastEventId">The event after which to begin; null for now.</param>
    /// <param name="opened">Called once, when the stream stands: events from then on are not missed.</param>
    public IAsyncEnumerable<BrokerEvent> EventsAsync(
        string? lastEventId = null,
        Action? opened = null,
        CancellationToken cancellationToken = default
    ) => EventsAsync(new EventFilter { After = lastEventId }, new StreamNotes { Opened = opened }, cancellationToken);

    /// <summary>
    /// Reads chosen broker events of the namespace, perhaps the newest ones first, and then each as it happens, without
    /// end. A stream that is cut is opened again as the other one is.
    /// </summary>
    /// <param name="notes">What is told beside the events; null for nothing.</param>
    public async IAsyncEnumerable<BrokerEvent> EventsAsync(
        EventFilter filter,
        StreamNotes? notes = null,
        [EnumeratorCancellation] CancellationToken cancellationToken = default
    )
    {
        ArgumentNullException.ThrowIfNull(filter);
        var lastEventId = filter.After;
        var stream = _connection.StreamAsync(
            () => filter.ToPath(_connection.InNamespace("events")),
            () => lastEventId,
            RestJson.Default.BrokerEvent,
            resumeAfterEnd: true,
            notes?.Opened,
            cancellationToken,
            since => notes?.Take(since)
        );
        await foreach (var happened in stream)
        {
            lastEventId = happened.Id;
            yield return happened;
        }
    }

    public void Dispose() => _http.Dispose();

    private static SocketsHttpHandler CreateHandler(ScheduleZeroClientOptions options)
    {
        ArgumentNullException.ThrowIfNull(options);
        options.RequireValid();
        var tls = LoadTls(options.TlsFiles);
        var handler = new SocketsHttpHandler
        {
            // A connection is renewed now and then, so that a changed DNS answer or load balancer is noticed.
            PooledConnectionLifetime = TimeSpan.FromMinutes(10),
            PooledConnectionIdleTimeout = TimeSpan.FromMinutes(1),
            ConnectTimeout = TimeSpan.FromSeconds(10),
            EnableMultipleHttp2Connections = true,
            // A redirect would carry the key to whatever address the redirect names.
            AllowAutoRedirect = false,
            UseCookies = false,
        };
        tls.Apply(handler);
        return handler;
    }

    private static ClientTls LoadTls(ClientTlsFiles files) =>
        files.FindProblem(TimeProvider.System) is { } problem
            ? throw new ArgumentException(problem, nameof(files))
            : files.Load(TimeProvider.System);
}
