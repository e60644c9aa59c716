using System.Globalization;
using ScheduleZero.Contracts;
using ScheduleZero.Edges;
using ScheduleZero.Edges.Tls;

namespace ScheduleZero.Broker.Host;

/// <summary>Makes settings from flags and environment variables. A flag wins over its variable.</summary>
public static class BrokerArguments
{
    public const string Usage = """
        Usage: broker [--data DIR] [--urls URL…] [--router ENDPOINT…]

          --data DIR           where the store lives (SCHEDULEZERO_DATA); the platform's data folder
          --urls URL…          REST and dashboard, https://… with --tls-cert or --acme (SCHEDULEZERO_URLS); http://127.0.0.1:8888
          --tls-cert FILE…     certificates for https: PEM with the intermediates after the server's own, or .pfx; a client gets the one
                               for the name that it asks for, or else the first (SCHEDULEZERO_TLS_CERT)
          --tls-key FILE…      the keys of the PEM certificates, in their order (SCHEDULEZERO_TLS_KEY)
          --tls-password-file FILE
                               the password of the keys (SCHEDULEZERO_TLS_PASSWORD_FILE)
          --redirect-http URL  listens there too, and sends callers on to https (SCHEDULEZERO_REDIRECT_HTTP)
          --acme NAME…         has a CA issue the certificate for these names, and renews it (SCHEDULEZERO_ACME); the CA checks the names
                               at --redirect-http, or else at the https URL itself
          --acme-directory URL the CA's directory (SCHEDULEZERO_ACME_DIRECTORY); that of Let's Encrypt
          --acme-email ADDRESS where the CA may write to (SCHEDULEZERO_ACME_EMAIL); nowhere
          --acme-agree-terms   agrees to the CA's terms of service (SCHEDULEZERO_ACME_AGREE_TERMS=yes)
          --acme-eab-key-id ID, --acme-eab-key-file FILE
                               the key of an account at the CA's web site: its id, and a file with it in base64url
                               (SCHEDULEZERO_ACME_EAB_KEY_ID, SCHEDULEZERO_ACME_EAB_KEY_FILE)
          --acme-folder DIR    where the account's key and the certificate are stored (SCHEDULEZERO_ACME_FOLDER); acme in the data folder
          --acme-challenge KIND
                               http-01 or tls-alpn-01 (SCHEDULEZERO_ACME_CHALLENGE); http-01 with --redirect-http, tls-alpn-01 without
          --acme-ca-file FILE  authorities that the directory's own certificate must lead to (SCHEDULEZERO_ACME_CA_FILE); the machine's
          --router ENDPOINT…   for handlers and Bridges: tcp://… binds, >tcp://… dials (SCHEDULEZERO_ROUTER); tcp://127.0.0.1:4242
          --curve-key FILE…    secures the ROUTER with CURVE: the key pair that 'schedulezero curve create' made, and while it is
                               being replaced the old one after it (SCHEDULEZERO_CURVE_KEY)
          --curve-allow FILE   public keys of clients that may connect beside those of `curve allow`, a line for each; nobody but the owner may write the file; 'any' for all
                               (SCHEDULEZERO_CURVE_ALLOW)
          --curve-server KEY…  the public keys, or their files, that the dialled peers have (SCHEDULEZERO_CURVE_SERVER)
          --history-days DAYS  how long finished jobs are kept (SCHEDULEZERO_HISTORY_DAYS); 30
          --audit-days DAYS    how long the audit log is kept (SCHEDULEZERO_AUDIT_DAYS); 400
          --requests-per-minute N
                               REST requests of each API key that says nothing else (SCHEDULEZERO_REQUESTS_PER_MINUTE); 100
          --anonymous-requests-per-minute N
                               of each address that shows no valid key; health checks are counted apart, 600 a minute (SCHEDULEZERO_ANONYMOUS_REQUESTS_PER_MINUTE); 10
          --connections-per-address N
                               connections that one address may hold at once (SCHEDULEZERO_CONNECTIONS_PER_ADDRESS); 1000
          --trusted-proxies RANGE…
                               proxies that are believed about where requests come from, by X-Forwarded-For (SCHEDULEZERO_TRUSTED_PROXIES); none
          --allow-from RANGE…  addresses that may connect to REST and to the endpoints of the ROUTER (SCHEDULEZERO_ALLOW_FROM); all
          --cors-origin ORIGIN…
                               pages that may call REST, such as https://app.example.org (SCHEDULEZERO_CORS_ORIGINS); none
          --max-waiting N      jobs of all namespaces that may wait; one more is refused with 429 (SCHEDULEZERO_MAX_WAITING); no limit
          --max-running N      jobs of all namespaces that run at once; the others wait (SCHEDULEZERO_MAX_RUNNING); no limit
          --disk-reserve-mib N below so much free disk new work is refused with 507; 0 for no reserve (SCHEDULEZERO_DISK_RESERVE_MIB); 256
          --namespace-gib N    what the jobs of a namespace may take on disk, with results and logs, unless its limits say otherwise
                               (SCHEDULEZERO_NAMESPACE_GIB); 10
          --no-dashboard       serves REST alone, without the dashboard at /ui (SCHEDULEZERO_DASHBOARD=no)
          --path-base PATH     the path before all addresses that a proxy in front of the Broker adds, such as /schedulezero
                               (SCHEDULEZERO_PATH_BASE); none
          --session-hours N    how long a user stays signed in (SCHEDULEZERO_SESSION_HOURS); 24
          --insecure-allow-remote-plaintext
                               let keys and jobs cross the network unencrypted

        SCHEDULEZERO_BOOTSTRAP_KEY is the admin key of the first start, in place of one that is made and printed once.
        """;

