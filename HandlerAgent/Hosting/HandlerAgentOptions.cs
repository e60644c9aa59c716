using System.Text.Json;
using ScheduleZero.Certificates;

namespace ScheduleZero.HandlerAgent;

/// <summary>
/// Who a handler is, where it dials, and how much it takes on. Read once, when the agent starts, and checked before the
/// first socket opens: each complaint names the setting and its bounds. Times in a configuration are written as .NET
/// writes them, such as <c>00:00:30</c>.
/// </summary>
/// <example>
/// <code>
/// // appsettings.json
/// "HandlerAgent": {
///   "Handler": "office-7",
///   "ApiKeyFile": "/etc/office-7.key",
///   "Bridges": [ "https://bridge.example" ],
///   "Capacity": 4
/// }
///
/// builder.Services.AddHandlerAgent(builder.Configuration.GetSection("HandlerAgent"));
/// </code>
/// </example>
public sealed class HandlerAgentOptions
{
    /// <summary>
    /// The name of the handler, as its key has it. Required; letters, digits and <c>. _ : -</c>, at most 128
    /// characters.
    /// </summary>
    public string Handler { get; set; } = "";

    /// <summary>
    /// The name of this running process of the handler, in the form of <see cref="Handler"/>. Another process with the
    /// same instance takes the session over, so the default is a new random name for every start.
    /// </summary>
    public string Instance { get; set; } = Guid.NewGuid().ToString("N");

    /// <summary>
    /// The addresses to dial, tried in turn; at least one. <c>https://…</c> or <c>http://…</c> is the base address of a
    /// Bridge, without <c>/hubs/handlers</c>; <c>tcp://host:port</c> is the ROUTER of a Broker.
    /// </summary>
    public IList<string> Bridges { get; } = [];

    /// <summary>
    /// The API key, <c>szk_…</c>. Exactly one of this, <see cref="ApiKeyFile"/> and <see cref="IdentityFile"/> is
    /// needed.
    /// </summary>
    public string? ApiKey { get; set; }

    /// <summary>
    /// A file that holds the API key and nothing else. The file is read at every connect, so that a key can be rotated
    /// without a restart.
    /// </summary>
    public string? ApiKeyFile { get; set; }

    /// <summary>
    /// The file that <see cref="AgentEnrolment"/> wrote, in place of an API key. The agent writes to the file at every
    /// connect; only one agent at a time may use it, and only the agent's own account may read it.
    /// </summary>
    public string? IdentityFile { get; set; }

    /// <summary>
    /// Whether the agent takes part in sealed sessions only, which nobody between it and the Broker can read or alter.
    /// An admin switches sealing on at the Broker, and an agent that has an <see cref="IdentityFile"/> follows; with
    /// this it says nothing to a Broker where sealing is off. False by default.
    /// </summary>
    public bool Sealed { get; set; }

    /// <summary>How many attempts may run at once; 1 to 2,500. The default is 10.</summary>
    public int Capacity { get; set; } = 10;

    /// <summary>
    /// The groups that the handler asks to belong to; at most 64. The handler's key says which of them it may join.
    /// </summary>
    public IList<string> Groups { get; } = [];

    /// <summary>
    /// The labels that operators see beside the handler, by name: at most 64, with names of up to 128 characters and
    /// texts of up to 1,024. With more, the Broker refuses the handler.
    /// </summary>
    public IDictionary<string, string> Labels { get; } = new Dictionary<string, string>(StringComparer.Ordinal);

    /// <summary>
    /// How long a stop waits for running attempts before it cancels them; 0 s to 1 h, 30 s by default. The shutdown
    /// time-out of the host must be longer.
    /// </summary>
    public TimeSpan DrainTimeout { get; set; } = TimeSpan.FromSeconds(30);

    /// <summary>
    /// How long a stop waits for cancelled attempts to end, and then again for the Broker to acknowledge how attempts
    /// ended; 0 s to 1 min, 5 s by default.
    /// </summary>
    public TimeSpan SettleTimeout { get; set; } = TimeSpan.FromSeconds(5);

    /// <summary>
    /// How long one address may take to connect, and then again to answer the greeting; 1 s to 2 min, 15 s by default.
    /// </summary>
    public TimeSpan ConnectTimeout { get; set; } = TimeSpan.FromSeconds(15);

    /// <summary>
    /// The longest interval of pings on a connection to a Bridge; 1 s to 1 min, 5 s by default. The agent pings more
    /// often where it has measured that the way cuts silent connections early, and until it has measured the way. Three
    /// silent intervals of the other side, but at least 15 s, end the connection.
    /// </summary>
    public TimeSpan KeepAliveInterval { get; set; } = TimeSpan.FromSeconds(5);

