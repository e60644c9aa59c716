using System.Globalization;
using ScheduleZero.Broker.Host.Alerting.Sending;
using ScheduleZero.Contracts.Rest;
using ScheduleZero.Edges;
using ScheduleZero.Edges.Tls;

namespace ScheduleZero.Broker.Host;

/// <summary>
/// All options of the Broker. The command lines of both programs, their help, and the settings that REST shows are made
/// of this list; <see cref="BrokerArguments"/> makes settings of what was given for them.
/// </summary>
internal static class BrokerOptions
{
    public const string BootstrapKey = "SCHEDULEZERO_BOOTSTRAP_KEY";

    private const double MebiByte = 1024 * 1024;
    private const double GibiByte = 1024 * MebiByte;

    /// <summary>How a value of TLS and ACME is read from the settings, by the name of its option.</summary>
    private static readonly Dictionary<string, Func<TlsSettings, IEnumerable<string?>>> TlsValues = new(
        StringComparer.Ordinal
    )
    {
        ["--tls-cert"] = tls => tls.CertificateFiles,
        ["--tls-key"] = tls => tls.KeyFiles,
        ["--tls-password-file"] = tls => [tls.PasswordFile],
        ["--redirect-http"] = tls => [tls.RedirectUrl],
        ["--acme"] = tls => tls.Acme.Names,
        ["--acme-directory"] = tls => [tls.Acme.Directory],
        ["--acme-email"] = tls => [tls.Acme.Email],
        ["--acme-agree-terms"] = tls => [YesOrNo(tls.Acme.AgreesToTerms)],
        ["--acme-eab-key-id"] = tls => [tls.Acme.ExternalKeyId],
        ["--acme-eab-key-file"] = tls => [tls.Acme.ExternalKeyFile],
        ["--acme-folder"] = tls => [tls.Acme.Folder],
        ["--acme-challenge"] = tls => [tls.Acme.Challenge],
        ["--acme-ca-file"] = tls => [tls.Acme.CaFile],
    };

    /// <summary>How a value of CURVE is read from the settings, by the name of its option.</summary>
    private static readonly Dictionary<string, Func<CurveSettings, IEnumerable<string?>>> CurveValues = new(
        StringComparer.Ordinal
    )
    {
        ["--curve-key"] = curve => curve.KeyFiles,
        ["--curve-server"] = curve => curve.ServerKeys,
        ["--curve-allow"] = curve => [curve.Allow],
    };

