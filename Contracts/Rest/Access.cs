using System.Text.Json.Serialization;

namespace ScheduleZero.Contracts.Rest;

/// <summary>The party that a key stands for.</summary>
public enum KeyKind
{
    /// <summary>The key is that of a producer, an operator's script or an administrator.</summary>
    Service,

    /// <summary>The key is that of a handler of one namespace.</summary>
    Handler,

    /// <summary>The key is that of a Bridge.</summary>
    Bridge,
}

/// <summary>The way in which the holder of a key proves that the key is theirs.</summary>
public enum KeyProof
{
    /// <summary>The holder sends the key itself.</summary>
    Secret,

    /// <summary>The holder signs with a private key that never leaves the agent.</summary>
    P256,
}

public static class Roles
{
    public const string Admin = "admin";
    public const string Operator = "operator";
    public const string Viewer = "viewer";
}

public sealed record KeyRequest
{
    public required KeyKind Kind { get; init; }

    /// <summary>handler: the handler's name.</summary>
    public string? Handler { get; init; }

    /// <summary>service and bridge: what the key is for.</summary>
    public string? Name { get; init; }

    /// <summary>service: <c>admin</c>, <c>operator</c> or <c>viewer</c>, on the namespace it is made in.</summary>
    public IReadOnlyList<string>? Roles { get; init; }

    /// <summary>
    /// handler: the methods that the handler may offer, as patterns such as <c>reports.*</c>; all when not given.
    /// </summary>
    public IReadOnlyList<string>? Methods { get; init; }

    /// <summary>handler: the groups that the handler may join, as patterns; none when not given.</summary>
    public IReadOnlyList<string>? Groups { get; init; }

    /// <summary>
    /// service and handler: where the key may be used from, as addresses or ranges such as <c>10.0.0.0/8</c>, 64 at
    /// most; anywhere when not given.
    /// </summary>
    public IReadOnlyList<string>? Addresses { get; init; }

    /// <summary>handler: how many attempts the handler may have at once, whatever it asks for, 1 to 2,500.</summary>
    public int? MaxCapacity { get; init; }

    /// <summary>
    /// service: how many REST requests the key may make in a minute, 1 to 10,000,000; the Broker's default, 100 unless
    /// set otherwise, when not given.
    /// </summary>
    public int? RequestsPerMinute { get; init; }

    public DateTimeOffset? ExpiresAt { get; init; }
}

public record KeyView
{
    public required string Id { get; init; }

    public required KeyKind Kind { get; init; }

    public required string Namespace { get; init; }

    public string? Handler { get; init; }

    public string? Name { get; init; }

    public IReadOnlyList<string>? Roles { get; init; }

    public IReadOnlyList<string>? Methods { get; init; }

    public IReadOnlyList<string>? Groups { get; init; }

    public IReadOnlyList<string>? Addresses { get; init; }

    public int? MaxCapacity { get; init; }

    public int? RequestsPerMinute { get; init; }

    public KeyProof Proof { get; init; }

    /// <summary>The fingerprint of an enrolled key's public half, for people to compare.</summary>
    public string? Fingerprint { get; init; }

    public required DateTimeOffset CreatedAt { get; init; }

    public required string CreatedBy { get; init; }

    public DateTimeOffset? ExpiresAt { get; init; }

    /// <summary>
    /// The id of the first of the keys that this key replaces one after the other; not set when it replaces none. What
    /// this key makes is made by the name of that first key.
    /// </summary>
    public string? Account { get; init; }

    public DateTimeOffset? RevokedAt { get; init; }

    /// <summary>Why the key was revoked: <c>cloned</c> when two copies of an enrolled key were at work.</summary>
    public string? RevokedReason { get; init; }
}

/// <summary>
/// The changes to a key; a field that is not given stays. Of a service's key only the requests in a minute can be
/// changed, of a handler's key everything else.
/// </summary>
public sealed record KeyPatch
{
    /// <summary>The methods that the handler may offer, as patterns; <c>["*"]</c> for all.</summary>
    public IReadOnlyList<string>? Methods { get; init; }

    /// <summary>The groups that the handler may join, as patterns; <c>[]</c> for none.</summary>
    public IReadOnlyList<string>? Groups { get; init; }

