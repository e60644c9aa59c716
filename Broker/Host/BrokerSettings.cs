using System.Security.Cryptography;
using ScheduleZero.Broker.Core;
using ScheduleZero.Broker.Host.Alerting.Sending;
using ScheduleZero.Broker.Host.Alerting.Sending.Web;
using ScheduleZero.Broker.Host.Doors;
using ScheduleZero.Contracts;
using ScheduleZero.Contracts.Rest;
using ScheduleZero.Edges;
using ScheduleZero.Edges.Tls;
using ScheduleZero.Zmtp.Connections;

namespace ScheduleZero.Broker.Host;

/// <summary>The settings of a Broker.</summary>
public sealed class BrokerSettings
{
    public const string UrlDefault = "http://127.0.0.1:8888";
    public const string RouterDefault = "tcp://127.0.0.1:4242";

    /// <summary>The folder of the store, which is made when it does not exist.</summary>
    public string DataFolder { get; init; } =
        Path.Combine(
            Environment.GetFolderPath(
                Environment.SpecialFolder.LocalApplicationData,
                Environment.SpecialFolderOption.DoNotVerify
            ),
            "schedulezero"
        );

    /// <summary>
    /// The URLs of REST: <c>https://address:port</c>, or <c>http://</c> on loopback. Port 0 stands for a free one.
    /// </summary>
    public IReadOnlyList<string> Urls { get; init; } = [UrlDefault];

    /// <summary>The endpoints of the ROUTER: <c>tcp://…</c> is bound, <c>&gt;tcp://…</c> is dialled.</summary>
    public IReadOnlyList<string> Router { get; init; } = [RouterDefault];

    /// <summary>
    /// The admin key of the first start; when it is empty one is made. The key has no effect at later starts.
    /// </summary>
    public string BootstrapKey { get; init; } = "";

    /// <summary>How long a user stays signed in: 1 h to 30 days.</summary>
    public TimeSpan SessionLifetime { get; init; } = TimeSpan.FromHours(24);

    /// <summary>
    /// Whether keys and jobs may cross networks unencrypted. Only for a network that is encrypted by itself, or behind
    /// a proxy that ends TLS.
    /// </summary>
    public bool AllowInsecureRemote { get; init; }

    /// <summary>How long finished jobs are stored; 30 days by default.</summary>
    public TimeSpan HistoryRetention { get; init; } = TimeSpan.FromDays(30);

    /// <summary>How long events of the audit log are stored; 400 days by default.</summary>
    public TimeSpan AuditRetention { get; init; } = TimeSpan.FromDays(400);

    /// <summary>
    /// How many REST requests each API key and user may make in a minute, if they have no limit of their own.
    /// </summary>
    public int RequestsPerMinute { get; init; } = Limits.RequestsPerMinuteDefault;

    /// <summary>
    /// How many REST requests each address may make in a minute that shows no valid credential, such as that of
    /// somebody who tries keys.
    /// </summary>
    public int AnonymousRequestsPerMinute { get; init; } = Limits.AnonymousRequestsPerMinuteDefault;

    /// <summary>
    /// How many connections to REST one address (of IPv6: one /64 network) may have at once; trusted proxies are not
    /// bounded.
    /// </summary>
    public int ConnectionsPerAddress { get; init; } = Limits.ConnectionsPerAddressDefault;

    /// <summary>
    /// The addresses and CIDR ranges of proxies that are believed about where a request comes from. When the list is
    /// empty, X-Forwarded-For and X-Forwarded-Proto are not read.
    /// </summary>
    public IReadOnlyList<string> TrustedProxies { get; init; } = [];

    /// <summary>
    /// The addresses and CIDR ranges that may connect to REST and to the ROUTER; when the list is empty all may.
    /// </summary>
    public IReadOnlyList<string> AllowFrom { get; init; } = [];

    /// <summary>
    /// The origins whose pages may call REST, in the form of <c>https://app.example.org</c>. When the list is empty, no
    /// page of another origin may.
    /// </summary>
    public IReadOnlyList<string> CorsOrigins { get; init; } = [];

    /// <summary>
    /// The free bytes of the disk below which new work is refused; below a quarter of that, waiting jobs are not
    /// started either. The reserve is left for finishing, reading and deleting. 0 for no reserve.
    /// </summary>
    public long DiskReserveBytes { get; init; } = 256L * 1024 * 1024;

    /// <summary>Whether the dashboard is served, at <c>/ui</c> beside REST.</summary>
    public bool Dashboard { get; init; } = true;

