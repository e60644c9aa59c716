namespace ScheduleZero.Contracts.Rest;

/// <summary>What a namespace may use; without end where nothing is given.</summary>
public sealed record NamespaceLimits
{
    /// <summary>
    /// Jobs that have not ended and do not run: 1 to 10,000,000. One more is refused (429), and an occurrence of a
    /// schedule is missed.
    /// </summary>
    public int? WaitingJobs { get; init; }

    /// <summary>Jobs that run at once: 1 to 1,000,000. The others wait.</summary>
    public int? RunningJobs { get; init; }

    /// <summary>1 to 1,000,000.</summary>
    public int? Schedules { get; init; }

    /// <summary>Handlers, connected or not: 1 to 1,000,000.</summary>
    public int? Handlers { get; init; }

    /// <summary>
    /// Bytes of jobs with their params, results and logs, finished ones too, as long as they are kept: 1 to 10^15; what
    /// the Broker was started with, 10 GiB unless said otherwise, when not given. Measured every ten minutes, and what
    /// comes in between is added. Beyond it jobs are refused (429), and occurrences missed.
    /// </summary>
    public long? StoredBytes { get; init; }

    /// <summary>REST requests of all callers together: 1 to 10,000,000.</summary>
    public int? RequestsPerMinute { get; init; }

    /// <summary>What single methods may do, by name, 200 at most.</summary>
    public IReadOnlyDictionary<string, WorkLimits>? PerMethod { get; init; }

    /// <summary>What single handlers may do with all their sessions together, by name, 200 at most.</summary>
    public IReadOnlyDictionary<string, WorkLimits>? PerHandler { get; init; }
}

/// <summary>How much may run; without end where nothing is given.</summary>
public sealed record WorkLimits
{
    /// <summary>Jobs that run at once: 1 to 1,000,000. The others wait.</summary>
    public int? RunningJobs { get; init; }

    public RateOptions? Rate { get; init; }
}

/// <param name="Limit">Attempts that may begin in any period: 1 to 1,000,000.</param>
/// <param name="Period">1 s to 7 d.</param>
public sealed record RateOptions(int Limit, TimeSpan Period);

public sealed record NamespaceRequest
{
    public required string Name { get; init; }

    public string? Description { get; init; }

    public NamespaceLimits? Limits { get; init; }

    /// <summary>
    /// Where its callers and handlers may be, as addresses or ranges, 64 at most; anywhere when not given.
    /// </summary>
    public IReadOnlyList<string>? Addresses { get; init; }
}

/// <summary>
/// What is not given stays; <c>limits</c> and <c>addresses</c> are replaced whole, and an empty list of addresses is
/// anywhere.
/// </summary>
public sealed record NamespacePatch
{
    public string? Description { get; init; }

    public NamespaceLimits? Limits { get; init; }

    public IReadOnlyList<string>? Addresses { get; init; }
}

public sealed record NamespaceView
{
    public required string Name { get; init; }

    public string? Description { get; init; }

    public required NamespaceLimits Limits { get; init; }

    public IReadOnlyList<string>? Addresses { get; init; }

    public required NamespaceUsage Usage { get; init; }

    /// <summary>Not set for <c>default</c> of an older store.</summary>
    public DateTimeOffset? CreatedAt { get; init; }

    public string? CreatedBy { get; init; }

    /// <summary>Set while it is being deleted: it is closed, and its name is not free yet.</summary>
    public DateTimeOffset? DeletedAt { get; init; }
}

/// <summary>What it holds at the moment.</summary>
/// <param name="StoredBytes">Params, results and logs of its jobs, and the jobs themselves; not given before they were
/// measured.</param>
public sealed record NamespaceUsage(
    int WaitingJobs,
    int RunningJobs,
    int Schedules,
    int Handlers,
    long? StoredBytes = null
);