    // The largest number of hours that is read as it is, and that a larger one is read as: it is more than settings
    // allow, so that they refuse it, and small enough for a time span.
    private const int SessionHoursReadMax = 1_000_000;

    /// <summary>How many values each flag takes; -1 for one or more.</summary>
    private static readonly Dictionary<string, int> Known = new(StringComparer.Ordinal)
    {
        ["--data"] = 1,
        ["--urls"] = -1,
        ["--tls-cert"] = -1,
        ["--tls-key"] = -1,
        ["--tls-password-file"] = 1,
        ["--redirect-http"] = 1,
        ["--router"] = -1,
        ["--curve-key"] = -1,
        ["--curve-server"] = -1,
        ["--curve-allow"] = 1,
        ["--history-days"] = 1,
        ["--audit-days"] = 1,
        ["--requests-per-minute"] = 1,
        ["--anonymous-requests-per-minute"] = 1,
        ["--connections-per-address"] = 1,
        ["--trusted-proxies"] = -1,
        ["--allow-from"] = -1,
        ["--cors-origin"] = -1,
        ["--session-hours"] = 1,
        ["--no-dashboard"] = 0,
        ["--path-base"] = 1,
        ["--max-waiting"] = 1,
        ["--max-running"] = 1,
        ["--disk-reserve-mib"] = 1,
        ["--namespace-gib"] = 1,
        ["--insecure-allow-remote-plaintext"] = 0,
    };