    /// <summary>
    /// The path that a proxy in front of the Broker adds before all addresses, such as <c>/schedulezero</c>; empty for
    /// none. Requests are served with the path and without it: proxies may leave it or take it away.
    /// </summary>
    public string PathBase { get; init; } = "";

    /// <summary>
    /// Where people reach the Broker with their browsers, such as <c>https://jobs.example.org</c>, for links in
    /// notices; empty for no links.
    /// </summary>
    public string PublicUrl { get; init; } = "";

    /// <summary>How notices of alerts leave the Broker.</summary>
    public AlertSettings Alerts { get; init; } = new();

    /// <summary>How the connections of the ROUTER are secured; plaintext by default, which stays on loopback.</summary>
    public CurveSettings Curve { get; init; } = new();

    /// <summary>The certificates of the https URLs; none by default.</summary>
    public TlsSettings Tls { get; init; } = new();

    public CoreOptions Core { get; init; } = new();

    /// <summary>The bounds of each endpoint at which the ROUTER listens.</summary>
    internal ListenerLimits Listening { get; init; } = new();

    /// <summary>
    /// The keys to make at the start besides the admin's, for a Bridge or a handler in the same process.
    /// </summary>
    internal IReadOnlyList<Broker.Core.Access.KeyRecord> ExtraKeys { get; init; } = [];

    /// <summary>
    /// Where the value of each setting came from, by the name of its option; null for settings that no command line
    /// made.
    /// </summary>
    internal IReadOnlyDictionary<string, SettingSource>? Sources { get; init; }

    /// <summary>Where the value of a setting came from; null when that is not known.</summary>
    /// <param name="name">The name of its option.</param>
    internal SettingSource? SourceOf(string name) => Sources?.TryGetValue(name, out var source) == true ? source : null;

    /// <summary>Checks all settings.</summary>
    /// <exception cref="BrokerSettingsException">
    /// A setting is missing, malformed or unsafe. The message names every problem.
    /// </exception>
    public void Validate()
    {
        List<string> problems = [.. EndpointProblems(), .. WorkProblems(), .. BoundProblems(), .. DurationProblems()];
        if (problems.Count > 0)
        {
            throw new BrokerSettingsException(string.Join(Environment.NewLine, problems));
        }
    }

    /// <summary>The front door of the ROUTER, of settings that were validated.</summary>
    /// <param name="clients">The CURVE keys that may connect; null where any may, or nothing is encrypted.</param>
    /// <exception cref="IOException">A file of keys has changed since the settings were validated.</exception>
    internal DoorOptions Door(CurveClients? clients, TimeProvider time)
    {
        var admitted = new AddressRanges(AllowFrom);
        var (listening, dialling) = (Curve.Listening(clients), Curve.Dialling());
        return new DoorOptions
        {
            Endpoints =
            [
                .. Router.Select(text =>
                    DoorEndpoint.TryParse(text, out var address, out var dials)
                        ? new DoorEndpoint(address, dials, dials ? dialling : [listening])
                        : throw new InvalidOperationException("The settings were validated.")
                ),
            ],
            Clients = clients,
            Listening = Listening,
            IsAdmitted = address => admitted.IsEmpty || admitted.Holds(address),
            Time = time,
            // A draw that nobody has to foresee or repeat: it only spreads the attempts of many diallers.
            Draw = static () => RandomNumberGenerator.GetInt32(1 << 20) / (double)(1 << 20),
        };
    }

    private IEnumerable<string> EndpointProblems()
    {
        if (Urls.Count == 0 || Router.Count == 0)
        {
            yield return "A Broker needs at least one URL for REST and one endpoint for its ROUTER.";
        }

        foreach (var problem in Urls.Select(UrlProblem).Concat(Router.Select(RouterProblem)).OfType<string>())
        {
            yield return problem;
        }

        if (PathBase.Length > 0 && !IsPathBase(PathBase))
        {
            yield return $"'{PathBase}' is no path; it looks like /schedulezero, without a slash at its end.";
        }

        if (PublicUrl.Length > 0 && !IsPublicUrl(PublicUrl))
        {
            yield return $"--public-url '{PublicUrl}' is not where people reach the Broker; it looks like "
                + "https://jobs.example.org, without /ui.";
        }

        foreach (var problem in Tls.Problems(Urls))
        {
            yield return problem;
        }

        foreach (
            var problem in Curve.Problems(
                listens: Router.Any(text => !text.StartsWith('>')),
                dials: Router.Any(text => text.StartsWith('>')),
                hasStore: true
            )
        )
        {
            yield return problem;
        }

        if (BootstrapKey.Length > 0 && !IsStrong(BootstrapKey))
        {
            yield return "The bootstrap key is not of full strength: it must be szk_, 12 hex characters, _, "
                + "and 43 random base64url characters (256 bits). "
                + "Leave SCHEDULEZERO_BOOTSTRAP_KEY empty to have one made.";
        }
    }

