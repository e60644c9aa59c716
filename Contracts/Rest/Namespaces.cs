namespace ScheduleZero.Contracts.Rest;

/// <summary>The limits of a namespace; a limit that is not given does not exist.</summary>
public sealed record NamespaceLimits
{
    /// <summary>
    /// How many jobs may be neither ended nor running: 1 to 10,000,000. One more is refused (429), and an occurrence of
    /// a schedule is missed.
    /// </summary>
    public int? WaitingJobs { get; init; }

    /// <summary>How many jobs may run at once: 1 to 1,000,000. The others wait.</summary>
    public int? RunningJobs { get; init; }

    /// <summary>How many schedules there may be: 1 to 1,000,000.</summary>
    public int? Schedules { get; init; }

    /// <summary>How many handlers there may be, connected or not: 1 to 1,000,000.</summary>
    public int? Handlers { get; init; }

    /// <summary>
    /// How many bytes the jobs with their params, results and logs may take, finished jobs too as long as they are
    /// stored: 1 to 10^15; what the Broker was started with, 10 GiB unless said otherwise, when not given. The Broker
    /// measures the bytes every ten minutes, and adds what comes in between. Beyond the limit jobs are refused (429),
    /// and occurrences missed.
    /// </summary>
    public long? StoredBytes { get; init; }

    /// <summary>How many REST requests all callers together may make in a minute: 1 to 10,000,000.</summary>
    public int? RequestsPerMinute { get; init; }

    /// <summary>The limits of single methods, by name, 200 at most.</summary>
    public IReadOnlyDictionary<string, WorkLimits>? PerMethod { get; init; }

    /// <summary>The limits of single handlers with all their sessions together, by name, 200 at most.</summary>
    public IReadOnlyDictionary<string, WorkLimits>? PerHandler { get; init; }
}

/// <summary>The limits of how much may run; a limit that is not given does not exist.</summary>
public sealed record WorkLimits
{
    /// <summary>How many jobs may run at once: 1 to 1,000,000. The others wait.</summary>
    public int? RunningJobs { get; init; }

    public RateOptions? Rate { get; init; }
}

/// <summary>A limit on how often attempts begin.</summary>
/// <param name="Limit">The most attempts that may begin in any period: 1 to 1,000,000.</param>
/// <param name="Period">The length of the period, 1 s to 7 d.</param>
public sealed record RateOptions(int Limit, TimeSpan Period);

public sealed record NamespaceRequest
{
    public required string Name { get; init; }

    public string? Description { get; init; }

    public NamespaceLimits? Limits { get; init; }

    /// <summary>
    /// Where the namespace's callers and handlers may be, as addresses or ranges, 64 at most; anywhere when not given.
    /// </summary>
    public IReadOnlyList<string>? Addresses { get; init; }

    /// <summary>
    /// The handlers whose sessions must be sealed, as names or patterns, 64 at most, <c>*</c> for all; none when not
    /// given.
    /// </summary>
    public IReadOnlyList<string>? Sealed { get; init; }
}

/// <summary>
/// The changes to a namespace. A field that is not given stays; <c>limits</c>, <c>addresses</c> and <c>sealed</c> are
/// replaced whole. An empty list of addresses means anywhere, and an empty list <c>sealed</c> no handler.
/// </summary>
public sealed record NamespacePatch
{
    public string? Description { get; init; }

    public NamespaceLimits? Limits { get; init; }

    public IReadOnlyList<string>? Addresses { get; init; }

    public IReadOnlyList<string>? Sealed { get; init; }
}

public sealed record NamespaceView
{
    public required string Name { get; init; }

    public string? Description { get; init; }

    /// <summary>
    /// The number of saved changes, for <c>If-Match</c>; 0 for <c>default</c> as long as nobody has changed it.
    /// </summary>
    public long Version { get; init; }

    public required NamespaceLimits Limits { get; init; }

    public IReadOnlyList<string>? Addresses { get; init; }

    /// <summary>The handlers whose sessions must be sealed, as names or patterns; not set for none.</summary>
    public IReadOnlyList<string>? Sealed { get; init; }

    public required NamespaceUsage Usage { get; init; }

    /// <summary>How long records of the namespace are stored.</summary>
    public NamespaceRetention? Retention { get; init; }

    /// <summary>
    /// How long attempts waited for a handler; set only when one namespace is asked for, and when an attempt began
    /// within an hour.
    /// </summary>
    public StartLatency? StartLatency { get; init; }

    /// <summary>When the namespace was created; not set for <c>default</c> of an older store.</summary>
    public DateTimeOffset? CreatedAt { get; init; }

    public string? CreatedBy { get; init; }

    /// <summary>
    /// When the deletion of the namespace began. Until its end the namespace is closed, and its name is not free.
    /// </summary>
    public DateTimeOffset? DeletedAt { get; init; }
}

/// <summary>
/// How long records are stored. The times are set for the whole Broker, at its start, and hold in every namespace.
/// </summary>
/// <param name="FinishedJobs">Counted from a job's end: the job with its params, its result, its attempts and its log,
/// its batch when all jobs of the batch have ended, missed instants, and sums of attempts.</param>
/// <param name="AuditEvents">Counted from the event.</param>
public sealed record NamespaceRetention(TimeSpan FinishedJobs, TimeSpan AuditEvents);

/// <summary>
/// How long attempts waited, from the instant at which they could begin until a handler was given them: the newest 500
/// of the last hour, since the start of the Broker. Waiting for limits and handlers counts.
/// </summary>
/// <param name="Attempts">How many attempts the figures are of.</param>
/// <param name="P50Seconds">Half of the attempts waited no longer.</param>
/// <param name="P95Seconds">95 of 100 attempts waited no longer.</param>
/// <param name="P99Seconds">99 of 100 attempts waited no longer.</param>
public sealed record StartLatency(int Attempts, double P50Seconds, double P95Seconds, double P99Seconds);

/// <summary>The numbers of what a namespace has at the moment.</summary>
/// <param name="StoredBytes">The bytes of its jobs with their params, results and logs; not given before they were
/// measured.</param>
public sealed record NamespaceUsage(
    int WaitingJobs,
    int RunningJobs,
    int Schedules,
    int Handlers,
    long? StoredBytes = null
);