    /// <summary>Where the key may be used from; <c>["0.0.0.0/0", "::/0"]</c> for anywhere.</summary>
    public IReadOnlyList<string>? Addresses { get; init; }

    /// <summary>How many attempts the handler may have at once, 1 to 2,500.</summary>
    public int? MaxCapacity { get; init; }

    /// <summary>How many REST requests a service's key may make in a minute, 1 to 10,000,000.</summary>
    public int? RequestsPerMinute { get; init; }
}

public sealed record KeyRotation
{
    /// <summary>How long the old key stays good, PT0S to P7D; PT24H when not given.</summary>
    public TimeSpan? Overlap { get; init; }
}

/// <summary>A new key with its text, which is shown only this once.</summary>
public sealed record KeyCreated : KeyView
{
    public required string Key { get; init; }
}

public sealed record HandlerView
{
    public required string Name { get; init; }

    public required bool Online { get; init; }

    /// <summary>Whether an operator asked the handler to take no new work.</summary>
    public required bool Drained { get; init; }

    public required IReadOnlyList<string> Methods { get; init; }

    public required IReadOnlyList<string> Groups { get; init; }

    public required IReadOnlyList<SessionView> Sessions { get; init; }

    /// <summary>
    /// When the handler last gave a sign of life. After a start of the Broker, and until the handler connects again,
    /// the instant may be up to an hour too early.
    /// </summary>
    public DateTimeOffset? LastSeenAt { get; init; }

    /// <summary>The limits that the namespace gives the handler; not set for none.</summary>
    public WorkLimits? Limits { get; init; }

    /// <summary>
    /// How many attempts have begun on the handler within the period of its rate limit; not set without such a limit.
    /// </summary>
    public int? Begun { get; init; }
}

public sealed record SessionView
{
    public required string SessionId { get; init; }

    public required string Instance { get; init; }

    /// <summary>
    /// The session's state: <c>starting</c> until a probe came back, <c>ready</c>, <c>unresponsive</c>, or
    /// <c>detached</c> while the session has no connection.
    /// </summary>
    public required string State { get; init; }

    public required int Capacity { get; init; }

    public required int Running { get; init; }

    public string? Bridge { get; init; }

    public string? RemoteAddress { get; init; }

    /// <summary>
    /// The transport of the connection: <c>webSockets</c>, <c>serverSentEvents</c>, <c>longPolling</c> or
    /// <c>zeroMQ</c>; not set while there is no connection, and for a Bridge of an earlier version.
    /// </summary>
    public string? Transport { get; init; }

    /// <summary>The forward proxy that the handler says it dials through; not set for none.</summary>
    public string? Proxy { get; init; }

    /// <summary>What the Bridge saw of proxies on the way, such as the header <c>Via</c>; not set for none.</summary>
    public string? Via { get; init; }

    /// <summary>The time from the newest probe to its answer, in milliseconds; not set before the first.</summary>
    public double? RoundTripMs { get; init; }

    /// <summary>The interval of the handler's pings, in seconds, as the handler says.</summary>
    public double? KeepAliveSeconds { get; init; }

    /// <summary>How long a silent connection survives on the way, in seconds, as the handler has measured.</summary>
    public double? SilenceSeconds { get; init; }

    public string? Agent { get; init; }

    /// <summary>Whether only the Broker and the handler can read and make the messages of the session.</summary>
    public bool Sealed { get; init; }

    public IReadOnlyDictionary<string, string>? Labels { get; init; }

    public required DateTimeOffset ConnectedAt { get; init; }

    /// <summary>When the newest message of the handler came, such as a heartbeat.</summary>
    public DateTimeOffset? LastSeenAt { get; init; }

    /// <summary>The id of the key with which the handler said Hello.</summary>
    public string? KeyId { get; init; }
}

/// <summary>A connection of a handler, which stands or has ended.</summary>
public sealed record HandlerConnectionView
{
    public required string SessionId { get; init; }

    public required string Instance { get; init; }

    /// <summary>The id of the key with which the handler said Hello.</summary>
    public required string KeyId { get; init; }

    public string? Bridge { get; init; }

    public string? RemoteAddress { get; init; }

    /// <summary>The transport of the connection, as of a session; not set for a Bridge of an earlier version.</summary>
    public string? Transport { get; init; }