    private IEnumerable<string> WorkProblems()
    {
        if (DiskReserveBytes < 0 || Core.NamespaceBytesMax < 1)
        {
            yield return "--disk-reserve-mib must be 0 at least, and --namespace-gib 1.";
        }

        if (Core.Lease < 3 * Core.HeartbeatInterval)
        {
            yield return "A lease must outlast three heartbeats.";
        }
    }

    private IEnumerable<string> BoundProblems()
    {
        if (
            RequestsPerMinute is < 1 or > Limits.RequestsPerMinuteMax
            || AnonymousRequestsPerMinute is < 1 or > Limits.RequestsPerMinuteMax
        )
        {
            yield return $"Requests a minute: 1 to {Limits.RequestsPerMinuteMax} are expected.";
        }

        if (ConnectionsPerAddress < 1)
        {
            yield return "--connections-per-address must be 1 at least.";
        }

        if (Core.WaitingJobsMax is < 1 || Core.RunningJobsMax is < 1)
        {
            yield return "--max-waiting and --max-running must be 1 at least; leave them out for no limit.";
        }

        foreach (
            var problem in AddressRanges
                .Problems("--trusted-proxies", TrustedProxies)
                .Concat(AddressRanges.Problems("--allow-from", AllowFrom))
                .Concat(Origins.Problems("--cors-origin", CorsOrigins))
                .Concat(Alerts.Problems())
        )
        {
            yield return problem;
        }
    }

    private IEnumerable<string> DurationProblems()
    {
        if (SessionLifetime < TimeSpan.FromHours(1) || SessionLifetime > TimeSpan.FromDays(30))
        {
            yield return "A session must last for 1 to 720 hours.";
        }

        if (HistoryRetention < TimeSpan.FromMinutes(1))
        {
            yield return "Finished jobs must be kept for a minute at least.";
        }

        if (AuditRetention < TimeSpan.FromDays(1))
        {
            yield return "The audit log must be kept for a day at least.";
        }
    }

    private static bool IsPathBase(string path) =>
        path[0] == '/'
        && path[^1] != '/'
        && !path.Contains("//", StringComparison.Ordinal)
        && path.All(c => char.IsAsciiLetterOrDigit(c) || c is '/' or '-' or '_' or '.' or '~');

    private static bool IsPublicUrl(string url) =>
        AlertUrls.ProblemOf(url) is null
        && new Uri(url) is { Query: "", Fragment: "" } uri
        && !uri.AbsolutePath.TrimEnd('/').EndsWith("/ui", StringComparison.Ordinal);

    // A key that somebody typed has few different characters; 43 random ones have about 31.
    private static bool IsStrong(string text) => ApiKey.TryParse(text, out _) && text[17..].Distinct().Count() >= 16;

    private string? UrlProblem(string url) =>
        !Uri.TryCreate(url, UriKind.Absolute, out var uri)
        || (uri.Scheme != Uri.UriSchemeHttp && uri.Scheme != Uri.UriSchemeHttps)
        || uri.PathAndQuery != "/"
            ? $"'{url}' is not a URL to listen on; it looks like {UrlDefault}."
        : uri.Scheme == Uri.UriSchemeHttps ? null
        : RemoteProblem(
            url,
            uri.Host,
            "would take API keys over the network unencrypted. Listen at https:// with --tls-cert or --acme"
        );

    private string? RouterProblem(string endpoint) =>
        !DoorEndpoint.TryParse(endpoint, out var address, out _)
            ? $"'{endpoint}' is not an endpoint; it looks like {RouterDefault}, or >tcp://host:port to dial."
        : Curve.IsOn ? null
        : RemoteProblem(
            endpoint,
            address.Host,
            "would carry jobs over the network unencrypted. Give a key by --curve-key"
        );

    private string? RemoteProblem(string given, string host, string what) =>
        AllowInsecureRemote || SettingText.IsLoopback(host)
            ? null
            : $"'{given}' {what}. Stay on 127.0.0.1, or accept the risk with --insecure-allow-remote-plaintext.";
}

/// <summary>Thrown when the settings are wrong. The message says what to mend.</summary>
public sealed class BrokerSettingsException(string message) : Exception(message);
