using System.CommandLine;
using ScheduleZero.Broker.Host;
using ScheduleZero.Cli.Configuration;
using ScheduleZero.Edges;

namespace ScheduleZero.Cli.Servers;

/// <summary><c>schedulezero broker</c>.</summary>
internal static class BrokerVerb
{
    public static Verb Create(Terminal terminal)
    {
        var options = new BrokerOptions();
        var verb = new Verb(
            "broker",
            "Starts a Broker: the scheduler, its store and REST. The first start prints the admin key, once",
            "schedulezero broker",
            "schedulezero broker --data /var/lib/schedulezero --router tcp://127.0.0.1:4242 '>tcp://bridge.dmz:4243' "
                + "--curve-key broker.curve --curve-server bridge.public --curve-allow clients.txt",
            "schedulezero broker --urls https://0.0.0.0:8443 --tls-cert chain.pem --tls-key key.pem",
            "schedulezero broker --urls https://0.0.0.0:443 --acme broker.example.org --acme-agree-terms"
        );
        options.AddTo(verb);
        ServerVerbs.Serve<BrokerSettings, BrokerSettingsException>(
            verb,
            terminal,
            parsed => BrokerArguments.From(options.Read(parsed), terminal.Setting),
            (settings, stop) =>
                BrokerCommand.RunAsync(settings, terminal.Out, terminal.Error, ConsoleLogs.ToStandardError, stop)
        );
        return verb;
    }

    private sealed class BrokerOptions
    {
        private readonly Option<string?> _data = Values.Text(
            "--data",
            "Where the store lives (SCHEDULEZERO_DATA); the platform's data folder",
            "DIR"
        );
        private readonly Option<string[]> _urls = ServerVerbs.AddressesOption(
            "--urls",
            "REST, https://… with --tls-cert or --acme (SCHEDULEZERO_URLS); http://127.0.0.1:8888",
            "URL"
        );
        private readonly Option<string[]> _router = ServerVerbs.AddressesOption(
            "--router",
            "For handlers and Bridges: tcp://… binds, >tcp://… dials (SCHEDULEZERO_ROUTER); tcp://127.0.0.1:4242",
            "ENDPOINT"
        );
        private readonly CurveOptions _curve = new();
        private readonly TlsOptions _tls = new("SCHEDULEZERO_", "acme in the data folder");
        private readonly Option<string?> _historyDays = Values.Text(
            "--history-days",
            "How long finished jobs are kept (SCHEDULEZERO_HISTORY_DAYS); 30",
            "DAYS"
        );
        private readonly Option<string?> _auditDays = Values.Text(
            "--audit-days",
            "How long the audit log is kept (SCHEDULEZERO_AUDIT_DAYS); 400",
            "DAYS"
        );
        private readonly Option<string?> _requestsPerMinute = Values.Text(
            "--requests-per-minute",
            "REST requests of each API key that says nothing else (SCHEDULEZERO_REQUESTS_PER_MINUTE); 100",
            "N"
        );
        private readonly Option<string?> _anonymousRequestsPerMinute = Values.Text(
            "--anonymous-requests-per-minute",
            "Of each address that shows no valid key; health checks are counted apart, 600 a minute "
                + "(SCHEDULEZERO_ANONYMOUS_REQUESTS_PER_MINUTE); 10",
            "N"
        );
        private readonly Option<string?> _connectionsPerAddress = Values.Text(
            "--connections-per-address",
            "Connections that one address may hold at once (SCHEDULEZERO_CONNECTIONS_PER_ADDRESS); 1000",
            "N"
        );
        private readonly Option<string[]> _trustedProxies = ServerVerbs.AddressesOption(
            "--trusted-proxies",
            "Proxies that are believed about where requests come from, by X-Forwarded-For "
                + "(SCHEDULEZERO_TRUSTED_PROXIES); none",
            "RANGE"
        );
        private readonly Option<string[]> _allowFrom = ServerVerbs.AddressesOption(
            "--allow-from",
            "Addresses that may connect to REST and to the endpoints of the ROUTER (SCHEDULEZERO_ALLOW_FROM); all",
            "RANGE"
        );
        private readonly Option<string[]> _corsOrigins = ServerVerbs.AddressesOption(
            "--cors-origin",
            "Pages that may call REST, such as https://app.example.org (SCHEDULEZERO_CORS_ORIGINS); none",
            "ORIGIN"
        );
        private readonly Option<string?> _maxWaiting = Values.Text(
            "--max-waiting",
            "Jobs of all namespaces that may wait; one more is refused with 429 (SCHEDULEZERO_MAX_WAITING); no limit",
            "N"
        );
        private readonly Option<string?> _maxRunning = Values.Text(
            "--max-running",
            "Jobs of all namespaces that run at once; the others wait (SCHEDULEZERO_MAX_RUNNING); no limit",
            "N"
        );
        private readonly Option<string?> _diskReserve = Values.Text(
            "--disk-reserve-mib",
            "Below so much free disk new work is refused with 507; 0 for no reserve "
                + "(SCHEDULEZERO_DISK_RESERVE_MIB); 256",
            "N"
        );
        private readonly Option<string?> _namespaceGib = Values.Text(
            "--namespace-gib",
            "What the jobs of a namespace may take on disk, with results and logs, unless its limits say "
                + "otherwise (SCHEDULEZERO_NAMESPACE_GIB); 10",
            "N"
        );
        private readonly Option<string?> _sessionHours = Values.Text(
            "--session-hours",
            "How long a user stays signed in (SCHEDULEZERO_SESSION_HOURS); 24",
            "N"
        );
        private readonly Option<bool> _noDashboard = new("--no-dashboard")
        {
            Description = "Serves REST alone, without the dashboard at /ui (SCHEDULEZERO_DASHBOARD=no)",
        };
        private readonly Option<string?> _pathBase = Values.Text(
            "--path-base",
            "The path before all addresses that a proxy in front of the Broker adds, such as /schedulezero "
                + "(SCHEDULEZERO_PATH_BASE); none",
            "PATH"
        );
        private readonly Option<bool> _insecure = ServerVerbs.InsecureOption();