    /// <summary>Reads settings from the arguments of the Broker's own program.</summary>
    /// <param name="environment">Looks up a variable; null or empty when the variable is not set.</param>
    /// <exception cref="BrokerSettingsException">A flag is unknown or has a wrong value.</exception>
    public static BrokerSettings Read(IReadOnlyList<string> arguments, Func<string, string?> environment)
    {
        CommandFlags flags;
        try
        {
            flags = new CommandFlags(arguments, TlsAcmeFlags.And(Known));
        }
        catch (FormatException e)
        {
            throw new BrokerSettingsException($"{e.Message}{Environment.NewLine}{Usage}");
        }

        return From(
            new BrokerFlags
            {
                Data = flags.Value("--data"),
                Urls = flags.Values("--urls"),
                Router = flags.Values("--router"),
                Curve = new CurveFlags(
                    flags.Values("--curve-key"),
                    flags.Values("--curve-server"),
                    flags.Value("--curve-allow")
                ),
                Tls = TlsOf(flags),
                HistoryDays = flags.Value("--history-days"),
                AuditDays = flags.Value("--audit-days"),
                RequestsPerMinute = flags.Value("--requests-per-minute"),
                AnonymousRequestsPerMinute = flags.Value("--anonymous-requests-per-minute"),
                ConnectionsPerAddress = flags.Value("--connections-per-address"),
                MaxWaiting = flags.Value("--max-waiting"),
                MaxRunning = flags.Value("--max-running"),
                DiskReserveMib = flags.Value("--disk-reserve-mib"),
                NamespaceGib = flags.Value("--namespace-gib"),
                SessionHours = flags.Value("--session-hours"),
                NoDashboard = flags.Has("--no-dashboard"),
                PathBase = flags.Value("--path-base"),
                TrustedProxies = flags.Values("--trusted-proxies"),
                AllowFrom = flags.Values("--allow-from"),
                CorsOrigins = flags.Values("--cors-origin"),
                AllowInsecureRemote = flags.Has("--insecure-allow-remote-plaintext"),
            },
            environment
        );
    }

    /// <summary>Makes settings from flags that were read already.</summary>
    /// <exception cref="BrokerSettingsException">A value makes no sense.</exception>
    public static BrokerSettings From(BrokerFlags given, Func<string, string?> environment)
    {
        var defaults = new BrokerSettings();
        return new BrokerSettings
        {
            DataFolder = DataFolder(given, environment),
            Urls = given.Urls ?? CommandFlags.Split(environment("SCHEDULEZERO_URLS")) ?? defaults.Urls,
            Router = given.Router ?? CommandFlags.Split(environment("SCHEDULEZERO_ROUTER")) ?? defaults.Router,
            Curve = given.Curve.ToSettings(environment),
            Tls = Tls(given, environment),
            BootstrapKey = environment("SCHEDULEZERO_BOOTSTRAP_KEY")?.Trim() ?? "",
            HistoryRetention =
                Days(given.HistoryDays ?? environment("SCHEDULEZERO_HISTORY_DAYS")) ?? defaults.HistoryRetention,
            AuditRetention = Days(given.AuditDays ?? environment("SCHEDULEZERO_AUDIT_DAYS")) ?? defaults.AuditRetention,
            RequestsPerMinute =
                Number(given.RequestsPerMinute ?? environment("SCHEDULEZERO_REQUESTS_PER_MINUTE"))
                ?? defaults.RequestsPerMinute,
            AnonymousRequestsPerMinute =
                Number(given.AnonymousRequestsPerMinute ?? environment("SCHEDULEZERO_ANONYMOUS_REQUESTS_PER_MINUTE"))
                ?? defaults.AnonymousRequestsPerMinute,
            ConnectionsPerAddress =
                Number(given.ConnectionsPerAddress ?? environment("SCHEDULEZERO_CONNECTIONS_PER_ADDRESS"))
                ?? defaults.ConnectionsPerAddress,
            TrustedProxies =
                given.TrustedProxies
                ?? CommandFlags.Split(environment("SCHEDULEZERO_TRUSTED_PROXIES"))
                ?? defaults.TrustedProxies,
            AllowFrom =
                given.AllowFrom ?? CommandFlags.Split(environment("SCHEDULEZERO_ALLOW_FROM")) ?? defaults.AllowFrom,
            CorsOrigins =
                given.CorsOrigins
                ?? CommandFlags.Split(environment("SCHEDULEZERO_CORS_ORIGINS"))
                ?? defaults.CorsOrigins,
            SessionLifetime = SessionLifetime(given, environment) ?? defaults.SessionLifetime,
            AllowInsecureRemote = given.AllowInsecureRemote,
            Dashboard = !given.NoDashboard && environment("SCHEDULEZERO_DASHBOARD") != "no",
            PathBase = given.PathBase ?? environment("SCHEDULEZERO_PATH_BASE") ?? defaults.PathBase,
            DiskReserveBytes = Number(given.DiskReserveMib ?? environment("SCHEDULEZERO_DISK_RESERVE_MIB")) is { } mib
                ? mib * 1024L * 1024
                : defaults.DiskReserveBytes,
            Core = defaults.Core with
            {
                WaitingJobsMax = Number(given.MaxWaiting ?? environment("SCHEDULEZERO_MAX_WAITING")),
                RunningJobsMax = Number(given.MaxRunning ?? environment("SCHEDULEZERO_MAX_RUNNING")),
                NamespaceBytesMax = Number(given.NamespaceGib ?? environment("SCHEDULEZERO_NAMESPACE_GIB")) is { } gib
                    ? gib * 1024L * 1024 * 1024
                    : defaults.Core.NamespaceBytesMax,
            },
        };
    }