    /// <summary>All options, those first that most installations set.</summary>
    public static IReadOnlyList<BrokerOption> All { get; } =
    [
        One(
            SettingGroup.Storage,
            "--data",
            "DIR",
            "where the store lives",
            settings => settings.DataFolder,
            "the platform's data folder"
        ),
        Many(
            SettingGroup.Listeners,
            "--urls",
            "URL",
            "REST and dashboard, https://… with --tls-cert or --acme",
            settings => settings.Urls
        ),
        .. TlsFlags
            .OptionsOf("SCHEDULEZERO_", "acme in the data folder")
            .Select(line => new BrokerOption(
                line,
                line.Name.StartsWith("--acme", StringComparison.Ordinal) ? SettingGroup.Acme : SettingGroup.Listeners,
                settings => TlsValues[line.Name](settings.Tls)
            )
            {
                DefaultWithin = line.Name == "--acme-folder" ? settings => [AcmeFolder(settings.DataFolder)] : null,
                EmptyMeans = WordForNone(line),
            }),
        Many(
            SettingGroup.Router,
            "--router",
            "ENDPOINT",
            "for handlers and Bridges: tcp://… binds, >tcp://… dials",
            settings => settings.Router
        ),
        .. CurveFlags.Options.Select(line => new BrokerOption(
            line,
            SettingGroup.Router,
            settings => CurveValues[line.Name](settings.Curve)
        )
        {
            EmptyMeans = WordForNone(line),
        }),
        Number(
            SettingGroup.Retention,
            "--history-days",
            "how long finished jobs are kept, with attempts, results and logs; missed instants and statistics as well",
            "days",
            settings => settings.HistoryRetention.TotalDays
        ),
        Number(
            SettingGroup.Retention,
            "--audit-days",
            "how long the audit log is kept",
            "days",
            settings => settings.AuditRetention.TotalDays
        ),
        Number(
            SettingGroup.Limits,
            "--requests-per-minute",
            "REST requests of each API key and user that says nothing else",
            "requests a minute",
            settings => settings.RequestsPerMinute
        ),
        Number(
            SettingGroup.Limits,
            "--anonymous-requests-per-minute",
            "REST requests of each address that shows no valid key; health checks are counted apart, 600 a minute",
            "requests a minute",
            settings => settings.AnonymousRequestsPerMinute
        ),
        Number(
            SettingGroup.Limits,
            "--connections-per-address",
            "connections that one address may hold at once",
            "connections",
            settings => settings.ConnectionsPerAddress
        ),
        Many(
            SettingGroup.Access,
            "--trusted-proxies",
            "RANGE",
            "proxies that are believed about where requests come from, by X-Forwarded-For",
            settings => settings.TrustedProxies,
            "none"
        ),
        Many(
            SettingGroup.Access,
            "--allow-from",
            "RANGE",
            "addresses that may connect to REST and to the endpoints of the ROUTER",
            settings => settings.AllowFrom,
            "all"
        ),
        Many(
            SettingGroup.Access,
            "--cors-origin",
            "ORIGIN",
            "pages that may call REST, such as https://app.example.org",
            settings => settings.CorsOrigins,
            "none",
            "SCHEDULEZERO_CORS_ORIGINS"
        ),
        Number(
            SettingGroup.Limits,
            "--max-waiting",
            "jobs of all namespaces that may wait; one more is refused with 429",
            "jobs",
            settings => settings.Core.WaitingJobsMax,
            "no limit"
        ),
        Number(
            SettingGroup.Limits,
            "--max-running",
            "jobs of all namespaces that run at once; the others wait",
            "jobs",
            settings => settings.Core.RunningJobsMax,
            "no limit"
        ),
        Number(
            SettingGroup.Storage,
            "--disk-reserve-mib",
            "below so much free disk new work is refused with 507; 0 for no reserve",
            "MiB",
            settings => settings.DiskReserveBytes / MebiByte
        ),
        Number(
            SettingGroup.Storage,
            "--namespace-gib",
            "what the jobs of a namespace may take on disk, with results and logs, unless its limits say otherwise",
            "GiB",
            settings => settings.Core.NamespaceBytesMax / GibiByte
        ),
        new(
            new ServerOption("--no-dashboard", "SCHEDULEZERO_DASHBOARD", "serves REST alone, without the pages at /ui")
            {
                FlagValue = "no",
            },
            SettingGroup.Listeners,
            settings => [YesOrNo(!settings.Dashboard)]
        ),
        One(
            SettingGroup.Listeners,
            "--path-base",
            "PATH",
            "the path before all addresses that a proxy in front of the Broker adds, such as /schedulezero",
            settings => settings.PathBase,
            emptyMeans: "none"
        ),
        One(
            SettingGroup.Listeners,
            "--public-url",
            "URL",
            "where people reach the dashboard, for links in notices, such as https://jobs.example.org",
            settings => settings.PublicUrl,
            emptyMeans: "no links"
        ),
        Many(
            SettingGroup.Alerts,
            "--alert-allow",
            "RANGE",
            "addresses to which notices may go besides public ones, also by http",
            settings => settings.Alerts.Allow,
            "public addresses only"
        ),
        One(
            SettingGroup.Alerts,
            "--smtp-server",
            "HOST[:PORT]",
            "the mail server that takes notices; its port is 587, with tls 465, with none 25",
            settings => settings.Alerts.Mail.Server ?? "",
            emptyMeans: "no mail"
        ),
        One(
            SettingGroup.Alerts,
            "--smtp-security",
            "HOW",
            "how the way to the mail server is encrypted: starttls, tls or none",
            settings => settings.Alerts.Mail.Security,
            MailSettings.StartTls
        ),
        One(
            SettingGroup.Alerts,
            "--smtp-user",
            "NAME",
            "who signs in at the mail server",
            settings => settings.Alerts.Mail.User ?? "",
            emptyMeans: "nobody"
        ),
        One(
            SettingGroup.Alerts,
            "--smtp-password-file",
            "FILE",
            "the password of --smtp-user, in a file that only the Broker's account may read",
            settings => settings.Alerts.Mail.PasswordFile ?? "",
            emptyMeans: "none"
        ),
        One(
            SettingGroup.Alerts,
            "--smtp-from",
            "ADDRESS",
            "the address that mail comes from",
            settings => settings.Alerts.Mail.From ?? "",
            emptyMeans: "none"
        ),
        Number(
            SettingGroup.Access,
            "--session-hours",
            "how long a user stays signed in",
            "hours",
            settings => settings.SessionLifetime.TotalHours
        ),
        new(
            new ServerOption(EdgeFlags.Insecure, null, "lets keys and jobs cross the network unencrypted"),
            SettingGroup.Access,
            settings => [YesOrNo(settings.AllowInsecureRemote)]
        ),
        new(
            new ServerOption(
                BootstrapKey,
                BootstrapKey,
                "the admin key of the first start, in place of one that is made and printed once"
            ),
            SettingGroup.Access,
            settings => [settings.BootstrapKey]
        )
        {
            IsSecret = true,
        },
    ];