        public void AddTo(Command verb)
        {
            verb.Add(_data);
            verb.Add(_urls);
            _tls.AddTo(verb);
            verb.Add(_router);
            _curve.AddTo(verb);
            verb.Add(_historyDays);
            verb.Add(_auditDays);
            verb.Add(_requestsPerMinute);
            verb.Add(_anonymousRequestsPerMinute);
            verb.Add(_connectionsPerAddress);
            verb.Add(_maxWaiting);
            verb.Add(_maxRunning);
            verb.Add(_diskReserve);
            verb.Add(_namespaceGib);
            verb.Add(_sessionHours);
            verb.Add(_noDashboard);
            verb.Add(_pathBase);
            verb.Add(_trustedProxies);
            verb.Add(_allowFrom);
            verb.Add(_corsOrigins);
            verb.Add(_insecure);
        }

        public BrokerFlags Read(ParseResult parsed) =>
            new()
            {
                Data = parsed.GetValue(_data),
                Urls = ServerVerbs.Given(parsed, _urls),
                Router = ServerVerbs.Given(parsed, _router),
                Curve = _curve.Read(parsed),
                Tls = _tls.Read(parsed),
                HistoryDays = parsed.GetValue(_historyDays),
                AuditDays = parsed.GetValue(_auditDays),
                RequestsPerMinute = parsed.GetValue(_requestsPerMinute),
                AnonymousRequestsPerMinute = parsed.GetValue(_anonymousRequestsPerMinute),
                ConnectionsPerAddress = parsed.GetValue(_connectionsPerAddress),
                MaxWaiting = parsed.GetValue(_maxWaiting),
                MaxRunning = parsed.GetValue(_maxRunning),
                DiskReserveMib = parsed.GetValue(_diskReserve),
                NamespaceGib = parsed.GetValue(_namespaceGib),
                SessionHours = parsed.GetValue(_sessionHours),
                NoDashboard = parsed.GetValue(_noDashboard),
                PathBase = parsed.GetValue(_pathBase),
                TrustedProxies = ServerVerbs.Given(parsed, _trustedProxies),
                AllowFrom = ServerVerbs.Given(parsed, _allowFrom),
                CorsOrigins = ServerVerbs.Given(parsed, _corsOrigins),
                AllowInsecureRemote = parsed.GetValue(_insecure),
            };
    }
}