    private static TlsFlags TlsOf(CommandFlags flags) =>
        new(
            flags.Values("--tls-cert"),
            flags.Values("--tls-key"),
            flags.Value("--tls-password-file"),
            flags.Value("--redirect-http")
        )
        {
            Acme = TlsAcmeFlags.Of(flags),
        };

    private static TimeSpan? SessionLifetime(BrokerFlags given, Func<string, string?> environment) =>
        Number(given.SessionHours ?? environment("SCHEDULEZERO_SESSION_HOURS")) is { } hours
            ? TimeSpan.FromHours(Math.Min(hours, SessionHoursReadMax))
            : null;

    private static string DataFolder(BrokerFlags given, Func<string, string?> environment) =>
        given.Data ?? SettingText.NullIfEmpty(environment("SCHEDULEZERO_DATA")) ?? new BrokerSettings().DataFolder;

    private static TlsSettings Tls(BrokerFlags given, Func<string, string?> environment) =>
        given.Tls.ToSettings(environment, "SCHEDULEZERO_", Path.Combine(DataFolder(given, environment), "acme"));

    private static TimeSpan? Days(string? text)
    {
        if (SettingText.NullIfEmpty(text) is null)
        {
            return null;
        }

        return
            double.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out var days)
            && days is > 0 and <= 36_500
            ? TimeSpan.FromDays(days)
            : throw new BrokerSettingsException($"'{text}' is not a number of days.");
    }

    private static int? Number(string? text) =>
        SettingText.WholeNumber(text, message => new BrokerSettingsException(message));
}

/// <summary>The Broker's flags as texts; null for a flag that was not given.</summary>
public sealed record BrokerFlags
{
    public string? Data { get; init; }

    public IReadOnlyList<string>? Urls { get; init; }

    public IReadOnlyList<string>? Router { get; init; }

    public CurveFlags Curve { get; init; } = CurveFlags.None;

    public TlsFlags Tls { get; init; } = TlsFlags.None;

    public string? HistoryDays { get; init; }

    public string? AuditDays { get; init; }

    public string? RequestsPerMinute { get; init; }

    public string? AnonymousRequestsPerMinute { get; init; }

    public string? ConnectionsPerAddress { get; init; }

    public string? SessionHours { get; init; }

    public string? MaxWaiting { get; init; }

    public string? MaxRunning { get; init; }

    public string? DiskReserveMib { get; init; }

    public string? NamespaceGib { get; init; }

    public IReadOnlyList<string>? TrustedProxies { get; init; }

    public IReadOnlyList<string>? AllowFrom { get; init; }

    public IReadOnlyList<string>? CorsOrigins { get; init; }

    public bool AllowInsecureRemote { get; init; }

    public bool NoDashboard { get; init; }

    public string? PathBase { get; init; }
}