    /// <summary>The options that a command line takes.</summary>
    public static IReadOnlyList<ServerOption> Lines { get; } =
    [.. All.Select(option => option.Line).Where(line => line.Name.StartsWith("--", StringComparison.Ordinal))];

    /// <summary>The settings as REST shows them.</summary>
    public static IReadOnlyList<SettingView> ViewsOf(BrokerSettings settings) =>
        [.. All.Select(option => option.View(settings))];

    /// <summary>The folder of certificates by ACME when none is given.</summary>
    public static string AcmeFolder(string dataFolder) => Path.Combine(dataFolder, "acme");

    private static BrokerOption Many(
        SettingGroup group,
        string name,
        string valueName,
        string help,
        Func<BrokerSettings, IReadOnlyList<string>> read,
        string? emptyMeans = null,
        string? variable = null
    ) =>
        new(
            new ServerOption(name, variable ?? VariableOf(name), help)
            {
                ValueName = valueName,
                IsList = true,
                Default = emptyMeans ?? string.Join(' ', read(new BrokerSettings())),
            },
            group,
            read
        )
        {
            EmptyMeans = emptyMeans,
        };

    private static BrokerOption One(
        SettingGroup group,
        string name,
        string valueName,
        string help,
        Func<BrokerSettings, string> read,
        string? defaultInWords = null,
        string? emptyMeans = null
    ) =>
        new(
            new ServerOption(name, VariableOf(name), help)
            {
                ValueName = valueName,
                Default = defaultInWords ?? emptyMeans,
            },
            group,
            settings => [read(settings)]
        )
        {
            EmptyMeans = emptyMeans,
        };

    private static BrokerOption Number(
        SettingGroup group,
        string name,
        string help,
        string unit,
        Func<BrokerSettings, double?> read,
        string? emptyMeans = null
    ) =>
        new(
            new ServerOption(name, VariableOf(name), help)
            {
                ValueName = unit == "days" ? "DAYS" : "N",
                Default = emptyMeans ?? Text(read(new BrokerSettings())),
            },
            group,
            settings => [Text(read(settings))]
        )
        {
            Unit = unit,
            EmptyMeans = emptyMeans,
        };

    private static string VariableOf(string name) => $"SCHEDULEZERO_{name[2..].ToUpperInvariant().Replace('-', '_')}";

    private static string? Text(double? number) => number?.ToString(CultureInfo.InvariantCulture);

    private static string YesOrNo(bool value) => value ? "yes" : "no";

    /// <summary>The words of help for the default of an option that has no value by default.</summary>
    private static string? WordForNone(ServerOption line) =>
        line.Name is "--acme-directory" or "--acme-folder" ? null : line.Default;
}
