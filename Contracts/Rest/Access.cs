using System.Text.Json.Serialization;

namespace ScheduleZero.Contracts.Rest;

/// <summary>Whom a key stands for.</summary>
public enum KeyKind
{
    /// <summary>A producer, an operator's script or an administrator.</summary>
    Service,

    /// <summary>A handler of one namespace.</summary>
    Handler,

    /// <summary>A Bridge.</summary>
    Bridge,
}

/// <summary>How the holder of a key proves it.</summary>
public enum KeyProof
{
    /// <summary>By saying it.</summary>
    Secret,

    /// <summary>By a signature with a key that never leaves the agent.</summary>
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
    /// handler: which methods it may offer, as patterns such as <c>reports.*</c>; all when not given.
    /// </summary>
    public IReadOnlyList<string>? Methods { get; init; }

    /// <summary>handler: which groups it may join, as patterns; none when not given.</summary>
    public IReadOnlyList<string>? Groups { get; init; }

    /// <summary>
    /// service and handler: where it may be used from, as addresses or ranges such as <c>10.0.0.0/8</c>, 64 at most;
    /// anywhere when not given.
    /// </summary>
    public IReadOnlyList<string>? Addresses { get; init; }

    /// <summary>handler: attempts that it may hold at once, whatever it asks for, 1 to 2,500.</summary>
    public int? MaxCapacity { get; init; }

    /// <summary>
    /// service: REST requests that it may make, 1 to 10,000,000; the Broker's default, 100 unless set otherwise, when
    /// not given.
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

    /// <summary>Of an enrolled key's public half, for people to compare.</summary>
    public string? Fingerprint { get; init; }

    public required DateTimeOffset CreatedAt { get; init; }

    public required string CreatedBy { get; init; }

    public DateTimeOffset? ExpiresAt { get; init; }

    /// <summary>The first of the keys in whose place this one came; what it makes is made by that one's name.</summary>
    public string? Account { get; init; }

    public DateTimeOffset? RevokedAt { get; init; }

    /// <summary><c>cloned</c>: two copies of an enrolled key were at work.</summary>
    public string? RevokedReason { get; init; }
}

/// <summary>
/// What shall change of a key; what is not given stays. A service's key has only its requests a minute to change, a
/// handler's key all else.
/// </summary>
public sealed record KeyPatch
{
    /// <summary>Which methods it may offer, as patterns; <c>["*"]</c> for all.</summary>
    public IReadOnlyList<string>? Methods { get; init; }

    /// <summary>Which groups it may join, as patterns; <c>[]</c> for none.</summary>
    public IReadOnlyList<string>? Groups { get; init; }

    /// <summary>Where it may be used from; <c>["0.0.0.0/0", "::/0"]</c> for anywhere.</summary>
    public IReadOnlyList<string>? Addresses { get; init; }

    /// <summary>Attempts that it may hold at once, 1 to 2,500.</summary>
    public int? MaxCapacity { get; init; }

    /// <summary>A service's key: requests that it may make, 1 to 10,000,000.</summary>
    public int? RequestsPerMinute { get; init; }
}

public sealed record KeyRotation
{
    /// <summary>How long the old key stays good, PT0S to P7D; PT24H when not given.</summary>
    public TimeSpan? Overlap { get; init; }
}

/// <summary>The only time that the key itself is shown.</summary>
public sealed record KeyCreated : KeyView
{
    public required string Key { get; init; }
}

public sealed record HandlerView
{
    public required string Name { get; init; }

    public required bool Online { get; init; }

    /// <summary>An operator asked it to take no new work.</summary>
    public required bool Drained { get; init; }

    public required IReadOnlyList<string> Methods { get; init; }

    public required IReadOnlyList<string> Groups { get; init; }

    public required IReadOnlyList<SessionView> Sessions { get; init; }

    /// <summary>
    /// When it last gave a sign of life. After a start of the Broker, and until it connects again, that may be an hour
    /// more.
    /// </summary>
    public DateTimeOffset? LastSeenAt { get; init; }
}

public sealed record SessionView
{
    public required string SessionId { get; init; }

    public required string Instance { get; init; }

    /// <summary>
    /// <c>starting</c> until a probe came back, <c>ready</c>, <c>unresponsive</c>, <c>detached</c> while its connection
    /// is gone.
    /// </summary>
    public required string State { get; init; }

    public required int Capacity { get; init; }

    public required int Running { get; init; }

    public string? Bridge { get; init; }

    public string? RemoteAddress { get; init; }

    public string? Agent { get; init; }

    public IReadOnlyDictionary<string, string>? Labels { get; init; }

    public required DateTimeOffset ConnectedAt { get; init; }
}

/// <param name="Handlers">Names of the handlers that offer it now.</param>
public sealed record MethodView(
    string Name,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.Never)] string? Description,
    RawJson ParamsSchema,
    IReadOnlyList<string> Handlers
)
{
    /// <summary>Why params are not checked against the schema; not set when they are, or there is none.</summary>
    public string? ParamsSchemaProblem { get; init; }
}

/// <summary>What the Broker holds at the moment.</summary>
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

    /// <summary>Of this start of the Broker.</summary>
    public required long Enqueued { get; init; }

    /// <summary>Of this start of the Broker; jobs that ended, however.</summary>
    public required long Finished { get; init; }

    public required long Commits { get; init; }

    /// <summary>Whether the disk of the store has room for new work.</summary>
    public DiskState Disk { get; init; }

    /// <summary>Bytes of the store's disk that are free, when that is known.</summary>
    public long? DiskFreeBytes { get; init; }
}

/// <summary>How full the disk of the Broker's store is.</summary>
public enum DiskState
{
    Enough,

    /// <summary>Less than the reserve is free: new work is refused, and schedules stand still.</summary>
    Low,

    /// <summary>Jobs that wait are not started either.</summary>
    VeryLow,
}
