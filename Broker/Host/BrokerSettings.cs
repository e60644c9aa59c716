using ScheduleZero.Broker.Core;
using ScheduleZero.Contracts;
using ScheduleZero.Edges;

namespace ScheduleZero.Broker.Host;

/// <summary>What a Broker is told at its start.</summary>
public sealed class BrokerSettings
{
    public const string UrlDefault = "http://127.0.0.1:8888";
    public const string RouterDefault = "tcp://127.0.0.1:4242";

    /// <summary>Where the store lives. Made when it is not there.</summary>
    public string DataFolder { get; init; } =
        Path.Combine(
            Environment.GetFolderPath(
                Environment.SpecialFolder.LocalApplicationData,
                Environment.SpecialFolderOption.DoNotVerify
            ),
            "schedulezero"
        );

    /// <summary>REST: <c>http://address:port</c>. Port 0 takes a free one.</summary>
    public IReadOnlyList<string> Urls { get; init; } = [UrlDefault];

    /// <summary>The ROUTER: <c>tcp://…</c> is bound, <c>&gt;tcp://…</c> is dialled.</summary>
    public IReadOnlyList<string> Router { get; init; } = [RouterDefault];

    /// <summary>The admin key of the first start; one is made when it is empty. Without effect later.</summary>
    public string BootstrapKey { get; init; } = "";

    /// <summary>How long a user stays signed in: 1 h to 30 days.</summary>
    public TimeSpan SessionLifetime { get; init; } = TimeSpan.FromHours(24);

    /// <summary>
    /// Lets keys and jobs cross networks unencrypted. Only inside a network that is encrypted by itself, or behind a
    /// proxy that ends TLS.
    /// </summary>
    public bool AllowInsecureRemote { get; init; }

    /// <summary>How long finished jobs are kept; 30 days unless said otherwise.</summary>
    public TimeSpan HistoryRetention { get; init; } = TimeSpan.FromDays(30);

    /// <summary>How long events of the audit log are kept; 400 days unless said otherwise.</summary>
    public TimeSpan AuditRetention { get; init; } = TimeSpan.FromDays(400);

    /// <summary>REST requests a minute of each API key that says nothing else.</summary>
    public int RequestsPerMinute { get; init; } = Limits.RequestsPerMinuteDefault;

    /// <summary>
    /// REST requests a minute of each address that shows no valid key: health checks, and whoever tries keys.
    /// </summary>
    public int AnonymousRequestsPerMinute { get; init; } = Limits.AnonymousRequestsPerMinuteDefault;

    /// <summary>
    /// Connections to REST that one address (an IPv6 /64) holds at once; trusted proxies are not bounded.
    /// </summary>
    public int ConnectionsPerAddress { get; init; } = Limits.ConnectionsPerAddressDefault;

    /// <summary>
    /// Proxies that are believed about where a request comes from: addresses and CIDR ranges. None: X-Forwarded-For and
    /// -Proto are not read.
    /// </summary>
    public IReadOnlyList<string> TrustedProxies { get; init; } = [];

    /// <summary>Addresses and CIDR ranges that may connect to REST. None: all may.</summary>
    public IReadOnlyList<string> AllowFrom { get; init; } = [];

    /// <summary>
    /// Origins whose pages may call REST, as browsers send them: <c>https://app.example.org</c>. None: no page of
    /// another origin may.
    /// </summary>
    public IReadOnlyList<string> CorsOrigins { get; init; } = [];

    /// <summary>
    /// Below so much free disk new work is refused; below a quarter of it nothing that waits is started. It is what is
    /// there to finish, read and delete with. 0: none.
    /// </summary>
    public long DiskReserveBytes { get; init; } = 256L * 1024 * 1024;

    public CoreOptions Core { get; init; } = new();

    /// <summary>
    /// Keys that are to exist besides the admin's, for a Bridge or a handler started in the same process.
    /// </summary>
    internal IReadOnlyList<Broker.Core.Access.KeyRecord> ExtraKeys { get; init; } = [];

    /// <exception cref="BrokerSettingsException">Something is missing, malformed or unsafe; every problem is
    /// named.</exception>
    public void Validate()
    {
        var problems = Problems().ToList();
        if (problems.Count > 0)
        {
            throw new BrokerSettingsException(string.Join(Environment.NewLine, problems));
        }
    }

    private IEnumerable<string> Problems()
    {
        if (Urls.Count == 0 || Router.Count == 0)
        {
            yield return "A Broker needs at least one URL for REST and one endpoint for its ROUTER.";
        }

        foreach (var problem in Urls.Select(UrlProblem).Concat(Router.Select(RouterProblem)).OfType<string>())
        {
            yield return problem;
        }

        if (BootstrapKey.Length > 0 && !IsStrong(BootstrapKey))
        {
            yield return "The bootstrap key is not of full strength: it must be szk_, 12 hex characters, _, "
                + "and 43 random base64url characters (256 bits). "
                + "Leave SCHEDULEZERO_BOOTSTRAP_KEY empty to have one made.";
        }

        if (DiskReserveBytes < 0 || Core.NamespaceBytesMax < 1)
        {
            yield return "--disk-reserve-mib must be 0 at least, and --namespace-gib 1.";
        }

        if (Core.Lease < 3 * Core.HeartbeatInterval)
        {
            yield return "A lease must outlast three heartbeats.";
        }

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
        )
        {
            yield return problem;
        }

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

    // A key that somebody typed shows few different characters; 43 random ones show about 31.
    private static bool IsStrong(string text) => ApiKey.TryParse(text, out _) && text[17..].Distinct().Count() >= 16;

    private string? UrlProblem(string url) =>
        !Uri.TryCreate(url, UriKind.Absolute, out var uri) || uri.Scheme != Uri.UriSchemeHttp
            ? $"'{url}' is not a URL to listen on; it looks like {UrlDefault}."
            : RemoteProblem(url, uri.Host, "would take API keys over the network unencrypted");

    private string? RouterProblem(string endpoint) =>
        !Uri.TryCreate(endpoint.TrimStart('>'), UriKind.Absolute, out var uri) || uri.Scheme != "tcp" || uri.Port < 0
            ? $"'{endpoint}' is not an endpoint; it looks like {RouterDefault}, or >tcp://host:port to dial."
            : RemoteProblem(endpoint, uri.Host, "would carry jobs over the network unencrypted");

    private string? RemoteProblem(string given, string host, string what) =>
        AllowInsecureRemote || SettingText.IsLoopback(host)
            ? null
            : $"'{given}' {what}. Stay on 127.0.0.1, or accept the risk with --insecure-allow-remote-plaintext.";
}

/// <summary>The settings are wrong. The message says what to mend.</summary>
public sealed class BrokerSettingsException(string message) : Exception(message);