    public required DateTimeOffset ConnectedAt { get; init; }

    /// <summary>When the connection ended; not set while it stands.</summary>
    public DateTimeOffset? EndedAt { get; init; }

    /// <summary>Why the connection ended, in words; not set while it stands.</summary>
    public string? Reason { get; init; }
}

/// <summary>A method that handlers offer, or that something else in the namespace names.</summary>
/// <param name="Handlers">The names of the handlers that offer the method now; empty when none does.</param>
public sealed record MethodView(
    string Name,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.Never)] string? Description,
    RawJson ParamsSchema,
    IReadOnlyList<string> Handlers
)
{
    /// <summary>
    /// Why params are not checked against the schema; not set when they are, or when there is no schema.
    /// </summary>
    public string? ParamsSchemaProblem { get; init; }

    /// <summary>
    /// How many handlers that are not connected offered the method when they were connected last.
    /// </summary>
    public int AwayHandlers { get; init; }

    /// <summary>
    /// How many unfinished jobs of the method do not run; not set for a caller who may not read these jobs.
    /// </summary>
    public int? WaitingJobs { get; init; }

    /// <summary>How many jobs of the method run; not set for a caller who may not read these jobs.</summary>
    public int? RunningJobs { get; init; }

    /// <summary>The limits that the namespace gives the method; not set for none.</summary>
    public WorkLimits? Limits { get; init; }

    /// <summary>
    /// How many attempts of the method have begun within the period of its rate limit; not set without such a limit.
    /// </summary>
    public int? Begun { get; init; }

    /// <summary>The pause of the method; not set for a method that is not paused.</summary>
    public PauseView? Pause { get; init; }

    /// <summary>
    /// What the handlers publish of the method, one row for those that publish the same, 20 rows at most; set only when
    /// one method is asked for.
    /// </summary>
    public IReadOnlyList<MethodOffer>? Offers { get; init; }
}

/// <summary>What some handlers publish of a method.</summary>
public sealed record MethodOffer
{
    /// <summary>The names of the handlers that publish this.</summary>
    public required IReadOnlyList<string> Handlers { get; init; }

    /// <summary>The software of these handlers, with its version.</summary>
    public required IReadOnlyList<string> Agents { get; init; }

    public string? Description { get; init; }

    /// <summary>The JSON Schema of the method's params, if these handlers publish one.</summary>
    public RawJson ParamsSchema { get; init; }

    /// <summary>
    /// Why params are not checked against the schema; not set when they are, or when there is no schema.
    /// </summary>
    public string? ParamsSchemaProblem { get; init; }

    /// <summary>
    /// How many attempts of the method one instance runs at once; not set when only its places bound them.
    /// </summary>
    public int? MaxConcurrent { get; init; }
}

/// <summary>The numbers of what the Broker has at the moment.</summary>
public sealed record BrokerStats
{
    public required string Version { get; init; }

    public required DateTimeOffset StartedAt { get; init; }

    public required long Scheduled { get; init; }

    public required long Ready { get; init; }

    public required long Running { get; init; }

    public required int Schedules { get; init; }

    public required int HandlersOnline { get; init; }

    public required int Sessions { get; init; }

    public required int Bridges { get; init; }

    /// <summary>The number of jobs enqueued since this start of the Broker.</summary>
    public required long Enqueued { get; init; }

    /// <summary>The number of jobs that ended, in whichever state, since this start of the Broker.</summary>
    public required long Finished { get; init; }

    public required long Commits { get; init; }

    /// <summary>Whether the disk of the store has room for new work.</summary>
    public DiskState Disk { get; init; }

    /// <summary>The number of free bytes on the store's disk, when that is known.</summary>
    public long? DiskFreeBytes { get; init; }

    /// <summary>The certificates of the https listeners; absent when there are none.</summary>
    public IReadOnlyList<CertificateView>? Certificates { get; init; }
}

/// <summary>How full the disk of the Broker's store is.</summary>
public enum DiskState
{
    Enough,

    /// <summary>Less than the reserve is free: new work is refused, and schedules stand still.</summary>
    Low,

    /// <summary>Hardly anything is free: jobs that wait are not started either.</summary>
    VeryLow,
}
