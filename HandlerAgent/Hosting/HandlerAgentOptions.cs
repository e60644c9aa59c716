using System.Text.Json;

namespace ScheduleZero.HandlerAgent;

/// <summary>
/// Who this handler is, where it dials and how much it takes on. Checked before the first socket opens.
/// </summary>
public sealed class HandlerAgentOptions
{
    /// <summary>The handler's name, as its API key has it.</summary>
    public string Handler { get; set; } = "";

    /// <summary>
    /// Names this running copy. The same instance elsewhere takes this one's session over, so the default is a new
    /// random name for every start.
    /// </summary>
    public string Instance { get; set; } = Guid.NewGuid().ToString("N");

    /// <summary>
    /// Addresses, tried in turn: <c>https://…</c> or <c>http://…</c> of a Bridge (the base, without
    /// <c>/hubs/handlers</c>), or <c>tcp://host:port</c> of a Broker's ROUTER.
    /// </summary>
    public IList<string> Bridges { get; } = [];

    /// <summary>The API key. Either this, <see cref="ApiKeyFile"/> or <see cref="IdentityFile"/>.</summary>
    public string? ApiKey { get; set; }

    /// <summary>
    /// A file that holds the API key. Read at every connect, so that a key is rotated without a restart.
    /// </summary>
    public string? ApiKeyFile { get; set; }

    /// <summary>
    /// In place of an API key: what <see cref="AgentEnrolment"/> wrote. The agent writes to it at every connect, and
    /// one agent at a time may use it; only its own account may read it.
    /// </summary>
    public string? IdentityFile { get; set; }

    /// <summary>Attempts at once; 1 to 10,000.</summary>
    public int Capacity { get; set; } = 10;

    /// <summary>Groups that this handler asks to belong to; its key decides.</summary>
    public IList<string> Groups { get; } = [];

    /// <summary>Words shown beside the handler to operators.</summary>
    public IDictionary<string, string> Labels { get; } = new Dictionary<string, string>(StringComparer.Ordinal);

    /// <summary>
    /// How long a stop waits for running attempts before it cancels them; up to 1 h. The host's own shutdown time-out
    /// must be longer.
    /// </summary>
    public TimeSpan DrainTimeout { get; set; } = TimeSpan.FromSeconds(30);

    /// <summary>
    /// How long a stop waits for attempts to end after it cancelled them, and then for acknowledgements; up to 1 min.
    /// </summary>
    public TimeSpan SettleTimeout { get; set; } = TimeSpan.FromSeconds(5);

    /// <summary>For one address: connecting, and then the answer to Hello; 1 s to 2 min each.</summary>
    public TimeSpan ConnectTimeout { get; set; } = TimeSpan.FromSeconds(15);

    /// <summary>
    /// Of the connection, below the shortest idle time-out on the way; 1 s to 1 min. Three silent intervals of the
    /// other side end the connection.
    /// </summary>
    public TimeSpan KeepAlive { get; set; } = TimeSpan.FromSeconds(5);

    /// <summary>How SignalR frames are written.</summary>
    public HubProtocol HubProtocol { get; set; } = HubProtocol.MessagePack;

    /// <summary>A forward proxy for <c>http(s)</c> addresses. Unset: the environment's (<c>HTTPS_PROXY</c>).</summary>
    public AgentProxy? Proxy { get; set; }

    /// <summary>PEM file of certificates that are trusted as roots beside the machine's own.</summary>
    public string? CertificateAuthorityFile { get; set; }

    /// <summary>
    /// For params and results of typed handlers. Unset: the product's conventions (camelCase, ISO 8601).
    /// </summary>
    public JsonSerializerOptions? Json { get; set; }

    /// <summary>
    /// Job log lines that wait to be sent, all attempts together; further ones are dropped and counted; 100 to
    /// 1,000,000.
    /// </summary>
    public int PendingLogLinesMax { get; set; } = 10_000;

    /// <summary>
    /// A folder on a local disk, of this agent alone: there it keeps the schedules that say <c>offline: "run"</c>, runs
    /// them while the Broker is out of reach, and keeps what became of them until the Broker has it. It is made if need
    /// be. Unset: nothing runs offline.
    /// </summary>
    public string? OfflineFolder { get; set; }

    /// <summary>
    /// How large the journal of offline runs may grow; then nothing new is begun offline until the Broker has taken
    /// some; 1 MiB to 16 GiB.
    /// </summary>
    public long OfflineBytesMax { get; set; } = 256L * 1024 * 1024;

    /// <summary>Stop the host when the agent ends for good (key revoked, refused, instance taken over).</summary>
    public bool StopHostOnFailure { get; set; } = true;
}

public enum HubProtocol
{
    MessagePack,
    Json,
}

/// <summary>An HTTP forward proxy.</summary>
/// <param name="Address">Such as <c>http://proxy.corp:3128</c>, without credentials.</param>
public sealed record AgentProxy(Uri Address, string? User = null, string? Password = null)
{
    /// <summary>Without the password, fit for logs.</summary>
    public override string ToString() => User is null ? $"{Address}" : $"{Address} as {User}";
}