    /// <summary>How messages to a Bridge are encoded; MessagePack by default.</summary>
    public HubProtocol HubProtocol { get; set; } = HubProtocol.MessagePack;

    /// <summary>
    /// The forward proxy for all <c>http(s)</c> addresses. Null: the one that the environment names, if
    /// <see cref="UseEnvironmentProxy"/> allows.
    /// </summary>
    public AgentProxy? Proxy { get; set; }

    /// <summary>
    /// Whether the variables <c>HTTPS_PROXY</c>, <c>HTTP_PROXY</c>, <c>ALL_PROXY</c> and <c>NO_PROXY</c> name the
    /// forward proxy where <see cref="Proxy"/> does not; true by default. They never count for this machine itself.
    /// </summary>
    public bool UseEnvironmentProxy { get; set; } = true;

    /// <summary>Reads a variable of the environment that names a proxy; null where it is not set.</summary>
    internal Func<string, string?> ProxyVariable { get; set; } = Environment.GetEnvironmentVariable;

    /// <summary>
    /// A file in which the agent remembers what it has learned about the network to each Bridge: the transport that
    /// works, and how long silence survives. The agent makes the file and its folder. Null: the agent remembers until
    /// it ends.
    /// </summary>
    public string? StateFile { get; set; }

    /// <summary>
    /// A PEM file of authorities that the certificates of <c>https://</c> servers must come from, in place of the
    /// machine's own. Null: those of the machine. This file and those below are read at every connect, so that they can
    /// be replaced without a restart.
    /// </summary>
    public string? CertificateAuthorityFile { get; set; }

    /// <summary>
    /// The agent's own certificate, for Bridges that ask for one (mutual TLS): PEM, or PKCS#12 by the names <c>.pfx</c>
    /// and <c>.p12</c>. Null for none.
    /// </summary>
    public string? ClientCertificateFile { get; set; }

    /// <summary>
    /// The key of <see cref="ClientCertificateFile"/> as PEM; only the agent's account may read the file. Null when the
    /// certificate's file holds the key.
    /// </summary>
    public string? ClientKeyFile { get; set; }

    /// <summary>
    /// A file with the password of the key; only the agent's account may read the file. Null for a key without one.
    /// </summary>
    public string? ClientPasswordFile { get; set; }

    /// <summary>
    /// Public CURVE keys that the servers at <c>tcp://</c> addresses may have, each as text of 40 characters or as the
    /// path of a file: one, or the old and the new one while a key is being replaced; at most 8. With a key here every
    /// <c>tcp://</c> connection is encrypted, and a server that does not prove one of the keys hears nothing of the
    /// agent. Empty: such connections are plaintext. Files are read at every connect.
    /// </summary>
    public IList<string> CurveServerKeys { get; } = [];

    /// <summary>
    /// A file with the agent's own CURVE key pair, as <c>schedulezero curve create</c> makes it, for servers that let
    /// in only clients whose keys they know; it needs <see cref="CurveServerKeys"/>. The file is read at every connect.
    /// Null: a key pair is made in memory and lasts as long as the process, which will do for servers that let in any
    /// client.
    /// </summary>
    public string? CurveKeyFile { get; set; }

    /// <summary>
    /// How params and results of typed handlers are read and written. Null: as the product writes JSON, which is in
    /// camelCase with ISO 8601 times. Required and non-nullable members of params are insisted on in any case.
    /// </summary>
    public JsonSerializerOptions? SerializerOptions { get; set; }

    /// <summary>
    /// How many lines of job logs may wait to be sent, those of all attempts together; further lines are dropped and
    /// counted. 100 to 1,000,000; 10,000 by default.
    /// </summary>
    public int PendingLogLinesMax { get; set; } = 10_000;

    /// <summary>
    /// A folder on a local disk, for this agent alone, which makes it if need be. The agent stores in it the schedules
    /// that say <c>offline: "run"</c>, runs them while the Broker is out of reach, and stores the outcomes of the runs
    /// until the Broker has them. Null: nothing runs offline.
    /// </summary>
    public string? OfflineFolder { get; set; }

    /// <summary>
    /// How many bytes the journal of offline runs may hold; 1 MiB to 16 GiB, 256 MiB by default. With a full journal
    /// nothing new begins offline until the Broker has taken some of it.
    /// </summary>
    public long OfflineBytesMax { get; set; } = 256L * 1024 * 1024;

    /// <summary>
    /// Whether the host stops, with exit code 1, when the agent ends for good: the key was revoked, the Broker refuses
    /// the handler, or another process with the same instance took the session over. True by default.
    /// </summary>
    public bool StopHostOnFailure { get; set; } = true;

    internal ClientTlsFiles TlsFiles =>
        new(CertificateAuthorityFile, ClientCertificateFile, ClientKeyFile, ClientPasswordFile);
}
